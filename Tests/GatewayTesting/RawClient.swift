import Glibc

/// A blocking TCP client that sends and receives bytes as they are: independent of what is tested.
package final class RawClient {
    package struct CannotConnect: Error {
        package let code: Int32
    }

    /// So long that only a hang reaches it.
    private static let patienceSeconds = 30

    private let descriptor: Int32
    var buffer: [UInt8] = []
    /// How reading ended, once it did.
    package private(set) var end: Answer.End?

    /// - Parameters:
    ///   - receiveBuffer: Bytes that the kernel keeps for this client; small for one that is slow to read.
    ///   - source: The last number of the client's own address 127.0.0.N.
    package init(
        port: UInt16, ipv6: Bool = false, receiveTimeout seconds: Int = patienceSeconds, receiveBuffer: Int32? = nil,
        source: UInt8? = nil
    ) throws {
        descriptor = socket(ipv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var timeout = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        // Everything is set by now, so `deinit` runs and closes the socket.
        if let source { guard Self.bind(descriptor, source) == 0 else { throw CannotConnect(code: errno) } }
        guard Self.connect(descriptor, port, ipv6) == 0 else { throw CannotConnect(code: errno) }
    }

    deinit { close(descriptor) }

    private static func bind(_ descriptor: Int32, _ source: UInt8) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr = in_addr(s_addr: (UInt32(0x7f00_0000) | UInt32(source)).bigEndian)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func connect(_ descriptor: Int32, _ port: UInt16, _ ipv6: Bool) -> Int32 {
        if ipv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = in6addr_loopback
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    // MARK: Sending

    @discardableResult
    package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// False when the peer took no more.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    package func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes with a TCP reset when the object goes away.
    package func resetAtEnd() {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    // MARK: Receiving

    /// False when nothing more will come; `end` says why.
    func fill() -> Bool {
        guard end == nil else { return false }
        var space = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &space, space.count, 0)
        guard count > 0 else {
            end = count == 0 ? .closed : errno == EAGAIN ? .silent : .reset
            return false
        }
        buffer += space[..<count]
        return true
    }

    /// Whether bytes have come, without taking them; waits for them at most so many milliseconds.
    package func hasBytes(within milliseconds: Int32) -> Bool {
        if !buffer.isEmpty { return true }
        var set = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&set, 1, milliseconds) > 0
    }

    /// Everything until the peer closes or resets.
    package func rest() -> [UInt8] {
        while fill() {}
        defer { buffer = [] }
        return buffer
    }

    /// What ended the connection; everything that comes before is dropped.
    package func ending() -> Answer.End {
        _ = rest()
        return end ?? .silent
    }

    /// Exactly `count` bytes, or fewer when the peer closes.
    package func receive(_ count: Int) -> [UInt8] {
        while buffer.count < count, fill() {}
        defer { buffer.removeFirst(min(count, buffer.count)) }
        return Array(buffer.prefix(count))
    }

    /// Takes at most so many bytes from the system, keeps nothing, and returns how many; 0 at the end.
    package func take(_ count: Int) -> Int {
        guard buffer.isEmpty else {
            let count = min(count, buffer.count)
            buffer.removeFirst(count)
            return count
        }
        var space = [UInt8](repeating: 0, count: count)
        return max(0, recv(descriptor, &space, count, 0))
    }

    /// Counts what comes until `count` bytes came or the peer closed, and keeps nothing.
    package func skip(_ count: Int) -> Int {
        var seen = buffer.count
        buffer = []
        var space = [UInt8](repeating: 0, count: 65_536)
        while seen < count {
            let received = recv(descriptor, &space, space.count, 0)
            guard received > 0 else { break }
            seen += received
        }
        return seen
    }
}
