import COpenSSL

/// What a signature was made with, hash and padding included.
package enum SignatureScheme: Sendable, Hashable, CaseIterable {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
    case rsaSHA256, rsaSHA384, rsaSHA512
    /// RSASSA-PSS with a salt as long as the hash (RFC 8017 section 8.1).
    case pssSHA256
    /// ECDSA with the curve that belongs to the hash; signatures are r and s side by side.
    case p256SHA256, p384SHA384
    case ed25519
}

/// A public key that signatures are verified with.
///
/// Safe to send: the key is not changed after init, and libcrypto lets any number of threads verify with one key.
@safe package final class PublicKey: @unchecked Sendable {
    package enum Kind: Sendable, Equatable {
        /// Bits of the modulus.
        case rsa(bits: Int)
        case p256, p384, ed25519
    }

    /// NIST SP 800-131A: shorter RSA keys are not good for signatures any more.
    package static let leastRSABits = 2048
    /// Longer ones take so long that they are a burden, not a protection.
    package static let greatestRSABits = 8192

    package let kind: Kind
    // Safe: owned from init to deinit, never handed out.
    private let handle: OpaquePointer

    /// Takes over `handle`, an EVP_PKEY; nil for a kind of key that is not used here.
    @unsafe init?(owning handle: OpaquePointer) {
        guard let kind = unsafe Self.kind(of: handle) else {
            unsafe EVP_PKEY_free(handle)
            return nil
        }
        self.kind = kind
        unsafe self.handle = handle
    }

    deinit { unsafe EVP_PKEY_free(handle) }

    private static func kind(of handle: OpaquePointer) -> Kind? {
        if unsafe EVP_PKEY_is_a(handle, "ED25519") == 1 { return .ed25519 }
        if unsafe EVP_PKEY_is_a(handle, "RSA") == 1 {
            let bits = unsafe Int(EVP_PKEY_get_bits(handle))
            return (leastRSABits...greatestRSABits).contains(bits) ? .rsa(bits: bits) : nil
        }
        guard unsafe EVP_PKEY_is_a(handle, "EC") == 1 else { return nil }
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard unsafe EVP_PKEY_get_group_name(handle, &name, name.count, &count) == 1 else { return nil }
        switch String(decoding: name.prefix(count).map({ UInt8(bitPattern: $0) }), as: UTF8.self) {
        case "prime256v1", "P-256": return .p256
        case "secp384r1", "P-384": return .p384
        default: return nil
        }
    }

    /// Whether the key is of the kind that the scheme takes.
    package func fits(_ scheme: SignatureScheme) -> Bool {
        switch (scheme, kind) {
        case (.rsaSHA256, .rsa), (.rsaSHA384, .rsa), (.rsaSHA512, .rsa), (.pssSHA256, .rsa): true
        case (.p256SHA256, .p256), (.p384SHA384, .p384), (.ed25519, .ed25519): true
        case (.rsaSHA256, _), (.rsaSHA384, _), (.rsaSHA512, _), (.pssSHA256, _), (.p256SHA256, _), (.p384SHA384, _),
            (.ed25519, _): false
        }
    }

    /// Whether `signature` is that of `message`; false as well for a scheme that the key does not fit.
    package func verifies(_ signature: Span<UInt8>, of message: Span<UInt8>, by scheme: SignatureScheme) -> Bool {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard fits(scheme) else { return false }
        switch scheme {
        case .rsaSHA256: return verify(signature, message, "SHA256")
        case .rsaSHA384: return verify(signature, message, "SHA384")
        case .rsaSHA512: return verify(signature, message, "SHA512")
        case .pssSHA256: return verify(signature, message, "SHA256", pss: true)
        case .ed25519: return verify(signature, message, nil)
        case .p256SHA256:
            guard let encoded = ECDSASignature.encode(signature, size: 32) else { return false }
            return verify(encoded.span, message, "SHA256")
        case .p384SHA384:
            guard let encoded = ECDSASignature.encode(signature, size: 48) else { return false }
            return verify(encoded.span, message, "SHA384")
        }
    }

    private func verify(_ signature: Span<UInt8>, _ message: Span<UInt8>, _ digest: String?, pss: Bool = false) -> Bool {
        guard let context = unsafe EVP_MD_CTX_new() else { return false }
        defer { unsafe EVP_MD_CTX_free(context) }
        // Belongs to `context`.
        var padding: OpaquePointer?
        guard unsafe EVP_DigestVerifyInit_ex(context, &padding, digest, nil, nil, handle, nil) == 1 else { return false }
        if pss {
            guard unsafe copenssl_set_pss(padding) == 1 else { return false }
        }
        return unsafe signature.withUnsafeBytes { signature in
            unsafe message.withUnsafeBytes { message in
                unsafe EVP_DigestVerify(
                    context, signature.baseAddress?.assumingMemoryBound(to: UInt8.self), signature.count,
                    message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count) == 1
            }
        }
    }
}

