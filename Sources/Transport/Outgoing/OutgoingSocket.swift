import CSystem
import Glibc

/// A connected socket that is waited for with deadlines. Blocks its caller's thread, so never used on a lane.
final class OutgoingSocket {
    enum Kind { case stream, datagrams }

    let peer: String
    private let socket: Socket

    var descriptor: Int32 { socket.number }

    /// Connects to the first address of the host that accepts. Each gets an equal part of the time that is left.
    init(_ kind: Kind, host: String, port: UInt16, by deadline: Deadline) throws(OutgoingError) {
        peer = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let addresses = try NameLookUp.addresses(host, port, by: deadline)
        var failure = OutgoingError.deadlinePassed(peer: peer, .connect)
        for (index, address) in addresses.enumerated() {
            do throws(OutgoingError) {
                socket = try Self.connected(kind, address, peer, by: deadline.part(of: addresses.count - index))
                return
            } catch { failure = error }
        }
        throw failure
    }

    private static func connected(
        _ kind: Kind, _ address: SocketAddress, _ peer: String, by deadline: Deadline
    ) throws(OutgoingError) -> Socket {
        let connecting: Socket
        do throws(SocketError) {
            switch kind {
            case .stream: connecting = try Socket.connecting(to: address)
            case .datagrams: connecting = try Socket.datagrams(to: address)
            }
        } catch {
            if case .failed(_, let code) = error { throw .unreachable(peer: peer, errno: code) }
            throw .unresolved(error)
        }
        try wait(connecting.number, for: Int16(POLLOUT), peer, .connect, by: deadline)
        let code = csystem_socket_error(connecting.number)
        guard code == 0 else { throw .unreachable(peer: peer, errno: code) }
        return connecting
    }

    /// Waits until the socket is ready for one of `events`, or has failed.
    func wait(for events: Int32, _ step: OutgoingError.Step, by deadline: Deadline) throws(OutgoingError) {
        try Self.wait(descriptor, for: Int16(events), peer, step, by: deadline)
    }

    private static func wait(
        _ descriptor: Int32, for events: Int16, _ peer: String, _ step: OutgoingError.Step, by deadline: Deadline
    ) throws(OutgoingError) {
        while true {
            var entry = pollfd(fd: descriptor, events: events, revents: 0)
            let remaining = deadline.remaining
            let count = unsafe poll(&entry, 1, Int32(clamping: remaining))
            if count > 0 { return }
            if count < 0, errno != EINTR { throw .failed(peer: peer, errno: errno) }
            if remaining == 0 { throw .deadlinePassed(peer: peer, step) }
        }
    }

    /// Sends what the socket takes now; nil when it takes nothing.
    func send(_ bytes: UnsafeRawBufferPointer) throws(OutgoingError) -> Int? {
        let count = unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        return try outcome(count)
    }

    /// Receives what is there, 0 at the peer's end; nil when there is nothing yet.
    func receive(into room: UnsafeMutableRawBufferPointer) throws(OutgoingError) -> Int? {
        let count = unsafe recv(descriptor, room.baseAddress, room.count, Int32(MSG_DONTWAIT))
        return try outcome(count)
    }

    private func outcome(_ count: Int) throws(OutgoingError) -> Int? {
        guard count < 0 else { return count }
        let code = errno
        guard code == EAGAIN || code == EWOULDBLOCK || code == EINTR else { throw .failed(peer: peer, errno: code) }
        return nil
    }

    /// Nothing more will be sent.
    func finish() { _ = shutdown(descriptor, Int32(SHUT_WR)) }
}
