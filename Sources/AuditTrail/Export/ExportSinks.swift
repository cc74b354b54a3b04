/// Where batches go. Confined to its exporter's queue.
protocol ExportSink: AnyObject {
    /// Returns when the batch is delivered, as far as the target can say so.
    func send(_ batch: [ExportText]) throws(ExportFailure)
    func reopen()
}

enum ExportSinks {
    static func make(_ export: AuditExport) -> any ExportSink {
        switch export.target {
        case .file(let path, let bytes, let keep): FileSink(path: path, bytes: bytes, keep: keep)
        case .syslogUDP(let host, let port): SyslogSink(export, host, port, .datagrams)
        case .syslogTCP(let host, let port): SyslogSink(export, host, port, .stream)
        case .http(let host, let port, let path, let fields): HTTPSink(export, host, port, path, fields)
        }
    }
}

/// Lines in a file.
final class FileSink: ExportSink {
    private let path: String
    private let bytes: Int64
    private let keep: Int
    private var isChecked = false

    init(path: String, bytes: Int64, keep: Int) {
        self.path = path
        self.bytes = bytes
        self.keep = keep
    }

    /// The file is opened for each batch, so that one that was moved away is no longer written to anyway.
    func reopen() { isChecked = false }

    func send(_ batch: [ExportText]) throws(ExportFailure) {
        let text = batch.map(\.text).joined(separator: "\n")
        let size = LogFile.bytes(path)
        if size > 0, size + Int64(text.utf8.count) >= bytes { rotate() }
        // A process that was killed may have left half a line.
        let isCut = !isChecked && LogFile.end(path, bytes: 1).first.map { $0 != 0x0A } ?? false
        guard LogFile.append(line: isCut ? "\n" + text : text, to: path) else {
            isChecked = false
            throw ExportFailure("\(path) cannot be written: \(LogFile.reason)")
        }
        isChecked = true
    }

    private func rotate() {
        LogFile.remove("\(path).\(keep)")
        for number in stride(from: keep - 1, through: 1, by: -1) {
            _ = LogFile.rename("\(path).\(number)", to: "\(path).\(number + 1)")
        }
        if keep > 0 { _ = LogFile.rename(path, to: "\(path).1") } else { LogFile.remove(path) }
    }
}

/// Syslog messages (RFC 5424) over UDP or TCP.
final class SyslogSink: ExportSink {
    private let export: AuditExport
    private let host: String
    private let port: UInt16
    private let kind: ExportSocket.Kind
    private var socket: ExportSocket?
    /// The batch before, over TCP: an acknowledgement there only says that the other machine has it, not that the
    /// receiver took it. So when the connection ends it is sent again.
    private var doubtful: [UInt8] = []

    /// The facility "log audit" and the severities "warning" and "informational" (RFC 5424 section 6.2.1).
    private static let denialPriority = 13 * 8 + 4
    private static let priority = 13 * 8 + 6

    init(_ export: AuditExport, _ host: String, _ port: UInt16, _ kind: ExportSocket.Kind) {
        self.export = export
        self.host = host
        self.port = port
        self.kind = kind
    }

    func reopen() { socket = nil }

    func send(_ batch: [ExportText]) throws(ExportFailure) {
        do throws(ExportFailure) {
            switch kind {
            case .datagrams:
                let socket = try connected()
                for record in batch { try socket.send(Array(message(record).utf8)) }
            case .stream:
                let bytes = batch.flatMap { record in
                    let message = message(record)
                    return Array("\(message.utf8.count) \(message)".utf8)
                }
                if socket?.isEnded ?? true {
                    socket = nil
                    if !doubtful.isEmpty { try connected().deliver(doubtful, export.timeoutMilliseconds) }
                }
                try connected().deliver(bytes, export.timeoutMilliseconds)
                doubtful = bytes
            }
        } catch {
            socket = nil
            throw error
        }
    }

    private func connected() throws(ExportFailure) -> ExportSocket {
        if let socket { return socket }
        let opened = try ExportSocket(host, port, kind, timeoutMilliseconds: export.timeoutMilliseconds)
        socket = opened
        return opened
    }

    /// `<110>1 2026-11-01T08:15:30.123456Z gate nodegate - outcome - {...}`
    private func message(_ record: ExportText) -> String {
        let priority = record.isDenial ? Self.denialPriority : Self.priority
        return "<\(priority)>1 \(AuditTime.text(record.time)) \(export.hostName) nodegate - \(record.kind) - \(record.text)"
    }
}

/// Batches as bodies of POST requests, a connection each.
final class HTTPSink: ExportSink {
    private let export: AuditExport
    private let host: String
    private let port: UInt16
    private let head: String

    /// Bytes of an answer that are read at most; the rest does not matter.
    private static let greatestAnswer = 16 << 10

    init(_ export: AuditExport, _ host: String, _ port: UInt16, _ path: String, _ fields: [AuditExport.Field]) {
        self.export = export
        self.host = host
        self.port = port
        let authority = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        // A path comes from the settings; what would end the line is left out.
        let target = String(decoding: path.utf8.filter { (0x21...0x7E).contains($0) }, as: UTF8.self)
        head = "POST \(target.hasPrefix("/") ? target : "/" + target) HTTP/1.1\r\nHost: \(authority)\r\n"
            + "User-Agent: nodegate\r\nConnection: close\r\nContent-Type: application/x-ndjson\r\n"
            + fields.map { "\($0.name): \($0.value)\r\n" }.joined()
    }

    func reopen() {}

    func send(_ batch: [ExportText]) throws(ExportFailure) {
        let body = batch.map { $0.text + "\n" }.joined()
        let socket = try ExportSocket(host, port, .stream, timeoutMilliseconds: export.timeoutMilliseconds)
        try socket.send(Array("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8))
        var answer: [UInt8] = []
        while answer.count < Self.greatestAnswer {
            if let status = Self.status(answer) {
                // Any number of interim answers may come first (RFC 9110 section 15.2).
                if 100...199 ~= status.code { answer.removeFirst(status.headBytes); continue }
                guard 200...299 ~= status.code else {
                    throw ExportFailure("\(host):\(port) answered with status \(status.code)")
                }
                return
            }
            guard let more = try socket.receive() else { break }
            answer += more
        }
        throw ExportFailure("\(host):\(port) gave no HTTP answer")
    }

    /// The status of an answer whose head is complete (RFC 9112 section 4).
    static func status(_ bytes: [UInt8]) -> (code: Int, headBytes: Int)? {
        let end = Array("\r\n\r\n".utf8)
        guard bytes.starts(with: "HTTP/1.".utf8),
            let start = bytes.indices.first(where: { bytes[$0...].starts(with: end) }), bytes.count > 13,
            bytes[8] == 0x20, bytes[12] == 0x20 || bytes[12] == 0x0D
        else { return nil }
        let digits = bytes[9..<12]
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return (digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }, start + end.count)
    }
}
