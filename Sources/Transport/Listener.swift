import CSystem
import Glibc

/// A listening socket of one lane.
///
/// Level-triggered, so that a bounded number of connections is accepted per batch without losing any.
package final class Listener: Channel {
    /// Connections accepted per batch of events, at most and as a share of it: a lane that has little else to do is
    /// soon back, and need not ask for a connection that is not there.
    private static let acceptLimit = 64
    private static let acceptShare = 4
    /// Milliseconds without accepting when the process has run out of descriptors.
    private static let pauseTime: UInt64 = 100

    package let address: SocketAddress
    private let accepted: (consuming Socket, SocketAddress) -> Void
    /// Called when the process or the system has no descriptor left for a connection that waits.
    package var exhausted: ((Int32) -> Void)?

    /// - Parameter accepted: Takes over a connection's socket; runs on the lane.
    package init(
        lane: Lane, address: SocketAddress, socket: consuming Socket,
        accepted: @escaping (consuming Socket, SocketAddress) -> Void
    ) {
        self.address = address
        self.accepted = accepted
        // Connections inherit it.
        _ = csystem_set_option(socket.number, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        super.init(lane: lane, socket: socket)
    }

    /// Sockets that listen on one address, one per lane.
    package static func sockets(
        on address: SocketAddress, backlog: Int32, count: Int
    ) throws(SocketError) -> BoundSockets {
        // SO_REUSEPORT would let a second gateway take half of the connections unnoticed: look without it first.
        if count > 1, address.port != 0 {
            _ = try Socket.listening(on: address, backlog: 1, shared: false)
        }
        let first = try Socket.listening(on: address, backlog: backlog, shared: count > 1)
        let bound = SocketAddress.local(of: first.number) ?? address
        var sockets = BoundSockets(address: bound)
        sockets.append(first)
        for _ in 1..<max(count, 1) {
            sockets.append(try Socket.listening(on: bound, backlog: backlog, shared: true))
        }
        return sockets
    }

    package override func ready() {
        var storage = sockaddr_storage()
        for _ in 0..<min(max(lane.eventCount / Self.acceptShare, 1), Self.acceptLimit) {
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = unsafe csystem_accept(descriptor, &storage, &length)
            if descriptor >= 0 {
                accepted(Socket(descriptor: descriptor), SocketAddress(storage: storage, length: length))
                guard isOpen else { return }
                continue
            }
            switch csystem_errno() {
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                exhausted?(csystem_errno())
                lane.pause(self, true)
                setDeadline(after: Self.pauseTime)
                return
            case EINTR, ECONNABORTED, EPROTO: continue
            default: return
            }
        }
    }

    package override func deadlinePassed() { lane.pause(self, false) }
}

/// Listening sockets on their way to their lanes.
package struct BoundSockets: ~Copyable, Sendable {
    /// The address as bound: its port is known even when 0 was asked for.
    package let address: SocketAddress
    private var descriptors: [Int32] = []

    init(address: SocketAddress) { self.address = address }

    mutating func append(_ socket: consuming Socket) { descriptors.append(socket.release()) }

    /// Takes one socket; nil when all are taken.
    package mutating func take() -> Socket? {
        descriptors.popLast().map { Socket(descriptor: $0) }
    }

    deinit {
        for descriptor in descriptors { close_descriptor(descriptor) }
    }
}
