import Foundation
import GatewayTesting
import Glibc
import Synchronization

/// An appliance that answers while it still reads: one connection, and steps of which each waits for what it needs.
final class EarlyUpstream: Sendable {
    enum Step: Sendable {
        /// Reads on until these bytes have come.
        case until(String)
        case send(String)
    }

    let port: UInt16
    private let listening: Int32
    private let seen = Mutex<[UInt8]>([])

    /// What it has read.
    var request: String { String(decoding: seen.withLock { $0 }, as: UTF8.self) }

    init(_ steps: [Step]) throws {
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listening, $0, length)
                _ = listen(listening, 8)
                _ = getsockname(listening, $0, &length)
            }
        }
        self.listening = listening
        port = UInt16(bigEndian: address.sin_port)
        Thread { [self] in run(steps) }.start()
    }

    deinit { close(listening) }

    private func run(_ steps: [Step]) {
        let connection = accept(listening, nil, nil)
        guard connection >= 0 else { return }
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        defer { close(connection) }
        for step in steps {
            switch step {
            case .until(let mark): guard read(connection, until: Array(mark.utf8)) else { return }
            case .send(let text):
                let bytes = Array(text.utf8)
                guard send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return }
            }
        }
        // Until the gateway has had enough.
        shutdown(connection, Int32(SHUT_WR))
        while more(connection) {}
    }

    private func read(_ connection: Int32, until mark: [UInt8]) -> Bool {
        while !seen.withLock({ Data($0).range(of: Data(mark)) != nil }) { guard more(connection) else { return false } }
        return true
    }

    private func more(_ connection: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(connection, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        seen.withLock { $0 += buffer[..<count] }
        return true
    }
}
