import COpenSSL
import CSystem

/// How a step of TLS over a non-blocking socket went.
enum TLSStep: Equatable {
    case bytes(Int)
    /// The step must be tried again when the socket has bytes.
    case wantsRead
    /// The step must be tried again when the socket takes bytes.
    case wantsWrite
    /// The peer said with close_notify that nothing more comes.
    case end
    case failed(TLSError)
}

/// TLS on one socket. Confined to the lane of its channel.
@safe final class TLSStream {
    let context: TLSContext
    // Safe: `ssl` holds a reference from init to deinit; `socket` lives as long as the BIO that `ssl` owns.
    let ssl: OpaquePointer
    private let socket: UnsafeMutablePointer<copenssl_socket>

    private(set) var isEstablished = false
    /// After a failure nothing may be sent any more, not even close_notify.
    private(set) var failure: TLSError?
    private(set) var hasFinished = false
    /// The handshake's next step is the peer's: room to write is no reason to try.
    private(set) var handshakeWaitsForBytes: Bool
    /// The last read can only go on when the socket takes bytes, and the other way round: TLS has messages of its own.
    private(set) var readWaitsForRoom = false
    private(set) var writeWaitsForBytes = false

    /// - Parameter descriptor: Stays the channel's.
    init(_ context: TLSContext, descriptor: Int32) throws(TLSError) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let ssl = unsafe SSL_new(context.handle) else { throw .unavailable("a connection") }
        var made: UnsafeMutablePointer<copenssl_socket>?
        guard let bio = unsafe copenssl_socket_new(ssl, descriptor, &made), let socket = unsafe made else {
            unsafe SSL_free(ssl)
            throw .unavailable("a connection")
        }
        // Safe: the socket, which belongs to the BIO, goes with `ssl`.
        unsafe SSL_set_bio(ssl, bio, bio)
        switch context.role {
        case .server:
            unsafe SSL_set_accept_state(ssl)
            handshakeWaitsForBytes = true
        case .client(let side):
            unsafe SSL_set_connect_state(ssl)
            handshakeWaitsForBytes = false
            if let name = side.hostName, unsafe copenssl_set_server_name(ssl, name) != 1 {
                unsafe SSL_free(ssl)
                throw .badSetting("'\(name)' cannot be sent as a server name")
            }
            unsafe side.sessions.offer(to: ssl)
        }
        self.context = context
        unsafe self.ssl = ssl
        unsafe self.socket = socket
    }

    deinit { unsafe SSL_free(ssl) }

    var isClient: Bool {
        switch context.role {
        case .server: false
        case .client: true
        }
    }

    /// Facts of an established connection.
    var peer: TLSPeer { unsafe TLSPeer(ssl) }

    /// Goes on with the handshake; `.bytes(0)` when it is done.
    func handshake() -> TLSStep {
        ERR_clear_error()
        let code = unsafe SSL_do_handshake(ssl)
        guard code == 1 else {
            let step = step(after: code)
            handshakeWaitsForBytes = step == .wantsRead
            return step
        }
        if case .client(let side) = context.role, let mismatch = unsafe side.pinMismatch(ssl) {
            failure = mismatch
            return .failed(mismatch)
        }
        isEstablished = true
        return .bytes(0)
    }

    /// Reads at most one record.
    func read(into room: UnsafeMutableRawPointer?, atMost count: Int) -> TLSStep {
        readWaitsForRoom = false
        if let failure { return .failed(failure) }
        ERR_clear_error()
        var received = 0
        let code = unsafe SSL_read_ex(ssl, room, count, &received)
        if code == 1 { return .bytes(received) }
        let step = step(after: code)
        readWaitsForRoom = step == .wantsWrite
        return step
    }

    /// Whether a read may find more without a new edge of the socket: decrypted or encrypted bytes are kept here, or
    /// the socket was not emptied.
    var mayHoldMore: Bool { unsafe socket.pointee.drained == 0 || SSL_has_pending(ssl) == 1 }

    /// The socket raised an edge: what the last receive said of it is out of date.
    func noteEdge() { unsafe socket.pointee.drained = 0 }

    /// Writes until everything or nothing more is taken; what was taken counts before why it ended.
    func write(_ bytes: UnsafeRawBufferPointer) -> (taken: Int, step: TLSStep) {
        writeWaitsForBytes = false
        if let failure { return (0, .failed(failure)) }
        var taken = 0
        while taken < bytes.count {
            ERR_clear_error()
            var written = 0
            let code = unsafe SSL_write_ex(ssl, bytes.baseAddress?.advanced(by: taken), bytes.count - taken, &written)
            guard code == 1 else {
                let step = step(after: code)
                writeWaitsForBytes = step == .wantsRead
                return (taken, step)
            }
            taken += written
        }
        return (taken, .bytes(taken))
    }

    /// The end follows what is written next: it may wait for that.
    func expectEnd() { unsafe socket.pointee.ends = 1 }

    /// Sends close_notify; `.wantsWrite` when the socket does not take it now. The caller ends the socket's stream at
    /// once when it is taken: the two leave together.
    func finish() -> TLSStep {
        guard isEstablished, failure == nil, !hasFinished else { return .bytes(0) }
        expectEnd()
        ERR_clear_error()
        let code = unsafe SSL_shutdown(ssl)
        // 0 says that ours is sent and the peer's has not come, which reads will tell.
        guard code < 0 else {
            hasFinished = true
            return .bytes(0)
        }
        return step(after: code)
    }

    private func step(after code: Int32) -> TLSStep {
        switch unsafe SSL_get_error(ssl, code) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        case SSL_ERROR_ZERO_RETURN:
            if isEstablished { return .end }
            return fail(.closedInHandshake)
        default:
            if unsafe socket.pointee.error != 0 {
                ERR_clear_error()
                return unsafe fail(.failed(errno: socket.pointee.error))
            }
            return unsafe fail(.takeLast(verification: SSL_get_verify_result(ssl), established: isEstablished))
        }
    }

    private func fail(_ error: TLSError) -> TLSStep {
        failure = error
        return .failed(error)
    }
}
