import COpenSSL
import Cryptography
import Glibc

/// What is wrong with a peer's certificate (RFC 5280 section 6, RFC 9525).
package enum CertificateProblem: Sendable, Equatable, CustomStringConvertible {
    case expired
    case notYetValid
    case wrongHost
    case unknownIssuer
    case selfSigned
    case revoked
    /// There is no revocation list of its issuer, or only one that is out of date.
    case revocationUnknown
    case chainTooLong
    case wrongPurpose
    case tooWeak
    case other(String)

    init(code: Int) {
        switch Int32(truncatingIfNeeded: code) {
        case X509_V_ERR_CERT_HAS_EXPIRED: self = .expired
        case X509_V_ERR_CERT_NOT_YET_VALID: self = .notYetValid
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: self = .wrongHost
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: self = .unknownIssuer
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: self = .selfSigned
        case X509_V_ERR_CERT_REVOKED: self = .revoked
        case X509_V_ERR_UNABLE_TO_GET_CRL, X509_V_ERR_CRL_HAS_EXPIRED, X509_V_ERR_CRL_NOT_YET_VALID,
            X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER: self = .revocationUnknown
        case X509_V_ERR_CERT_CHAIN_TOO_LONG: self = .chainTooLong
        case X509_V_ERR_INVALID_PURPOSE, X509_V_ERR_INVALID_CA: self = .wrongPurpose
        case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK: self = .tooWeak
        default: self = .other(unsafe String(cString: X509_verify_cert_error_string(code)))
        }
    }

    package var description: String {
        switch self {
        case .expired: "it has expired"
        case .notYetValid: "it is not valid yet; is a clock wrong?"
        case .wrongHost: "it is for another host: its subjectAltName does not have the expected name"
        case .unknownIssuer: "its issuer is not among the trusted authorities"
        case .selfSigned: "it is self-signed and not among the trusted certificates"
        case .revoked: "it has been revoked"
        case .revocationUnknown: "there is no current revocation list of its issuer"
        case .chainTooLong: "its chain is longer than allowed"
        case .wrongPurpose: "it, or one of its issuers, was not issued for this purpose"
        case .tooWeak: "its key or signature, or one of its chain, is too weak"
        case .other(let reason): reason
        }
    }
}

/// What keeps TLS from starting, or ended it; the text is for operators.
package enum TLSError: Error, Equatable, CustomStringConvertible {
    // At start and reload: files and settings.
    case file(SecretFileError)
    case noIdentity
    case badCertificate(String)
    case badKey(String)
    case keyMismatch(certificate: String, key: String)
    case weakCertificate(String, reason: String)
    case badAuthorities(String)
    case badRevocationList(String)
    case badSetting(String)
    case unavailable(String)

    // In a handshake.
    case certificateRefused(CertificateProblem)
    case certificateMissing
    case pinMismatch(found: Digest256)
    case noCommonVersion
    case noCommonCipher
    case noCommonProtocol
    /// The peer speaks HTTP without TLS.
    case plainHTTP
    case notTLS
    case closedInHandshake

    // At any time.
    /// The peer sent this alert (RFC 8446 section 6).
    case refusedByPeer(String)
    /// The connection ended without a close_notify: what came before may be cut.
    case truncated
    case malformed(String)
    case failed(errno: Int32)

    package var description: String {
        switch self {
        case .file(let error): error.description
        case .noIdentity: "TLS needs a certificate and its key"
        case .badCertificate(let path): "\(path) holds no well-formed PEM certificate"
        case .badKey(let path):
            "\(path) holds no private key that can be used: it must be PEM and without a passphrase "
                + "(openssl pkey -in OLD -out NEW takes one off)"
        case .keyMismatch(let certificate, let key): "the key \(key) does not belong to the certificate \(certificate)"
        case .weakCertificate(let path, let reason): "\(path) is too weak for TLS today: \(reason)"
        case .badAuthorities(let path): "\(path) holds no PEM certificates of authorities"
        case .badRevocationList(let path): "\(path) holds no PEM revocation list (CRL)"
        case .badSetting(let what): what
        case .unavailable(let what): "libssl cannot provide \(what)"
        case .certificateRefused(let problem): "the peer's certificate is refused: \(problem)"
        case .certificateMissing: "the peer sent no certificate, and one is required"
        case .pinMismatch(let found):
            "the peer's public key is not one of the pinned keys; its SHA-256 is \(found.hexadecimal)"
        case .noCommonVersion: "no TLS version in common; TLS 1.2 and 1.3 are spoken here"
        case .noCommonCipher: "no cipher in common"
        case .noCommonProtocol: "no application protocol (ALPN) in common"
        case .plainHTTP: "the peer speaks HTTP without TLS on a port with TLS; use https://"
        case .notTLS: "the peer does not speak TLS"
        case .closedInHandshake: "the peer closed the connection during the TLS handshake"
        case .refusedByPeer(let alert): "the peer ended TLS with the alert '\(alert)'"
        case .truncated: "the connection ended without TLS's close_notify; what was received may be cut"
        case .malformed(let reason): "TLS was violated: \(reason)"
        case .failed(let code): unsafe String(cString: strerror(code))
        }
    }

    /// For callers who know errno only.
    var errno: Int32 {
        switch self {
        case .failed(let code): code
        case .truncated, .closedInHandshake: ECONNRESET
        default: EPROTO
        }
    }
}

extension TLSError {
    /// Reads libssl's queue of errors after a call that failed for good.
    ///
    /// - Parameter verification: X509_V_OK, or why the peer's certificate was refused.
    static func takeLast(verification: Int, established: Bool) -> TLSError {
        let error = ERR_peek_error()
        ERR_clear_error()
        guard error != 0 else { return established ? .truncated : .closedInHandshake }
        let reason = copenssl_error_reason(error)
        switch reason {
        case SSL_R_UNEXPECTED_EOF_WHILE_READING: return established ? .truncated : .closedInHandshake
        case SSL_R_CERTIFICATE_VERIFY_FAILED: return .certificateRefused(CertificateProblem(code: verification))
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return .certificateMissing
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_NO_PROTOCOLS_AVAILABLE: return .noCommonVersion
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS,
            SSL_R_NO_SHARED_GROUPS, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM: return .noCommonCipher
        case SSL_R_NO_APPLICATION_PROTOCOL: return .noCommonProtocol
        case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST: return .plainHTTP
        case SSL_R_WRONG_VERSION_NUMBER where !established: return .notTLS
        default: break
        }
        // libssl numbers the peer's alerts from 1000 on.
        if copenssl_error_library(error) == ERR_LIB_SSL, reason >= 1000 {
            if reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION { return .noCommonVersion }
            // libssl 3.0 knows this alert's number and not its name (RFC 8446 section 6.2).
            if reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED { return .refusedByPeer("certificate required") }
            return .refusedByPeer(unsafe String(cString: SSL_alert_desc_string_long(reason - 1000)))
        }
        return .malformed(unsafe ERR_reason_error_string(error).map { unsafe String(cString: $0) } ?? "unknown")
    }
}
