import COpenSSL
import Cryptography

/// What a handshake agreed on, and with whom.
package struct TLSPeer: Sendable, Equatable {
    /// `TLSv1.2` or `TLSv1.3`.
    package let version: String
    /// As libssl names it, such as `TLS_AES_128_GCM_SHA256`.
    package let cipher: String
    /// The host that the client asked for (SNI).
    package let serverName: String?
    /// ALPN.
    package let applicationProtocol: String?
    package let isResumed: Bool
    /// The peer's certificate: verified as the context demands, so unverified only under `insecure`.
    package let certificate: Certificate?

    @unsafe init(_ ssl: OpaquePointer) {
        version = unsafe String(cString: SSL_get_version(ssl))
        cipher = unsafe String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)))
        serverName = unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { unsafe String(cString: $0) }
        var start: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &start, &count)
        applicationProtocol = unsafe start.map {
            unsafe String(decoding: UnsafeBufferPointer(start: $0, count: Int(count)), as: UTF8.self)
        }
        isResumed = unsafe SSL_session_reused(ssl) == 1
        if let handle = unsafe copenssl_peer_certificate(ssl) {
            certificate = unsafe Certificate(handle)
            unsafe X509_free(handle)
        } else {
            certificate = nil
        }
    }
}
