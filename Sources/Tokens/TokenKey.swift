import Cryptography

/// How a token is signed (RFC 7518 section 3.1, RFC 8037 section 3.1). `none` is not among them.
package enum TokenAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256", rs384 = "RS384", rs512 = "RS512"
    case ps256 = "PS256"
    case es256 = "ES256", es384 = "ES384"
    case eddsa = "EdDSA"
    case hs256 = "HS256"

    /// nil for a shared secret.
    var scheme: SignatureScheme? {
        switch self {
        case .rs256: .rsaSHA256
        case .rs384: .rsaSHA384
        case .rs512: .rsaSHA512
        case .ps256: .pssSHA256
        case .es256: .p256SHA256
        case .es384: .p384SHA384
        case .eddsa: .ed25519
        case .hs256: nil
        }
    }
}

/// A key that tokens are verified with. Its kind alone says which algorithms it may be used with, never the token:
/// a public key is no secret for HS256 (RFC 8725 section 3.1).
package final class TokenKey: Sendable {
    /// RFC 7518 section 3.2: as long as the hash.
    static let leastSecret = 32

    private final class Secret: Sendable {
        let bytes: SecretBytes
        init(_ bytes: Span<UInt8>) { self.bytes = SecretBytes(copying: bytes) }
    }

    private enum Material {
        case publicKey(PublicKey)
        case secret(Secret)
    }

    /// The key's `kid`; nil for a key that fits whatever the token names.
    package let identifier: String?
    /// Set where the key itself is bound to one algorithm.
    private let onlyAlgorithm: TokenAlgorithm?
    private let material: Material

    package init(_ key: PublicKey, identifier: String? = nil, algorithm: TokenAlgorithm? = nil) {
        material = .publicKey(key)
        self.identifier = identifier
        onlyAlgorithm = algorithm
    }

    /// A secret that the issuer shares.
    package init(secret: Span<UInt8>, identifier: String? = nil) throws(TokenKeyError) {
        guard secret.count >= Self.leastSecret else { throw .secretTooShort }
        let mark = Array("-----BEGIN".utf8)
        guard !(0..<mark.count).allSatisfy({ secret[$0] == mark[$0] }) else { throw .secretIsPEM }
        material = .secret(Secret(secret))
        self.identifier = identifier
        onlyAlgorithm = .hs256
    }

    func fits(_ algorithm: TokenAlgorithm) -> Bool {
        if let onlyAlgorithm, onlyAlgorithm != algorithm { return false }
        switch material {
        case .publicKey(let key): return algorithm.scheme.map { key.fits($0) } ?? false
        case .secret: return algorithm == .hs256
        }
    }

    func verifies(_ signature: Span<UInt8>, of message: Span<UInt8>, by algorithm: TokenAlgorithm) -> Bool {
        guard fits(algorithm) else { return false }
        switch material {
        case .publicKey(let key):
            guard let scheme = algorithm.scheme else { return false }
            return key.verifies(signature, of: message, by: scheme)
        case .secret(let secret):
            guard let expected = Self.digest(of: message, under: secret.bytes), let given = Digest256(signature) else {
                return false
            }
            // In constant time.
            return expected == given
        }
    }

    private static func digest(of message: Span<UInt8>, under key: borrowing SecretBytes) -> Digest256? {
        do { return try HMACSHA256(key: key.span).digest(message) } catch { return nil }
    }
}
