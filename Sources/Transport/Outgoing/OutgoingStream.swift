import Glibc

/// A connection that this process opens and waits for, plain or over TLS, where every wait has a deadline.
///
/// For work beside the data path, such as exporting records and fetching keys: it blocks its thread and must not be
/// used on a lane. Confined to one thread at a time. After an error it is of no more use.
package final class OutgoingStream {
    private let socket: OutgoingSocket
    private let tls: TLSStream?
    private var isFinished = false

    private static let discardedBytes = 16 << 10

    /// `host:port`, for messages.
    package var peer: String { socket.peer }

    /// Connects, trying every address of the host, and secures the connection.
    ///
    /// - Parameters:
    ///   - host: A name, or an address without brackets.
    ///   - context: Of a client; it knows whom the peer's certificate must be for. nil: without TLS.
    ///   - deadline: For all of it.
    package init(host: String, port: UInt16, tls context: TLSContext? = nil, by deadline: Deadline) throws(OutgoingError) {
        socket = try OutgoingSocket(.stream, host: host, port: port, by: deadline)
        guard let context else {
            tls = nil
            return
        }
        do { tls = try TLSStream(context, descriptor: socket.descriptor) } catch { throw .tls(peer: socket.peer, error) }
        try shakeHands(by: deadline)
    }

    /// Says goodbye if nobody has, as far as the socket takes it at once.
    deinit { finish() }

    private func shakeHands(by deadline: Deadline) throws(OutgoingError) {
        guard let tls else { return }
        while !tls.isEstablished { try wait(after: tls.handshake(), .handshake, by: deadline) }
    }

    /// What the handshake agreed on; nil without TLS.
    package var tlsPeer: TLSPeer? { tls?.peer }

    // MARK: Bytes

    /// Sends everything.
    package func write(_ bytes: [UInt8], by deadline: Deadline) throws(OutgoingError) {
        var sent = 0
        while sent < bytes.count {
            var (taken, step) = (0, TLSStep.wantsWrite)
            var failure: OutgoingError?
            // Safe: the pointer is used during the call alone, within the bounds of the array's rest.
            unsafe bytes[sent...].withUnsafeBytes { rest in
                if let tls {
                    (taken, step) = unsafe tls.write(rest)
                } else {
                    do throws(OutgoingError) { taken = unsafe try socket.send(rest) ?? 0 } catch { failure = error }
                }
            }
            if let failure { throw failure }
            sent += taken
            if sent < bytes.count { try wait(after: step, .write, by: deadline) }
        }
    }

    /// Receives what is there, at least one byte, and waits for it; nothing at the peer's end.
    package func read(atMost count: Int, by deadline: Deadline) throws(OutgoingError) -> [UInt8] {
        while true {
            let (bytes, step) = try receive(count)
            switch step {
            case .bytes: return bytes
            case .end: return []
            case .wantsRead, .wantsWrite, .failed: try wait(after: step, .read, by: deadline)
            }
        }
    }

    /// Waits until the peer has closed too, which after `finish` says that it has read everything: a peer that ends
    /// with bytes unread resets the connection. What it says meanwhile is thrown away.
    ///
    /// A peer that closes without TLS's close_notify, as most do, is taken at its word: whoever can forge that can also
    /// keep bytes from arriving.
    package func awaitEnd(by deadline: Deadline) throws(OutgoingError) {
        while true {
            let (_, step) = try receive(Self.discardedBytes)
            switch step {
            case .end, .failed(.truncated): return
            case .bytes: if deadline.hasPassed { throw .deadlinePassed(peer: peer, .end) }
            case .wantsRead, .wantsWrite, .failed: try wait(after: step, .end, by: deadline)
            }
        }
    }

    /// Waits until the peer says anything, and throws it away. A peer refuses the certificate shown to it only after
    /// the handshake has ended for this side (RFC 8446 section 4.4.2), and why is lost once bytes have been sent that it
    /// does not read.
    ///
    /// - Parameter deadline: Passing it is no error.
    package func settle(by deadline: Deadline) throws(OutgoingError) {
        do { try socket.wait(for: POLLIN, .read, by: deadline) } catch {
            if case .deadlinePassed = error { return }
            throw error
        }
        let (_, step) = try receive(Self.discardedBytes)
        switch step {
        case .bytes, .wantsRead, .wantsWrite: return
        case .end: throw .ended(peer: peer)
        case .failed(let error): throw .tls(peer: peer, error)
        }
    }

    /// Tells the peer that nothing more comes; close_notify first where there is TLS.
    package func finish() {
        guard !isFinished else { return }
        isFinished = true
        _ = tls?.finish()
        socket.finish()
    }

    private func receive(_ count: Int) throws(OutgoingError) -> (bytes: [UInt8], step: TLSStep) {
        var failure: OutgoingError?
        var step = TLSStep.wantsRead
        // Safe: both write at most `count` bytes, and say how many.
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { room, written in
            if let tls {
                step = unsafe tls.read(into: UnsafeMutableRawPointer(room.baseAddress), atMost: count)
                if case .bytes(let received) = step { written = received }
            } else {
                do throws(OutgoingError) {
                    let received = unsafe try socket.receive(into: UnsafeMutableRawBufferPointer(room))
                    if let received {
                        written = received
                        step = received == 0 ? .end : .bytes(received)
                    }
                } catch { failure = error }
            }
        }
        if let failure { throw failure }
        return (bytes, step)
    }

    private func wait(after step: TLSStep, _ what: OutgoingError.Step, by deadline: Deadline) throws(OutgoingError) {
        switch step {
        case .bytes: break
        case .wantsRead: try socket.wait(for: POLLIN, what, by: deadline)
        case .wantsWrite: try socket.wait(for: POLLOUT, what, by: deadline)
        case .end: throw .ended(peer: peer)
        case .failed(let error): throw .tls(peer: peer, error)
        }
    }
}

/// Messages to one peer, a datagram each. Whether they arrive cannot be known.
package final class OutgoingDatagrams {
    private let socket: OutgoingSocket

    package init(host: String, port: UInt16, by deadline: Deadline) throws(OutgoingError) {
        socket = try OutgoingSocket(.datagrams, host: host, port: port, by: deadline)
    }

    package func send(_ bytes: [UInt8], by deadline: Deadline) throws(OutgoingError) {
        while true {
            var failure: OutgoingError?
            var sent: Int?
            // Safe: the pointer is used during the call alone.
            unsafe bytes.withUnsafeBytes { bytes in
                do throws(OutgoingError) { sent = unsafe try socket.send(bytes) } catch { failure = error }
            }
            if let failure { throw failure }
            if sent != nil { return }
            try socket.wait(for: POLLOUT, .write, by: deadline)
        }
    }
}
