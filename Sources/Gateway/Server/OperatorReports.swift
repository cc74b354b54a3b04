import AuditTrail
import Logging
import Synchronization
import Transport

/// What lanes tell the operator: each kind of trouble at most once in a while, with how often it happened.
///
/// Exchanges are in the audit log; this is for the person who has to mend something.
final class OperatorReports: Sendable {
    private enum Trouble: Int, CaseIterable {
        case upstream, credential, boundCredential, audit, descriptors, connections, clientConnections, proxyHeader
        case handshake, upstreamTLS, reserve, checkpoints, exporters, leftOut, worksAgain, tokenKeys

        /// In metrics.
        var name: String {
            switch self {
            case .upstream: "upstream"
            case .credential: "upstream_credential"
            case .boundCredential: "bound_credential"
            case .audit: "audit"
            case .descriptors: "descriptors"
            case .connections: "connection_limit"
            case .clientConnections: "connection_limit_per_client"
            case .proxyHeader: "proxy_header"
            case .handshake: "tls_handshake"
            case .upstreamTLS: "upstream_tls"
            case .reserve: "audit_reserve"
            case .checkpoints: "checkpoints"
            case .exporters: "exporters"
            case .leftOut: "address_left_out"
            case .worksAgain: "address_works_again"
            case .tokenKeys: "token_keys"
            }
        }
    }

    /// How often there was trouble of one kind.
    struct Total: Sendable {
        let name: String
        let count: UInt64
    }

    private struct State {
        var counts = [Int](repeating: 0, count: Trouble.allCases.count)
        var totals = [UInt64](repeating: 0, count: Trouble.allCases.count)
        var last = [ContinuousClock.Instant?](repeating: nil, count: Trouble.allCases.count)
    }

    /// Between two reports of one kind.
    private static let interval = Duration.seconds(10)

    private let log: Logger
    private let state = Mutex(State())

    init(log: Logger) { self.log = log }

    /// Since the start.
    var totals: [Total] {
        let totals = state.withLock(\.totals)
        return Trouble.allCases.map { Total(name: $0.name, count: totals[$0.rawValue]) }
    }

    func upstreamFailed(_ failure: UpstreamFailure) {
        if case .credentialRefused(let key) = failure, key > 0 {
            report(.boundCredential, .error, """
                the appliance answers 401 to the credential that is bound to key \(key); bind the right one with \
                nodegate keys bind \(key) --upstream-credential -
                """)
        } else if case .credentialRefused = failure {
            report(.credential, .error, """
                the appliance answers 401 to the gateway's own credential; correct what upstream.credential points at \
                and send SIGHUP
                """)
        } else if case .notSecured(let error) = failure {
            report(.upstreamTLS, .error, "TLS with the appliance fails, see upstream.tls: \(error)")
        } else {
            report(.upstream, .warning, "the appliance cannot serve a request: \(failure.detail)")
        }
    }

    func leftOut(_ address: SocketAddress) {
        report(.leftOut, .warning, """
            the appliance's address \(address) fails and is left out; it is probed until it works again, and its other \
            addresses are used
            """)
    }

    func worksAgain(_ address: SocketAddress) {
        report(.worksAgain, .notice, "the appliance's address \(address) works again and is used")
    }

    func recordsLost(_ error: AuditError, _ count: Int) {
        report(.audit, .error, "requests are refused, because audit records cannot be stored: \(error)")
    }

    func onReserve(_ path: String) {
        report(.reserve, .error, """
            the disk of the audit log \(path) is full: requests are refused with 503, and the refusals are recorded on the \
            reserve; make room, or set audit.retention_size
            """)
    }

    func checkpointsUnpublished() {
        report(.checkpoints, .error, """
            signed checkpoints cannot be appended to their file (audit.checkpoints.file); they are in the log all the same
            """)
    }

    func exportFailed(_ status: AuditExporterStatus, _ failure: String) {
        report(.exporters, .warning, """
            the audit exporter \(status.name) is \(status.lag) records behind and tries again: \(failure)
            """)
    }

    /// - Parameter isServed: With keys that were fetched before.
    func tokenKeysNotFetched(_ address: String, _ failure: String, isServed: Bool) {
        let consequence = isServed ? "those of before still count" : "so every token is refused with 503"
        report(.tokenKeys, isServed ? .warning : .error, """
            the token issuer's keys cannot be fetched from \(address), \(consequence): \(failure)
            """)
    }

    func outOfDescriptors(_ code: Int32) {
        report(.descriptors, .error, "no file descriptor is left for new connections; raise `ulimit -n` or lower limits.connections")
    }

    func tooManyConnections(_ address: [UInt8]) {
        report(.connections, .warning, """
            a connection from \(String(decoding: address, as: UTF8.self)) was turned away: limits.connections is reached
            """)
    }

    func tooManyOfClient(_ address: [UInt8]) {
        report(.clientConnections, .warning, """
            a connection of \(String(decoding: address, as: UTF8.self)) was turned away: \
            limits.connections_per_client is reached
            """)
    }

    func proxyHeaderRefused(_ address: [UInt8], _ error: any Error) {
        report(.proxyHeader, .warning, """
            a connection from \(String(decoding: address, as: UTF8.self)) was closed: it is no trusted proxy, or does \
            not begin with the PROXY header that its listener's proxy_protocol names
            """)
    }

    /// Clients that do not trust the certificate, and scanners.
    func handshakeFailed(_ address: [UInt8], _ error: TLSError) {
        report(.handshake, .notice, """
            a TLS handshake with \(String(decoding: address, as: UTF8.self)) failed: \(error)
            """)
    }

    /// Not a failure of a handshake, but what one would be now.
    func certificateWithdrawn(_ address: [UInt8]) {
        report(.handshake, .notice, """
            a connection of \(String(decoding: address, as: UTF8.self)) ends: its client certificate is not accepted any \
            more, or one is required by now
            """)
    }

    private func report(_ trouble: Trouble, _ level: Logger.Level, _ message: @autoclosure () -> String) {
        let now = ContinuousClock.now
        let index = trouble.rawValue
        let count: Int? = state.withLock { state in
            state.counts[index] += 1
            state.totals[index] &+= 1
            if let last = state.last[index], now - last < Self.interval { return nil }
            state.last[index] = now
            defer { state.counts[index] = 0 }
            return state.counts[index]
        }
        guard let count else { return }
        log.log(level: level, "\(message())", metadata: count > 1 ? ["times": "\(count)"] : nil)
    }
}
