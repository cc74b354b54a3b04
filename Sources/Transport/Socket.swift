import CSystem
import Glibc

/// The owner of a socket descriptor until a channel takes it over.
package struct Socket: ~Copyable {
    private var descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit {
        if descriptor >= 0 { close_descriptor(descriptor) }
    }

    var number: Int32 { descriptor }

    /// Gives the descriptor away.
    consuming func release() -> Int32 {
        let number = descriptor
        descriptor = -1
        return number
    }

    static func stream(family: Int32) throws(SocketError) -> Socket {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .failed("cannot make a socket", errno: csystem_errno()) }
        return Socket(descriptor: descriptor)
    }

    /// Starts a connection. The channel made from it learns through `connected` or `failed` how it went.
    package static func connecting(to address: SocketAddress) throws(SocketError) -> Socket {
        let socket = try stream(family: address.family)
        _ = csystem_set_option(socket.number, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        var storage = address.storage
        let code = unsafe connect(socket.number, csystem_sockaddr(&storage), address.length) == 0 ? 0 : csystem_errno()
        guard code == 0 || code == EINPROGRESS else { throw .failed("cannot connect to \(address)", errno: code) }
        return socket
    }

    /// A socket whose datagrams go to `address`.
    static func datagrams(to address: SocketAddress) throws(SocketError) -> Socket {
        let descriptor = socket(
            address.family, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .failed("cannot make a socket", errno: csystem_errno()) }
        let socket = Socket(descriptor: descriptor)
        var storage = address.storage
        guard unsafe connect(socket.number, csystem_sockaddr(&storage), address.length) == 0 else {
            throw .failed("cannot send to \(address)", errno: csystem_errno())
        }
        return socket
    }

    /// A socket that listens on `address`.
    ///
    /// With `shared`, further sockets of this process may listen on the same address (SO_REUSEPORT), one per lane.
    static func listening(on address: SocketAddress, backlog: Int32, shared: Bool) throws(SocketError) -> Socket {
        let socket = try stream(family: address.family)
        _ = csystem_set_option(socket.number, SOL_SOCKET, SO_REUSEADDR, 1)
        if shared { _ = csystem_set_option(socket.number, SOL_SOCKET, SO_REUSEPORT, 1) }
        if address.isIPv6 { _ = csystem_set_option(socket.number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, address.isAnyIPv6 ? 0 : 1) }
        var storage = address.storage
        guard unsafe bind(socket.number, csystem_sockaddr(&storage), address.length) == 0,
            listen(socket.number, backlog) == 0
        else {
            let code = csystem_errno()
            switch code {
            case EADDRINUSE: throw .addressInUse("\(address)")
            case EACCES: throw .permissionDenied("\(address)")
            default: throw .failed("cannot listen on \(address)", errno: code)
            }
        }
        return socket
    }
}

extension SocketAddress {
    var isAnyIPv6: Bool {
        guard isIPv6 else { return false }
        for index in 0..<16 where bytes[index] != 0 { return false }
        return true
    }
}
