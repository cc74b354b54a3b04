import COpenSSL

/// A SHA-256 computation that can be used again and again (FIPS 180-4).
///
/// Confined to one queue at a time by its owner.
@safe package struct SHA256: ~Copyable {
    // Safe: made in init, freed in deinit, never handed out.
    private let context: OpaquePointer
    private let algorithm: OpaquePointer

    package init() throws(CryptographyError) {
        let algorithm = unsafe EVP_MD_fetch(nil, "SHA256", nil)
        let context = unsafe EVP_MD_CTX_new()
        guard let algorithm = unsafe algorithm, let context = unsafe context,
            unsafe EVP_DigestInit_ex2(context, algorithm, nil) == 1
        else {
            unsafe EVP_MD_CTX_free(context)
            unsafe EVP_MD_free(algorithm)
            throw .unavailable("SHA-256")
        }
        unsafe self.algorithm = algorithm
        unsafe self.context = context
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
        unsafe EVP_MD_free(algorithm)
    }

    package mutating func update(_ bytes: Span<UInt8>) throws(CryptographyError) {
        let updated = unsafe bytes.withUnsafeBytes { raw in
            unsafe raw.count == 0 ? 1 : EVP_DigestUpdate(context, raw.baseAddress, raw.count)
        }
        guard updated == 1 else { throw .unavailable("SHA-256") }
    }

    package mutating func update(_ digest: Digest256) throws(CryptographyError) {
        var words = (digest.word0.bigEndian, digest.word1.bigEndian, digest.word2.bigEndian, digest.word3.bigEndian)
        guard unsafe EVP_DigestUpdate(context, &words, 32) == 1 else { throw .unavailable("SHA-256") }
    }

    /// The digest of everything since the last one; the computation starts over.
    package mutating func finish() throws(CryptographyError) -> Digest256 {
        var words = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        // Safe: SHA-256 writes exactly 32 bytes.
        let finished = unsafe withUnsafeMutableBytes(of: &words) { out in
            unsafe EVP_DigestFinal_ex(context, out.baseAddress?.assumingMemoryBound(to: UInt8.self), nil)
        }
        guard finished == 1 else { throw .unavailable("SHA-256") }
        guard unsafe EVP_DigestInit_ex2(context, algorithm, nil) == 1 else { throw .unavailable("SHA-256") }
        return Digest256(words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    }

    package static func digest(_ bytes: Span<UInt8>) throws(CryptographyError) -> Digest256 {
        var computation = try SHA256()
        try computation.update(bytes)
        return try computation.finish()
    }
}
