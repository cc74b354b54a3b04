import Transport

/// Where records are exported to, and how.
package struct AuditExport: Equatable, Sendable {
    package enum Target: Equatable, Sendable {
        /// Lines in a file, which becomes `path.1`, `path.2` ... when it would have more than `bytes`; `keep` of them
        /// stay. `AuditExporter.reopen` opens it anew, for a rotation by somebody else.
        case file(path: String, bytes: Int64 = 100 << 20, keep: Int = 5)
        /// Syslog (RFC 5424) over UDP (RFC 5426): one datagram a record, without acknowledgement.
        case syslogUDP(host: String, port: UInt16)
        /// Syslog (RFC 5424) over TCP (RFC 6587 section 3.4.1), or over TLS (RFC 5425) with `tls`.
        case syslogTCP(host: String, port: UInt16)
        /// POST of lines over HTTP/1.1, or over HTTPS with `tls`; any answer of 200 to 299 acknowledges them.
        case http(host: String, port: UInt16, path: String)
    }

    package enum Format: String, CaseIterable, Sendable {
        /// As `AuditJSON` has it.
        case json
        /// OCSF API Activity; see `AuditOCSF`.
        case ocsf
        /// ArcSight Common Event Format; see `AuditCEF`.
        case cef
    }

    /// Of the exporter, in its cursor's file and in metrics: letters, digits, `-` and `_`.
    package var name: String
    package var target: Target
    package var format: Format
    /// How the receiver is secured; nil: not at all. Of no use to files and datagrams.
    package var tls: TLSClientSettings?
    /// Of HTTP: a file with the value of the Authorization field, read when it is first needed and after `reopen`.
    package var authorizationFile: String?
    /// How the machine calls itself in syslog.
    package var hostName = "-"

    // Limits.
    /// Records and bytes of one batch.
    package var batchRecords = 500
    package var batchBytes = 1 << 20
    /// Milliseconds between two looks for new records.
    package var pollMilliseconds = 250
    /// Milliseconds that a connection, a piece or an answer may take.
    package var timeoutMilliseconds = 5_000
    /// Milliseconds before a batch that failed is tried again; doubled with each failure, up to the limit.
    package var retryMilliseconds = 500
    package var retryLimitMilliseconds = 30_000

    /// What the machine calls itself, for `hostName`; `-` where it says nothing that a header can hold.
    package static var machineName: String {
        let text = LogFile.contents("/proc/sys/kernel/hostname", limit: 255) ?? []
        let name = text.prefix { (0x21...0x7E).contains($0) }
        return name.isEmpty ? "-" : String(decoding: name, as: UTF8.self)
    }

    /// - Returns: nil for a name that is none.
    package init?(name: String, target: Target, format: Format) {
        let allowed = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == 0x2D || byte == 0x5F
        }
        guard allowed, !name.isEmpty, name.utf8.count <= 64 else { return nil }
        self.name = name
        self.target = target
        self.format = format
    }

    /// For what begins now.
    var deadline: Deadline { .after(milliseconds: UInt64(max(1, timeoutMilliseconds))) }

    /// One record in this format, without a line feed.
    func text(_ record: AuditRecord) -> String {
        switch format {
        case .json: AuditJSON.line(record)
        case .ocsf: AuditOCSF.line(record)
        case .cef: AuditCEF.line(record)
        }
    }
}

/// Why a batch was not delivered.
package struct ExportFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// How an exporter fares, for metrics and the operator.
package struct AuditExporterStatus: Equatable, Sendable {
    package var name: String
    /// The last record that was delivered, and the newest there is.
    package var cursor: Int64 = 0
    package var newest: Int64 = 0
    /// When the oldest record that waits was recorded, in microseconds since 1970 UTC; nil when none waits.
    package var oldestWaiting: Int64?
    /// Since the exporter was started.
    package var exportedRecords = 0
    package var failures = 0
    /// Records that retention removed before they were delivered.
    package var skippedRecords: Int64 = 0
    /// Why the last batch failed; nil once one was delivered again.
    package var failure: String?

    package var lag: Int64 { max(0, newest - cursor) }
}
