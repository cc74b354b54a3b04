import Transport

/// Syslog messages (RFC 5424).
enum SyslogMessage {
    /// The facility "log audit" and the severities "warning" and "informational" (RFC 5424 section 6.2.1).
    private static let denialPriority = 13 * 8 + 4
    private static let priority = 13 * 8 + 6

    /// `<110>1 2026-11-01T08:15:30.123456Z gate nodegate - outcome - {...}`
    static func text(_ record: ExportText, _ export: AuditExport) -> String {
        let priority = record.isDenial ? denialPriority : priority
        return "<\(priority)>1 \(AuditTime.text(record.time)) \(export.hostName) nodegate - \(record.kind) - \(record.text)"
    }
}

/// Syslog over UDP (RFC 5426): what does not arrive is lost.
final class SyslogDatagramSink: ExportSink {
    private let export: AuditExport
    private let host: String
    private let port: UInt16
    private var datagrams: OutgoingDatagrams?

    init(_ export: AuditExport, _ host: String, _ port: UInt16) {
        self.export = export
        self.host = host
        self.port = port
    }

    func reopen() { datagrams = nil }

    func send(_ batch: [ExportText]) throws(ExportFailure) {
        do throws(OutgoingError) {
            let datagrams = try connected()
            for record in batch {
                try datagrams.send(Array(SyslogMessage.text(record, export).utf8), by: export.deadline)
            }
        } catch {
            datagrams = nil
            throw ExportFailure(error)
        }
    }

    private func connected() throws(OutgoingError) -> OutgoingDatagrams {
        if let datagrams { return datagrams }
        let made = try OutgoingDatagrams(host: host, port: port, by: export.deadline)
        datagrams = made
        return made
    }
}

/// Syslog over TCP (RFC 6587 section 3.4.1) or TLS (RFC 5425): each message with its length before it.
///
/// Neither has a word of the receiver's that it took a message. So each batch has a connection of its own: a receiver
/// that closes it in order, after this side has, has read everything.
final class SyslogStreamSink: ExportSink {
    private let export: AuditExport
    private let host: String
    private let port: UInt16
    private let credentials: ExportCredentials

    /// How long a receiver has to refuse the certificate shown to it, if it says nothing before.
    private static let settleMilliseconds: UInt64 = 100

    init(_ export: AuditExport, _ host: String, _ port: UInt16) {
        self.export = export
        self.host = host
        self.port = port
        credentials = ExportCredentials(export)
    }

    func reopen() { credentials.renew() }

    func send(_ batch: [ExportText]) throws(ExportFailure) {
        let bytes = batch.flatMap { record in
            let message = SyslogMessage.text(record, export)
            return Array("\(message.utf8.count) \(message)".utf8)
        }
        let context = try credentials.tls()
        do throws(OutgoingError) {
            let stream = try OutgoingStream(host: host, port: port, tls: context, by: export.deadline)
            if context?.certificates.isEmpty == false {
                try stream.settle(by: .after(milliseconds: Self.settleMilliseconds))
            }
            try stream.write(bytes, by: export.deadline)
            stream.finish()
            try stream.awaitEnd(by: export.deadline)
        } catch {
            throw ExportFailure(error)
        }
    }
}
