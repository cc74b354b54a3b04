import COpenSSL

/// AES-256 in Galois/Counter Mode (NIST SP 800-38D), tags of 16 bytes.
///
/// The bytes authenticated beside the ciphertext are `header` and then `associated`. The key is the 32 bytes of
/// `key` from `place` on.
enum AES256GCM {
    private static let tagSize = 16

    /// The ciphertext and its tag; nil when libcrypto cannot.
    static func seal(
        _ value: Span<UInt8>, key: borrowing SecretBytes, at place: Int, nonce: [UInt8], header: [UInt8], associated: Span<UInt8>
    ) -> [UInt8]? {
        guard let context = start(key: key, at: place, nonce: nonce, header: header, associated: associated, sealing: true) else {
            return nil
        }
        var output = [UInt8](repeating: 0, count: value.count + tagSize)
        // Safe: GCM writes as many bytes as it reads, and the tag has 16.
        let done = unsafe output.withUnsafeMutableBytes { out in
            unsafe value.withUnsafeBytes { input in
                unsafe context.update(out, input) && EVP_CipherFinal_ex(context.handle, context.spare, &context.written) == 1
                    && copenssl_get_tag(context.handle, out.baseAddress?.advanced(by: input.count)) == 1
            }
        }
        return done ? output : nil
    }

    /// - Parameter sealed: The ciphertext and its tag.
    static func open(
        _ sealed: Span<UInt8>, key: borrowing SecretBytes, at place: Int, nonce: [UInt8], header: [UInt8], associated: Span<UInt8>
    ) throws(SealingError) -> SecretBytes {
        guard sealed.count >= tagSize,
            let context = start(key: key, at: place, nonce: nonce, header: header, associated: associated, sealing: false)
        else { throw .notAuthentic }
        let count = sealed.count - tagSize
        let ciphertext = sealed.extracting(0..<count)
        var tag: [UInt8] = []
        for index in count..<sealed.count { tag.append(sealed[index]) }
        var isAuthentic = false
        let value = SecretBytes(count: count) { room in
            // Safe: as above; the tag is set before the last step compares it, in constant time.
            isAuthentic = unsafe room.withUnsafeMutableBytes { out in
                unsafe ciphertext.withUnsafeBytes { input in
                    unsafe context.update(out, input) && copenssl_set_tag(context.handle, &tag) == 1
                        && EVP_CipherFinal_ex(context.handle, context.spare, &context.written) == 1
                }
            }
            return count
        }
        guard isAuthentic else { throw .notAuthentic }
        return value
    }

    private static func start(
        key: borrowing SecretBytes, at place: Int, nonce: [UInt8], header: [UInt8], associated: Span<UInt8>, sealing: Bool
    ) -> CipherContext? {
        guard key.count >= place + 32, nonce.count == 12, let context = CipherContext() else { return nil }
        let started = unsafe key.span.extracting(place..<place + 32).withUnsafeBytes { key in
            unsafe EVP_CipherInit_ex2(
                context.handle, context.cipher, key.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce,
                sealing ? 1 : 0, nil) == 1
        }
        guard started, unsafe header.span.withUnsafeBytes({ unsafe context.authenticate($0) }),
            unsafe associated.withUnsafeBytes({ unsafe context.authenticate($0) })
        else { return nil }
        return context
    }
}

/// The owner of a libcrypto cipher and its state, for one value.
@safe private final class CipherContext {
    // Safe: made in init, freed in deinit; used by the functions of this file alone.
    let handle: OpaquePointer
    let cipher: OpaquePointer
    /// Where the last step of a cipher may write; GCM writes nothing there.
    let spare: UnsafeMutablePointer<UInt8>
    var written: Int32 = 0

    init?() {
        guard let cipher = unsafe EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else { return nil }
        guard let handle = unsafe EVP_CIPHER_CTX_new() else {
            unsafe EVP_CIPHER_free(cipher)
            return nil
        }
        unsafe self.cipher = cipher
        unsafe self.handle = handle
        unsafe spare = .allocate(capacity: 16)
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(handle)
        unsafe EVP_CIPHER_free(cipher)
        unsafe spare.deallocate()
    }

    @unsafe func update(_ out: UnsafeMutableRawBufferPointer, _ input: UnsafeRawBufferPointer) -> Bool {
        unsafe input.count == 0 || EVP_CipherUpdate(
            handle, out.baseAddress?.assumingMemoryBound(to: UInt8.self), &written,
            input.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(input.count)) == 1
    }

    @unsafe func authenticate(_ bytes: UnsafeRawBufferPointer) -> Bool {
        unsafe bytes.count == 0 || EVP_CipherUpdate(
            handle, nil, &written, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(bytes.count)) == 1
    }
}
