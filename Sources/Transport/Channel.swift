import CSystem
import Glibc
import HTTPWire

/// How a read from a peer went.
package enum ReadOutcome: Equatable {
    /// This many bytes were appended to the buffer.
    case bytes(Int)
    /// Nothing now; `ready` is called when there is.
    case wouldBlock
    /// The peer finished its side properly.
    case end
    /// The connection is broken.
    case failed(errno: Int32)
}

/// How a write to a peer went.
package enum WriteOutcome: Equatable {
    /// This many bytes were taken, perhaps fewer than offered; the peer takes more when `ready` is called.
    case bytes(Int)
    case wouldBlock
    case failed(errno: Int32)
}

/// One non-blocking socket of a lane, registered once and edge-triggered.
///
/// Subclassed by what a connection is for. Everything happens on the lane's queue; a channel never leaves its
/// lane. `isReadable` and `isWritable` say what the socket is believed to be good for: an edge sets them, an
/// attempt that would block clears them, so a subclass may stop reading (back-pressure) without losing the edge.
open class Channel {
    static let unscheduled = UInt64.max

    public let lane: Lane
    private(set) var descriptor: Int32
    package final var isOpen: Bool { descriptor >= 0 }
    // Not visible outside the module, so that the compiler proves exclusive access instead of checking it.
    final var readable = false
    final var writable = false
    package final var isReadable: Bool { readable }
    package final var isWritable: Bool { writable }
    /// The peer has shut down its sending side, or the connection broke: reads come to an end without a new edge.
    final private(set) var peerClosed = false
    private var broken = false
    /// The peer has reset the connection, or it broke otherwise: nothing can be sent any more.
    package final var isBroken: Bool { broken }
    private var isConnecting: Bool
    /// nil for a plain socket.
    final var tls: TLSStream?
    /// The end of what is written could not be said yet.
    final var finishPending = false
    private var resets = false
    private var endsNext = false
    /// The lane visits it again; set by `Lane.revisit`.
    final var awaitsTurn = false
    /// The lane keeps the channel; set by `Lane.register`.
    final var isRegistered = false

    // The deadline wheel's links. `wheelPrevious` does not own, and is not weak either, because a weak reference
    // would send every retain of the channel through a side table.
    // Safe: the wheel owns both neighbours for as long as they are linked, and unlinking resets the link.
    final var wheelTick = Channel.unscheduled
    final var wheelNext: Channel?
    final unowned(unsafe) var wheelPrevious: Channel?

    /// When `deadlinePassed` is called, in milliseconds of the lane's monotonic clock; 0 for never.
    package final var deadline: UInt64 { dueTime }
    private var dueTime: UInt64 = 0

    /// Takes over `socket`; it is closed with the channel.
    package init(lane: Lane, socket: consuming Socket, connecting: Bool = false) {
        self.lane = lane
        self.isConnecting = connecting
        descriptor = socket.release()
    }

    deinit {
        if descriptor >= 0 { close_descriptor(descriptor) }
    }

    // MARK: For subclasses

    /// Something changed: new bytes, room to write, the end. Try, do not trust.
    open func ready() {}

    /// The deadline came; it is not set any more.
    open func deadlinePassed() {}

    /// A connection attempt ended well, TLS handshake included; `ready` follows.
    open func connected() {}

    /// The TLS handshake is done; `tlsPeer` says how. `ready` follows.
    open func secured() {}

    /// The TLS handshake failed, and `tlsFailure` says why; nothing was received or sent.
    open func handshakeFailed() { failed(errno: tlsFailure?.errno ?? EPROTO) }

    /// A connection attempt failed, or the socket broke.
    open func failed(errno code: Int32) { close() }

    /// The channel was closed; called once, at the end of the batch of events.
    open func closed() {}

    // MARK: Reading and writing

    /// Reads once, up to the room in `buffer` (which must not be full).
    package final func read(into buffer: ByteBuffer, atMost limit: Int = .max) -> ReadOutcome {
        guard isOpen else { return .failed(errno: EBADF) }
        let wanted = min(buffer.room, limit)
        guard wanted > 0 else { return .wouldBlock }
        if let tls { return read(tls, into: buffer, atMost: wanted) }
        var code: Int32 = 0
        var received = 0
        _ = unsafe buffer.fill { room in
            repeat {
                received = unsafe recv(descriptor, room.baseAddress, wanted, 0)
                code = received < 0 ? csystem_errno() : 0
            } while code == EINTR
            return max(received, 0)
        }
        if received > 0 {
            // A short read has emptied the socket: the next byte is a new edge (epoll(7)), unless the end is
            // already behind it.
            if received < wanted && !peerClosed { readable = false }
            return .bytes(received)
        }
        readable = false
        if received == 0 { return .end }
        return code == EAGAIN || code == EWOULDBLOCK ? .wouldBlock : .failed(errno: code)
    }

