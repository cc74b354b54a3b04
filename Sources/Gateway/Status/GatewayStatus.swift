import AuditTrail

/// What a running gateway says of itself at one moment: for metrics, probes and `nodegate status`. It names no key and
/// no client, so whoever reaches the status listener learns how the gateway is, not who uses it.
struct GatewayStatus: Sendable {
    /// Why no traffic should be sent here, in words for an operator; empty: ready.
    var troubles: [String] = []
    var warnings: [String] = []
    var lanes = 0
    var counters = LaneCounters()
    /// Clients' connections at the moment.
    var connections = 0
    var upstream = UpstreamStatus()
    /// Entries by which refused credentials are counted.
    var throttled = 0
    var reports: [OperatorReports.Total] = []
    var audit: AuditWriterStatus
    var exporters: [AuditExporterStatus] = []
    var generation: UInt64 = 0
    var keys = 0
    var certificates: [GatewayTLS.Shown] = []
    /// nil: tokens are denied.
    var tokenKeys: TokenKeyStatus?
    /// Tokens that were verified, and those that are remembered at the moment.
    var tokensVerified: UInt64 = 0
    var tokensRemembered = 0
    var process = ProcessUse()

    init(audit: AuditWriterStatus) { self.audit = audit }

    var isReady: Bool { troubles.isEmpty }
}
