import Cryptography
import CSystem
import Glibc
import HTTPWire

extension Channel {
    /// Bytes of a peer that are read and dropped after a failed handshake, so that it may read why.
    private static let greatestDrain = 64 * 1024

    /// Has this socket speak TLS from its first byte on. Called before the channel is registered.
    ///
    /// `ready` is called once the handshake is done; `secured` before it, and for a client `connected` in between.
    /// Until then reads and writes would block. A deadline for the handshake is the channel's own.
    package final func startTLS(_ context: TLSContext) throws(TLSError) {
        tls = try TLSStream(context, descriptor: descriptor)
    }

    package final var isEncrypted: Bool { tls != nil }

    /// What the handshake agreed on; nil without TLS and before it is done. Costs: read once, not per exchange.
    package final var tlsPeer: TLSPeer? {
        guard let tls, tls.isEstablished else { return nil }
        return tls.peer
    }

    /// Whether a handshake under another context would let this peer in; nil without TLS and before it is done.
    package final func isPeerAccepted(by context: TLSContext) -> Bool? {
        guard let tls, tls.isEstablished else { return nil }
        return tls.isPeerAccepted(by: context)
    }

    /// Why TLS ended, if it did: more than the errno of an outcome says.
    package final var tlsFailure: TLSError? { tls?.failure }

    final func read(_ tls: TLSStream, into buffer: ByteBuffer, atMost wanted: Int) -> ReadOutcome {
        guard tls.isEstablished else { return .wouldBlock }
        var step = TLSStep.wantsRead
        _ = unsafe buffer.fill { room in
            step = unsafe tls.read(into: room.baseAddress, atMost: wanted)
            if case .bytes(let count) = step { return count }
            return 0
        }
        switch step {
        case .bytes(let count):
            readable = tls.mayHoldMore || peerClosed
            return .bytes(count)
        case .wantsRead, .wantsWrite:
            readable = false
            return .wouldBlock
        case .end:
            readable = false
            return .end
        case .failed(let error):
            readable = false
            return .failed(errno: error.errno)
        }
    }

    final func write(_ tls: TLSStream, _ bytes: Span<UInt8>) -> WriteOutcome {
        guard tls.isEstablished else { return .wouldBlock }
        let (taken, step) = unsafe bytes.withUnsafeBytes { unsafe tls.write($0) }
        switch step {
        case .bytes: return .bytes(taken)
        case .wantsRead, .wantsWrite:
            writable = false
            return taken > 0 ? .bytes(taken) : .wouldBlock
        case .end, .failed:
            writable = false
            // What was taken before is told first; the next write tells the failure.
            if taken > 0 { return .bytes(taken) }
            return .failed(errno: tls.failure?.errno ?? EPIPE)
        }
    }

    /// Moves TLS on after an edge; whether the channel may be told that it is ready.
    final func advance(_ tls: TLSStream, _ flags: UInt32) -> Bool {
        guard tls.isEstablished else {
            let isOnlyRoom = flags & ~csystem_writable == 0
            return tls.handshakeWaitsForBytes && isOnlyRoom ? false : shakeHands(tls)
        }
        if flags & csystem_readable != 0 { tls.noteEdge() }
        if tls.readWaitsForRoom, flags & csystem_writable != 0 { readable = true }
        if tls.writeWaitsForBytes, flags & csystem_readable != 0 { writable = true }
        if finishPending, flags & csystem_writable != 0 { finish(tls) }
        return true
    }

    private func shakeHands(_ tls: TLSStream) -> Bool {
        switch tls.handshake() {
        case .bytes:
            readable = true
            writable = true
            secured()
            if isOpen, tls.isClient { connected() }
            return isOpen
        case .wantsRead, .wantsWrite:
            // Nothing to do for the channel before the next edge.
            readable = false
            writable = false
        case .end, .failed: refuse()
        }
        return false
    }

    /// A socket closed with bytes unread resets the connection, and the alert that says why would be lost.
    private func refuse() {
        _ = shutdown(descriptor, Int32(SHUT_WR))
        let scratch = lane.receiveBuffer
        scratch.removeAll()
        var drained = 0
        while drained < Self.greatestDrain {
            var count = 0
            _ = unsafe scratch.fill { room in
                count = unsafe recv(descriptor, room.baseAddress, room.count, 0)
                return 0
            }
            guard count > 0 else { break }
            drained += count
        }
        readable = false
        writable = false
        handshakeFailed()
    }

    /// close_notify and then the end of the stream.
    final func finish(_ tls: TLSStream) {
        switch tls.finish() {
        case .wantsRead, .wantsWrite: finishPending = true
        case .bytes, .end, .failed:
            finishPending = false
            _ = shutdown(descriptor, Int32(SHUT_WR))
        }
    }
}