extension PublicKey {
    /// Reads one `PUBLIC KEY` (SubjectPublicKeyInfo) or the key of one `CERTIFICATE`.
    ///
    /// - Returns: nil for anything else, and for keys that are too weak or of another kind.
    package static func read(pem: Span<UInt8>) -> PublicKey? {
        ERR_clear_error()
        defer { ERR_clear_error() }
        return unsafe pem.withUnsafeBytes { raw -> PublicKey? in
            guard let source = unsafe BIO_new_mem_buf(raw.baseAddress, Int32(clamping: raw.count)) else { return nil }
            defer { unsafe BIO_free(source) }
            if let key = unsafe PEM_read_bio_PUBKEY(source, nil, copenssl_no_passphrase, nil) {
                return unsafe PublicKey(owning: key)
            }
            guard let again = unsafe BIO_new_mem_buf(raw.baseAddress, Int32(clamping: raw.count)) else { return nil }
            defer { unsafe BIO_free(again) }
            guard let certificate = unsafe PEM_read_bio_X509(again, nil, copenssl_no_passphrase, nil) else { return nil }
            defer { unsafe X509_free(certificate) }
            return unsafe X509_get_pubkey(certificate).flatMap { unsafe PublicKey(owning: $0) }
        }
    }

    /// An RSA key from its big-endian numbers.
    package static func rsa(modulus: [UInt8], exponent: [UInt8]) -> PublicKey? {
        // RFC 8017 section 3.1: the exponent is odd and at least 3.
        guard modulus.count <= greatestRSABits / 8, (1...8).contains(exponent.count), let last = exponent.last,
            last & 1 == 1, last > 1 || exponent.count > 1
        else { return nil }
        return unsafe read(DER.sequence(DER.integer(modulus) + DER.integer(exponent))) { place, count in
            unsafe d2i_PublicKey(EVP_PKEY_RSA, nil, place, count)
        }
    }

    /// A key on a NIST curve; libcrypto refuses a point that is not on it.
    package static func ec(curve: Kind, x: [UInt8], y: [UInt8]) -> PublicKey? {
        let prefix: [UInt8]
        let size: Int
        switch curve {
        case .p256:
            size = 32
            prefix = [
                0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
                0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
            ]
        case .p384:
            size = 48
            prefix = [
                0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
                0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
            ]
        case .rsa, .ed25519: return nil
        }
        guard x.count == size, y.count == size else { return nil }
        // The SubjectPublicKeyInfo of RFC 5480: the part before the point is the same for every key of a curve.
        return unsafe read(prefix + x + y) { place, count in unsafe d2i_PUBKEY(nil, place, count) }
    }

    package static func ed25519(_ bytes: [UInt8]) -> PublicKey? {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard bytes.count == 32 else { return nil }
        guard let key = unsafe EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count) else { return nil }
        return unsafe PublicKey(owning: key)
    }

    private static func read(
        _ bytes: [UInt8], _ decode: (UnsafeMutablePointer<UnsafePointer<UInt8>?>?, Int) -> OpaquePointer?
    ) -> PublicKey? {
        ERR_clear_error()
        defer { ERR_clear_error() }
        return unsafe bytes.withUnsafeBufferPointer { raw -> PublicKey? in
            var place = raw.baseAddress
            guard let key = unsafe decode(&place, raw.count) else { return nil }
            return unsafe PublicKey(owning: key)
        }
    }
}
