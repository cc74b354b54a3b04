import COpenSSL
import Cryptography

/// The owner of a certificate, its chain and its key while contexts are built.
@safe final class TLSLoadedIdentity {
    /// Far more than a certificate with its chain has.
    private static let greatestFile = 1 << 20
    private static let greatestChain = 10

    let identity: TLSIdentity
    let certificate: Certificate
    /// The kind of key: a context takes one certificate of each.
    let kind: Int32
    // Safe: each holds a reference from init to deinit.
    private let leaf: OpaquePointer
    private let chain: [OpaquePointer]
    private let key: OpaquePointer

    init(_ identity: TLSIdentity) throws(TLSError) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        var certificates = unsafe try Self.certificates(identity.certificateFile)
        guard let key = unsafe try Self.key(identity.keyFile), let facts = unsafe Certificate(certificates[0]) else {
            for unsafe certificate in unsafe certificates { unsafe X509_free(certificate) }
            throw .badKey(identity.keyFile)
        }
        guard unsafe X509_check_private_key(certificates[0], key) == 1 else {
            for unsafe certificate in unsafe certificates { unsafe X509_free(certificate) }
            unsafe EVP_PKEY_free(key)
            throw .keyMismatch(certificate: identity.certificateFile, key: identity.keyFile)
        }
        self.identity = identity
        certificate = facts
        kind = unsafe EVP_PKEY_get_base_id(key)
        unsafe leaf = certificates.removeFirst()
        unsafe chain = certificates
        unsafe self.key = key
    }

    deinit {
        unsafe X509_free(leaf)
        for unsafe certificate in unsafe chain { unsafe X509_free(certificate) }
        unsafe EVP_PKEY_free(key)
    }

    /// Names of the certificate that a client may ask for by SNI, which has no addresses (RFC 6066 section 3).
    var hostNames: [String] {
        certificate.names.compactMap { name in
            if case .dns(let host) = name { host } else { nil }
        }
    }

    @unsafe func use(in context: OpaquePointer) throws(TLSError) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard unsafe SSL_CTX_use_certificate(context, leaf) == 1 else { throw weakness() }
        for unsafe certificate in unsafe chain {
            guard unsafe copenssl_add_chain(context, certificate) == 1 else { throw weakness() }
        }
        guard unsafe SSL_CTX_use_PrivateKey(context, key) == 1 else { throw weakness() }
    }

    /// libssl has refused what was well-formed: its security level says no.
    private func weakness() -> TLSError {
        let reason = unsafe ERR_reason_error_string(ERR_peek_last_error()).map { unsafe String(cString: $0) }
        return .weakCertificate(identity.certificateFile, reason: reason ?? "unknown reason")
    }

    /// At least one.
    private static func certificates(_ path: String) throws(TLSError) -> [OpaquePointer] {
        let source = unsafe try TLSFile.open(path, access: .everyone, atMost: greatestFile)
        defer { unsafe BIO_free(source) }
        var found: [OpaquePointer] = unsafe []
        while unsafe found.count <= greatestChain,
            let certificate = unsafe PEM_read_bio_X509(source, nil, copenssl_no_passphrase, nil)
        {
            unsafe found.append(certificate)
        }
        let error = ERR_peek_last_error()
        let isWhole = copenssl_error_library(error) == ERR_LIB_PEM && copenssl_error_reason(error) == PEM_R_NO_START_LINE
        guard unsafe !found.isEmpty && isWhole else {
            for unsafe certificate in unsafe found { unsafe X509_free(certificate) }
            throw .badCertificate(path)
        }
        return unsafe found
    }

    private static func key(_ path: String) throws(TLSError) -> OpaquePointer? {
        let source = unsafe try TLSFile.open(path, access: .ownerAndGroup, atMost: greatestFile)
        defer { unsafe BIO_free(source) }
        return unsafe PEM_read_bio_PrivateKey(source, nil, copenssl_no_passphrase, nil)
    }
}

/// Files on their way into libcrypto.
enum TLSFile {
    /// The bytes of the file as a BIO of secure memory, which is overwritten when it is freed.
    @unsafe static func open(_ path: String, access: SecretFile.Access, atMost limit: Int) throws(TLSError) -> OpaquePointer {
        let bytes = try read(path, access: access, atMost: limit)
        guard let source = unsafe BIO_new(BIO_s_secmem()) else { throw .unavailable("memory") }
        let written = unsafe bytes.span.withUnsafeBytes { unsafe BIO_write(source, $0.baseAddress, Int32($0.count)) }
        guard written == bytes.count || bytes.count == 0 else {
            unsafe BIO_free(source)
            throw .unavailable("memory")
        }
        return unsafe source
    }

    private static func read(_ path: String, access: SecretFile.Access, atMost limit: Int) throws(TLSError) -> SecretBytes {
        do { return try SecretFile.read(path, atMost: limit, access: access) } catch { throw .file(error) }
    }
}
