import Foundation
import Synchronization

/// A receiver of exports on a real socket, which goes away and comes back at the same port.
package final class ExportReceiver: Sendable {
    package enum Kind: Sendable { case syslogStream, syslogDatagrams, http }

    private struct State {
        var listener: Int32 = -1
        var connections: [Int32] = []
        var messages: [String] = []
        /// HTTP: what is answered, and the requests' heads.
        var status = 204
        var heads: [String] = []
        var isStopping = false
    }

    package let port: UInt16
    private let kind: Kind
    private let state = Mutex(State())
    private let threads = DispatchGroup()

    package init(_ kind: Kind, port: UInt16 = 0) throws {
        self.kind = kind
        let type = kind == .syslogDatagrams ? SOCK_DGRAM : SOCK_STREAM
        let listener = socket(AF_INET, Int32(type.rawValue), 0)
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && getsockname(listener, generic, &length) == 0
            }
        }
        guard bound, kind == .syslogDatagrams || listen(listener, 16) == 0 else {
            close(listener)
            throw POSIXError(.EADDRINUSE)
        }
        self.port = UInt16(bigEndian: address.sin_port)
        state.withLock { $0.listener = listener }
        if kind == .syslogDatagrams { spawn { self.receiveDatagrams(listener) } } else { spawn { self.accept(listener) } }
    }

    package var messages: [String] { state.withLock { $0.messages } }
    package var heads: [String] { state.withLock { $0.heads } }

    package func answer(_ status: Int) { state.withLock { $0.status = status } }

    /// Closes everything; what has arrived and was not read is lost, as when a process dies.
    package func stop() {
        state.withLock { state in
            state.isStopping = true
            shutdown(state.listener, Int32(SHUT_RDWR))
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
        }
        threads.wait()
        _ = state.withLock { close($0.listener) }
    }

    private func spawn(_ body: @escaping @Sendable () -> Void) {
        threads.enter()
        Thread.detachNewThread {
            body()
            self.threads.leave()
        }
    }

    private func receiveDatagrams(_ socket: Int32) {
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &piece, piece.count, 0)
            guard count > 0 else { return }
            let message = String(decoding: piece[..<count], as: UTF8.self)
            state.withLock { $0.messages.append(message) }
        }
    }

    private func accept(_ listener: Int32) {
        while true {
            let connection = Foundation.accept(listener, nil, nil)
            guard connection >= 0 else { return }
            let isWanted = state.withLock { state in
                guard !state.isStopping else { return false }
                state.connections.append(connection)
                return true
            }
            guard isWanted else {
                close(connection)
                return
            }
            spawn {
                self.serve(connection)
                self.state.withLock { $0.connections.removeAll { $0 == connection } }
                close(connection)
            }
        }
    }

    private func serve(_ connection: Int32) {
        var pending: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &piece, piece.count, 0)
            guard count > 0 else { return }
            pending += piece[..<count]
            switch kind {
            case .syslogStream: takeMessages(&pending)
            case .http: if !takeRequest(&pending, connection) { return }
            case .syslogDatagrams: return
            }
        }
    }

    /// RFC 6587 section 3.4.1: length, space, message.
    private func takeMessages(_ pending: inout [UInt8]) {
        var start = 0
        var messages: [String] = []
        while let space = pending[start...].firstIndex(of: 0x20),
            let length = Int(String(decoding: pending[start..<space], as: UTF8.self)), pending.count > space + length
        {
            messages.append(String(decoding: pending[space + 1...space + length], as: UTF8.self))
            start = space + 1 + length
        }
        pending.removeFirst(start)
        state.withLock { $0.messages += messages }
    }

    /// - Returns: False when the connection ends.
    private func takeRequest(_ pending: inout [UInt8], _ connection: Int32) -> Bool {
        let text = String(decoding: pending, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n"),
            let length = text.firstMatch(of: #/Content-Length: (\d+)\r\n/#).flatMap({ Int($0.output.1) }),
            text[end.upperBound...].utf8.count >= length
        else { return true }
        let status = state.withLock { state in
            state.heads.append(String(text[..<end.lowerBound]))
            if state.status < 300 { state.messages += text[end.upperBound...].split(separator: "\n").map(String.init) }
            return state.status
        }
        let answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 \(status) Whatever\r\nContent-Length: 0\r\n\r\n"
        _ = answer.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        return false
    }
}
