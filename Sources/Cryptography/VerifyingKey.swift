import COpenSSL

/// A public key for Ed25519 signatures (RFC 8032); the owner of its libcrypto handle.
///
/// Confined to one queue at a time by its owner.
@safe package struct VerifyingKey: ~Copyable {
    // Safe: made in init, freed in deinit, never handed out.
    private let handle: OpaquePointer
    /// The 32 bytes of the key.
    package let raw: [UInt8]

    static let rawCount = 32

    /// - Returns: nil unless there are 32 bytes.
    package init?(raw: [UInt8]) {
        guard raw.count == Self.rawCount,
            let made = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, raw, raw.count)
        else { return nil }
        unsafe handle = made
        self.raw = raw
    }

    /// Reads a SubjectPublicKeyInfo in PEM (RFC 8410).
    ///
    /// - Returns: nil for anything that is no such key.
    package init?(pem: String) {
        guard let raw = Self.armour.decode(pem), let key = VerifyingKey(raw: raw) else { return nil }
        self = key
    }

    deinit { unsafe EVP_PKEY_free(handle) }

    /// SubjectPublicKeyInfo in PEM, as openssl(1) reads it.
    package var pem: String { Self.armour.encode(raw) }

    /// A short name: the first 16 hexadecimal digits of the SHA-256 of the raw key.
    package var fingerprint: String {
        get throws(CryptographyError) { String(try SHA256.digest(raw.span).hexadecimal.prefix(16)) }
    }

    /// Whether `signature` is this key's for `message`. False also when libcrypto has no memory.
    package func isValid(_ signature: [UInt8], for message: Span<UInt8>) -> Bool {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        // Safe: libcrypto only reads, as many bytes as it is told.
        return unsafe message.withUnsafeBytes { raw in
            unsafe EVP_DigestVerifyInit(context, nil, nil, nil, handle) == 1
                && EVP_DigestVerify(
                    context, signature, signature.count, raw.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    raw.count) == 1
        }
    }

    /// RFC 8410 section 4: algorithm 1.3.101.112, a bit string without unused bits.
    private static let armour = PEMArmour(
        label: "PUBLIC KEY", prefix: [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00],
        rawCount: rawCount)
}
