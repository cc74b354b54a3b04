import COpenSSL
import Synchronization

/// Sessions of one client context that may be resumed, the newest last.
final class TLSSessions: Sendable {
    /// Safe to send: whoever holds the list's mutex has the only use of the reference.
    @safe private struct Reference: @unchecked Sendable {
        let handle: OpaquePointer
    }

    private let limit: Int
    private let sessions = Mutex<[Reference]>([])

    init(limit: Int) { self.limit = limit }

    deinit {
        sessions.withLock { sessions in
            for session in sessions { unsafe SSL_SESSION_free(session.handle) }
        }
    }

    /// Takes over one reference.
    @unsafe func keep(_ handle: OpaquePointer) {
        let session = unsafe Reference(handle: handle)
        let dropped: Reference? = sessions.withLock { sessions in
            sessions.append(session)
            return sessions.count > limit ? sessions.removeFirst() : nil
        }
        unsafe SSL_SESSION_free(dropped?.handle)
    }

    /// Lets `ssl` try to resume a session. A ticket of TLS 1.3 is used once, so that nobody who watches can tell
    /// that two connections belong together (RFC 8446 appendix C.4).
    @unsafe func offer(to ssl: OpaquePointer) {
        while let session = sessions.withLock({ $0.popLast() }) {
            let usable = unsafe SSL_SESSION_is_resumable(session.handle) == 1
            if usable { unsafe _ = SSL_set_session(ssl, session.handle) }
            if usable, unsafe SSL_SESSION_get_protocol_version(session.handle) < TLS1_3_VERSION {
                unsafe keep(session.handle)
            } else {
                unsafe SSL_SESSION_free(session.handle)
            }
            if usable { return }
        }
    }

    /// How many there are.
    var count: Int { sessions.withLock { $0.count } }
}
