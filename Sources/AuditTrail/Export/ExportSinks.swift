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
        case .syslogUDP(let host, let port): SyslogDatagramSink(export, host, port)
        case .syslogTCP(let host, let port): SyslogStreamSink(export, host, port)
        case .http(let host, let port, let path): HTTPSink(export, host, port, path)
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
