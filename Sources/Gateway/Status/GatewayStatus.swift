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
    /// Keys with an appliance credential of their own, and those of them whose requests are refused, because it cannot
    /// be opened.
    var boundKeys = 0
    var unavailableCredentials = 0
    /// nil: tokens are denied.
    var tokenKeys: TokenKeyStatus?
    /// Tokens that were verified, and those that are remembered at the moment.
    var tokensVerified: UInt64 = 0
    var tokensRemembered = 0
    var process = ProcessUse()

    init(audit: AuditWriterStatus) { self.audit = audit }

    var isReady: Bool { troubles.isEmpty }
}

/// Connections to the appliance.
struct UpstreamStatus: Sendable, Equatable {
    /// Being made, in use, and idle.
    var open = 0
    var idle = 0
    /// Exchanges that wait for one.
    var waiting = 0
    /// Made since the start, and attempts that failed.
    var made: UInt64 = 0
    var failed: UInt64 = 0
    /// Addresses behind the appliance's name, and those that are left out since they failed. Each lane finds out for
    /// itself: of several lanes the highest count.
    var addresses = 0
    var leftOut = 0
    /// Connections that were made to find out whether one of those works again, since the start.
    var probes: UInt64 = 0

    mutating func add(_ other: UpstreamStatus) {
        open += other.open
        idle += other.idle
        waiting += other.waiting
        made &+= other.made
        failed &+= other.failed
        addresses = max(addresses, other.addresses)
        leftOut = max(leftOut, other.leftOut)
        probes &+= other.probes
    }
}
