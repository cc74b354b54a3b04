/// Why a token is not taken. The text is for operators; it never holds the token, and of its header and claims no more
/// than a short name.
package enum TokenError: Error, Equatable, CustomStringConvertible {
    case tooLong
    /// Not three parts of base64url, or a part that is no JSON object.
    case malformed(String)
    /// A name that stands twice in an object: readers disagree on which one counts (RFC 8725 section 2.4).
    case duplicateMember(String)
    case algorithmRefused(String)
    case headerRefused(String)
    case unknownKey(String?)
    case badSignature
    case missingClaim(String)
    case badClaim(String)
    case wrongIssuer
    case wrongAudience
    case expired
    case notYetValid
    case issuedInFuture
    case lifetimeTooLong

    package var description: String {
        switch self {
        case .tooLong: "the token has more than \(TokenRules.greatestToken) bytes"
        case .malformed(let part): "the token's \(part) is malformed"
        case .duplicateMember(let name): "the token has \(Self.quoted(name)) twice"
        case .algorithmRefused(let name): "the token's algorithm \(Self.quoted(name)) is not among the allowed ones"
        case .headerRefused(let name): "the token's header member '\(name)' asks for what is not done here"
        case .unknownKey(let identifier?): "no key of the token's kind is known by the identifier \(Self.quoted(identifier))"
        case .unknownKey(nil):
            "the token names no key, and none, or more than \(TokenRules.greatestTries), of its kind are known"
        case .badSignature: "the token's signature is wrong"
        case .missingClaim(let name): "the token has no claim '\(name)'"
        case .badClaim(let name): "the token's claim '\(name)' is malformed"
        case .wrongIssuer: "the token's issuer is not a trusted one"
        case .wrongAudience: "the token is for another audience"
        case .expired: "the token has expired"
        case .notYetValid: "the token is not valid yet"
        case .issuedInFuture: "the token was issued in the future; is a clock wrong?"
        case .lifetimeTooLong: "the token is valid for longer than is allowed"
        }
    }

    /// Bytes of a name that the token brought.
    private static let greatestName = 64

    /// What nobody has signed yet: cut, and nothing but printable ASCII.
    private static func quoted(_ name: String) -> String {
        let bytes = name.utf8.prefix(greatestName).map { (0x20...0x7E).contains($0) && $0 != 0x27 ? $0 : 0x3F }
        return "'\(String(decoding: bytes, as: UTF8.self))\(name.utf8.count > greatestName ? "..." : "")'"
    }
}

/// Why a set of keys is of no use.
package enum TokenKeyError: Error, Equatable, CustomStringConvertible {
    case notPEM
    case malformedSet(String)
    case malformedKey(Int)
    case privateKey(Int)
    case sharedKeyNotAllowed(Int)
    case secretTooShort
    case secretIsPEM
    case tooManyKeys
    case noKey

    package var description: String {
        switch self {
        case .notPEM:
            "no public key that tokens are signed with: a PEM 'PUBLIC KEY' or 'CERTIFICATE' with RSA of 2048 to 8192 bits, "
                + "P-256, P-384 or Ed25519 is needed"
        case .malformedSet(let reason): "no JSON Web Key Set (RFC 7517): \(reason)"
        case .malformedKey(let index): "key \(index + 1) of the set is malformed, too weak, or not what its 'kty' says"
        case .privateKey(let index):
            "key \(index + 1) of the set is a private key, which only the issuer may have; write its public members alone"
        case .sharedKeyNotAllowed(let index): "key \(index + 1) of the set is a shared secret, which is not allowed here"
        case .secretTooShort: "a secret for HS256 has at least \(TokenKey.leastSecret) bytes (RFC 7518 section 3.2)"
        case .secretIsPEM: "the secret for HS256 is PEM text; a public key is no secret"
        case .tooManyKeys: "a set has at most \(TokenKeySet.greatestCount) keys"
        case .noKey: "the set holds no key that tokens are signed with"
        }
    }
}
