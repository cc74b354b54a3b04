import Glibc

/// A blocking TCP client that sends and receives bytes as they are.
final class RawClient {
    struct Answer {
        var status = 0
        var head = ""
        var body: [UInt8] = []

        var text: String { String(decoding: body, as: UTF8.self) }

        func field(_ name: String) -> String? {
            let prefix = name.lowercased() + ": "
            let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(prefix) }
            return line.map { String($0.dropFirst(prefix.count)) }
        }
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // So long that only a hang reaches it.
        var timeout = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw CannotConnect(code: errno) }
    }

    struct CannotConnect: Error { let code: Int32 }

    deinit { close(descriptor) }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// False at the end of the stream.
    private func fill() -> Bool {
        var space = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &space, space.count, 0)
        guard count > 0 else { return false }
        buffer += space[..<count]
        return true
    }

    /// Everything until the peer closes or resets.
    func rest() -> [UInt8] {
        while fill() {}
        defer { buffer = [] }
        return buffer
    }

    /// Counts what comes until `count` bytes came or the peer closed, and keeps nothing.
    func skip(_ count: Int) -> Int {
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

    /// The next head, up to the empty line; empty when there is none.
    func head() -> Answer {
        var answer = Answer()
        while true {
            if let end = buffer.indices.first(where: { buffer[$0...].starts(with: "\r\n\r\n".utf8) }) {
                answer.head = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 4)
                answer.status = answer.head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
                return answer
            }
            guard fill() else { return answer }
        }
    }

    /// The next answer with its Content-Length; `hasBody` is false after HEAD.
    func answer(hasBody: Bool = true) -> Answer {
        var answer = head()
        let count = hasBody ? answer.field("Content-Length").flatMap { Int($0) } ?? 0 : 0
        while buffer.count < count, fill() {}
        answer.body = Array(buffer.prefix(count))
        buffer.removeFirst(answer.body.count)
        return answer
    }
}
