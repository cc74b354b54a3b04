import COpenSSL

/// HMAC with SHA-256 under one key (RFC 2104), the key's part computed once.
///
/// Confined to one queue at a time by its owner.
@safe package struct HMACSHA256: ~Copyable {
    private static let blockSize = 64

    // Safe: made in init, freed in deinit, never handed out. `inner` and `outer` have digested the padded key and
    // are only copied from; `scratch` is copied to for each message.
    private let algorithm: OpaquePointer
    private let inner: OpaquePointer
    private let outer: OpaquePointer
    private let scratch: OpaquePointer

    package init(key: Span<UInt8>) throws(CryptographyError) {
        var block = try Self.block(of: key)
        defer { unsafe OPENSSL_cleanse(&block, block.count) }
        let algorithm = unsafe EVP_MD_fetch(nil, "SHA256", nil)
        let inner = unsafe EVP_MD_CTX_new()
        let outer = unsafe EVP_MD_CTX_new()
        let scratch = unsafe EVP_MD_CTX_new()
        guard let algorithm = unsafe algorithm, let inner = unsafe inner, let outer = unsafe outer,
            let scratch = unsafe scratch,
            unsafe Self.start(inner, algorithm, block, pad: 0x36), unsafe Self.start(outer, algorithm, block, pad: 0x5c)
        else {
            unsafe EVP_MD_CTX_free(inner)
            unsafe EVP_MD_CTX_free(outer)
            unsafe EVP_MD_CTX_free(scratch)
            unsafe EVP_MD_free(algorithm)
            throw .unavailable("HMAC-SHA-256")
        }
        unsafe self.algorithm = algorithm
        unsafe self.inner = inner
        unsafe self.outer = outer
        unsafe self.scratch = scratch
    }

    deinit {
        unsafe EVP_MD_CTX_free(inner)
        unsafe EVP_MD_CTX_free(outer)
        unsafe EVP_MD_CTX_free(scratch)
        unsafe EVP_MD_free(algorithm)
    }

    /// The key as one block: padded with zeros, or hashed first when it is longer.
    private static func block(of key: Span<UInt8>) throws(CryptographyError) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockSize)
        guard key.count > blockSize else {
            for index in 0..<key.count { block[index] = key[index] }
            return block
        }
        let digest = try SHA256.digest(key).bytes
        for index in 0..<digest.count { block[index] = digest[index] }
        return block
    }

    @unsafe private static func start(_ context: OpaquePointer, _ algorithm: OpaquePointer, _ block: [UInt8], pad: UInt8) -> Bool {
        var padded = block
        defer { unsafe OPENSSL_cleanse(&padded, padded.count) }
        for index in 0..<padded.count { padded[index] ^= pad }
        return unsafe EVP_DigestInit_ex2(context, algorithm, nil) == 1
            && EVP_DigestUpdate(context, padded, padded.count) == 1
    }

    package func digest(_ message: Span<UInt8>) throws(CryptographyError) -> Digest256 {
        var words = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        // Safe: SHA-256 writes exactly 32 bytes, and the outer pass reads them before it writes.
        let done = unsafe withUnsafeMutableBytes(of: &words) { out in
            unsafe message.withUnsafeBytes { raw in
                let result = unsafe out.baseAddress?.assumingMemoryBound(to: UInt8.self)
                return unsafe EVP_MD_CTX_copy_ex(scratch, inner) == 1
                    && (raw.count == 0 || EVP_DigestUpdate(scratch, raw.baseAddress, raw.count) == 1)
                    && EVP_DigestFinal_ex(scratch, result, nil) == 1
                    && EVP_MD_CTX_copy_ex(scratch, outer) == 1
                    && EVP_DigestUpdate(scratch, out.baseAddress, 32) == 1
                    && EVP_DigestFinal_ex(scratch, result, nil) == 1
            }
        }
        guard done else { throw .unavailable("HMAC-SHA-256") }
        return Digest256(words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    }
}
