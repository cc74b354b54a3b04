import CSystem
import Glibc

/// Opens a listening TCP socket.
enum ListeningSocket {
    static func open(
        host: String, port: UInt16, backlog: Int32
    ) throws(SimulatorError) -> (descriptor: Int32, port: UInt16) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, String(port), &hints, &list)
        guard code == 0, let first = unsafe list else {
            throw .unknownHost(host, reason: unsafe String(cString: gai_strerror(code)))
        }
        defer { unsafe freeaddrinfo(list) }
        // Safe: the entry lives until freeaddrinfo.
        let family = unsafe first.pointee.ai_family
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw failure(host, port) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var on: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard unsafe bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
            listen(descriptor, backlog) == 0
        else {
            let error = failure(host, port)
            close(descriptor)
            throw error
        }
        return (descriptor, boundPort(descriptor))
    }

    private static func failure(_ host: String, _ port: UInt16) -> SimulatorError {
        .cannotListen("\(host):\(port)", reason: unsafe String(cString: strerror(csystem_errno())))
    }

    private static func boundPort(_ descriptor: Int32) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var bytes = [UInt8](repeating: 0, count: 16)
        var port: UInt16 = 0
        guard unsafe getsockname(descriptor, csystem_sockaddr_mutable(&storage), &length) == 0 else { return 0 }
        // Safe: the callee writes 16 bytes, which the array has.
        unsafe _ = csystem_address_bytes(&storage, &bytes, &port)
        return port
    }
}