    /// Writes once. What was not taken must come first in the next write: part of it may be on its way already.
    package final func write(_ bytes: Span<UInt8>) -> WriteOutcome {
        guard isOpen else { return .failed(errno: EBADF) }
        guard bytes.count > 0 else { return .bytes(0) }
        if let tls { return write(tls, bytes) }
        let flags = Int32(MSG_NOSIGNAL) | (endsNext ? Int32(MSG_MORE) : 0)
        var code: Int32 = 0
        var sent = 0
        unsafe bytes.withUnsafeBytes { raw in
            repeat {
                sent = unsafe send(descriptor, raw.baseAddress, raw.count, flags)
                code = sent < 0 ? csystem_errno() : 0
            } while code == EINTR
        }
        if sent >= 0 {
            if sent < bytes.count { writable = false }
            return .bytes(sent)
        }
        writable = false
        return code == EAGAIN || code == EWOULDBLOCK ? .wouldBlock : .failed(errno: code)
    }

    /// Writes what the peer takes of `buffer` and forgets it; false when the connection is broken.
    package final func flush(_ buffer: ByteBuffer) -> Bool {
        while !buffer.isEmpty && isWritable {
            switch write(buffer.span) {
            case .bytes(let count): buffer.consume(count)
            case .wouldBlock: return true
            case .failed: return false
            }
        }
        return true
    }

    /// Bytes that were written and that the peer has not taken, as far as the system knows (SIOCOUTQ, tcp(7)).
    package final var untakenBytes: UInt64 { UInt64(max(0, isOpen ? csystem_unacknowledged_bytes(descriptor) : 0)) }

    /// What is written next is the last, and the channel is closed or finished at once: all that may leave in one packet.
    package final func expectEnd() {
        endsNext = true
        tls?.expectEnd()
    }

    /// Says to the peer that no more bytes will come (TLS close_notify, TCP FIN), and keeps reading possible.
    package final func finishWriting() {
        guard isOpen else { return }
        if let tls { return finish(tls) }
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Makes `close()` reset the connection, so that a peer cannot take a cut answer for a complete one.
    package final func resetOnClose() {
        guard isOpen else { return }
        resets = true
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    /// Sets the deadline `milliseconds` from now; 0 removes it.
    package final func setDeadline(after milliseconds: UInt64) {
        guard milliseconds > 0 else {
            dueTime = 0
            return
        }
        let now = lane.time.milliseconds
        dueTime = now &+ milliseconds
        // Several times an exchange a deadline moves later: the wheel finds out when the slot comes up.
        if wheelTick != Channel.unscheduled, wheelTick &* DeadlineWheel.tick <= dueTime { return }
        lane.deadlines.schedule(self, now: now)
    }

    /// Closes the socket now; the object lives until the current batch of events is done.
    package final func close() {
        guard descriptor >= 0 else { return }
        dueTime = 0
        lane.deadlines.remove(self)
        // An end that the peer may trust, unless the answer was cut. If it is not taken now, the peer sees a cut.
        if !resets, tls != nil || endsNext {
            _ = tls?.finish()
            // Closing alone resets the connection if bytes have come meanwhile, and what waits for the end is lost.
            _ = shutdown(descriptor, Int32(SHUT_WR))
        }
        // A child process may still hold a copy of the descriptor, between fork and exec, which would keep the
        // socket in the epoll set and raise events for a channel that is gone.
        if isRegistered { lane.unwatch(descriptor) }
        close_descriptor(descriptor)
        descriptor = -1
        readable = false
        writable = false
        if isRegistered { lane.retire(self) }
    }

    // MARK: For the lane

    final func deliver(_ flags: UInt32) {
        guard isOpen else { return }
        if isConnecting {
            let code = csystem_socket_error(descriptor)
            guard code == 0 else { return failed(errno: code) }
            guard flags & csystem_writable != 0 else { return }
            isConnecting = false
            writable = true
            if tls == nil { connected() }
            guard isOpen else { return }
        }
        if flags & csystem_readable != 0 { readable = true }
        if flags & csystem_writable != 0 { writable = true }
        if flags & (csystem_peer_closed | csystem_failed) != 0 {
            peerClosed = true
            readable = true
        }
        if flags & csystem_failed != 0 { broken = true }
        if let tls, !advance(tls, flags) { return }
        ready()
    }

    final func revisit() {
        guard isOpen else { return }
        if let tls, !tls.isEstablished { return }
        ready()
    }

    final func clearDeadline() { dueTime = 0 }
    /// For the wheel's tests, which have no clock.
    final func setTestDeadline(_ time: UInt64) { dueTime = time }

    /// A socket that was just accepted or connected takes writes without waiting for its first edge.
    package final func assumeReady() {
        readable = true
        writable = true
    }
}

func close_descriptor(_ descriptor: Int32) { _ = Glibc.close(descriptor) }
