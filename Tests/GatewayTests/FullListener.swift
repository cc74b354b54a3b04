import GatewayTesting
import Glibc

/// A listening socket that completes no connection any more: its queue is full.
final class FullListener {
    let port: UInt16
    private let descriptor: Int32
    private var waiting: [Int32] = []

    /// - Parameters:
    ///   - number: The last of its address 127.0.0.N.
    ///   - port: 0 for any.
    init(on number: UInt8 = 1, port wanted: UInt16 = 0) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
        address.sin_addr = in_addr(s_addr: (UInt32(0x7f00_0000) | UInt32(number)).bigEndian)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.descriptor
        withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, length)
                _ = listen(descriptor, 0)
                _ = getsockname(descriptor, $0, &length)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        // One more than the queue takes; they never become connections.
        for _ in 0..<3 {
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(client, $0, length) }
            }
            waiting.append(client)
        }
    }

    deinit { for socket in waiting + [descriptor] { close(socket) } }
}
