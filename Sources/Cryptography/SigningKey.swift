import COpenSSL

/// A private key for Ed25519 signatures (RFC 8032); the owner of its libcrypto handle.
///
/// Confined to one queue at a time by its owner.
@safe package struct SigningKey: ~Copyable {
    // Safe: made in init, freed in deinit, never handed out beyond this file.
    private let handle: OpaquePointer

    static let rawCount = 32
    package static let signatureCount = 64

    /// A new key of the system's randomness.
    package init() throws(CryptographyError) {
        var raw = try SecureRandom.bytes(Self.rawCount)
        defer { unsafe OPENSSL_cleanse(&raw, raw.count) }
        try self.init(raw: raw)
    }

    /// Reads PKCS #8 in PEM (RFC 8410), unencrypted.
    ///
    /// - Returns: nil for anything that is no such key.
    package init?(pem: String) {
        guard var raw = Self.armour.decode(pem) else { return nil }
        defer { unsafe OPENSSL_cleanse(&raw, raw.count) }
        guard let key = try? SigningKey(raw: raw) else { return nil }
        self = key
    }

    private init(raw: [UInt8]) throws(CryptographyError) {
        let made = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, raw, raw.count)
        guard let made = unsafe made else { throw .unavailable("Ed25519") }
        unsafe handle = made
    }

    deinit { unsafe EVP_PKEY_free(handle) }

    /// PKCS #8 in PEM; the key itself, for a file that only its owner reads.
    package var pem: String {
        get throws(CryptographyError) {
            var raw = [UInt8](repeating: 0, count: Self.rawCount)
            defer { unsafe OPENSSL_cleanse(&raw, raw.count) }
            var count = raw.count
            guard unsafe EVP_PKEY_get_raw_private_key(handle, &raw, &count) == 1, count == raw.count else {
                throw .unavailable("Ed25519")
            }
            return Self.armour.encode(raw)
        }
    }

    /// The public half.
    package func verifyingKey() throws(CryptographyError) -> VerifyingKey {
        var raw = [UInt8](repeating: 0, count: VerifyingKey.rawCount)
        var count = raw.count
        guard unsafe EVP_PKEY_get_raw_public_key(handle, &raw, &count) == 1, count == raw.count,
            let key = VerifyingKey(raw: raw)
        else { throw .unavailable("Ed25519") }
        return key
    }

    /// The 64 bytes of a signature.
    package func sign(_ message: Span<UInt8>) throws(CryptographyError) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Self.signatureCount)
        var count = signature.count
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        // Safe: libcrypto writes at most `count` bytes, and the message's bytes stay during the call.
        let isSigned = unsafe message.withUnsafeBytes { raw in
            unsafe EVP_DigestSignInit(context, nil, nil, nil, handle) == 1
                && EVP_DigestSign(
                    context, &signature, &count, raw.baseAddress?.assumingMemoryBound(to: UInt8.self), raw.count) == 1
        }
        guard isSigned, count == signature.count else { throw .unavailable("Ed25519") }
        return signature
    }

    /// RFC 8410 section 7: version 0, algorithm 1.3.101.112, an octet string in an octet string.
    private static let armour = PEMArmour(
        label: "PRIVATE KEY",
        prefix: [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20],
        rawCount: rawCount)
}
