import COpenSSL
import Cryptography
import Glibc

/// What the connections of one upstream share: its name, its pinned keys, sessions to resume.
final class TLSClientSide: Sendable {
    /// nil for an address, which SNI does not carry (RFC 6066 section 3).
    let hostName: String?
    let pins: [Digest256]
    let sessions: TLSSessions

    init(_ settings: TLSClientSettings) {
        hostName = Self.isAddress(settings.serverName) ? nil : settings.serverName
        pins = settings.pins
        sessions = TLSSessions(limit: settings.sessionCount)
    }

    static func isAddress(_ name: String) -> Bool {
        var address = in6_addr()
        return unsafe inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1
    }

    /// Has the context hand its sessions over. `self` must outlive every connection made from it.
    @unsafe func serve(_ context: OpaquePointer) {
        unsafe copenssl_set_owner(context, Unmanaged.passUnretained(self).toOpaque())
        unsafe SSL_CTX_sess_set_new_cb(context) { ssl, session in
            guard let ssl = unsafe ssl, let session = unsafe session, let context = unsafe SSL_get_SSL_CTX(ssl),
                let owner = unsafe copenssl_owner(context)
            else { return 0 }
            // Safe: the stream keeps the TLSContext, which keeps this object.
            let side = unsafe Unmanaged<TLSClientSide>.fromOpaque(owner).takeUnretainedValue()
            unsafe side.sessions.keep(session)
            // The reference is ours now.
            return 1
        }
    }

    /// Why the peer's key is not good enough; nil when it is, or when none is pinned.
    @unsafe func pinMismatch(_ ssl: OpaquePointer) -> TLSError? {
        guard !pins.isEmpty else { return nil }
        guard let handle = unsafe copenssl_peer_certificate(ssl) else { return .certificateMissing }
        defer { unsafe X509_free(handle) }
        guard let certificate = unsafe Certificate(handle) else { return .malformed("the peer's certificate") }
        return pins.contains(certificate.keyDigest) ? nil : .pinMismatch(found: certificate.keyDigest)
    }
}
