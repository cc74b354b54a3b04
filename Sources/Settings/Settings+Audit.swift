extension Settings {
    /// The audit log.
    package struct Audit: Sendable, Equatable {
        package var path = "audit.db"
        package var durability = Durability.process
        /// Records that may wait for the writer; beyond it requests are refused.
        package var queueLimit = 16_384
        /// Records stored in one transaction.
        package var groupLimit = 512
        package var laneLimit = 256
        package var lanePatience: UInt64 = 2
        /// Bytes of one file of the log, about, and milliseconds after which the next one begins.
        package var partitionSize: UInt64 = 512 << 20
        package var partitionAge: UInt64 = 7 * 86_400_000
        /// Milliseconds that records are kept; 0: for ever. Whole files are removed.
        package var retentionAge: UInt64 = 0
        /// Bytes that all files may have; `UInt64.max`: any number.
        package var retentionSize = UInt64.max
        /// Bytes on the disk that are kept for refusals; 0: none.
        package var reserve: UInt64 = 32 << 20
        package var checkpoints = Checkpoints()
        package var index = Index.on
        package var exporters: [Exporter] = []

        package init() {}
    }

    /// Signed statements of where the audit log stands.
    package struct Checkpoints: Sendable, Equatable {
        /// Records after which there is one, and milliseconds after which there is one if there are new records.
        package var records = 10_000
        package var interval: UInt64 = 60_000
        /// The private key; nil: beside the log.
        package var keyFile: String?
        /// Where statements are appended; nil: beside the log.
        package var file: String?

        package init() {}
    }

    /// Whether the audit log has an index for queries.
    package enum Index: String, CaseIterable, Sendable {
        case on, off
    }

    /// A copy of the audit log that leaves the machine, or goes to a file.
    package struct Exporter: Sendable, Equatable {
        package var name = ""
        package var target: ExportTarget?
        package var format = ExportFormat.json
        /// Records that are sent at once.
        package var batch = 500
        /// Milliseconds that a connection, a piece or an answer may take.
        package var timeout: UInt64 = 5_000
        /// Of `tls://` and `https://`; `verification` has no key and stays full.
        package var tls = UpstreamTLS()
        /// A file with the Authorization value of HTTP requests; empty: none.
        package var authorizationFile = ""

        package init() {}
    }

    package enum ExportTarget: Sendable, Equatable {
        /// Lines in a file that is rotated.
        case file(String)
        /// Syslog in datagrams.
        case udp(host: String, port: UInt16)
        /// Syslog over a connection, without TLS and with it.
        case tcp(host: String, port: UInt16)
        case tls(host: String, port: UInt16)
        /// POST of lines, without TLS and with it.
        case http(host: String, port: UInt16, path: String)
        case https(host: String, port: UInt16, path: String)

        package var isTLS: Bool {
            switch self {
            case .tls, .https: true
            case .file, .udp, .tcp, .http: false
            }
        }

        package var isHTTP: Bool {
            switch self {
            case .http, .https: true
            case .file, .udp, .tcp, .tls: false
            }
        }
    }

    package enum ExportFormat: String, CaseIterable, Sendable {
        case json, ocsf, cef
    }

    /// What a stored audit record survives.
    package enum Durability: String, CaseIterable, Sendable {
        /// The death of the process.
        case process
        /// A power cut.
        case power
    }
}
