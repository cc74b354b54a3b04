import AccessControl
import AuditTrail
import Cryptography
import HTTPWire
import Transport

/// What the connections of one lane share: policy, configuration, connections to the appliance, the way to the audit
/// log, and objects that serve one request after the other. Confined to the lane.
final class GatewayLane {
    let lane: Lane
    private(set) var configuration: LaneConfiguration
    private(set) var snapshot: PolicySnapshot
    /// The appliance credentials of single keys.
    private(set) var credentials: UpstreamCredentials
    private(set) var target: CanonicalTarget
    private(set) var auditQuery: AuditQueryText
    let requestHead: RequestHead
    let responseHead: ResponseHead
    /// For bodies of the gateway's own answers.
    let scratch = ByteBuffer(capacity: 4 * 1024)
    /// Stands for the output of a client that is gone: full.
    let noOutput = ByteBuffer(capacity: 1)
    let digests: HMACSHA256
    /// For secrets that leave in clear.
    let fingerprints: HMACSHA256
    let tokens: LaneTokens
    let pool: UpstreamPool
    let audit: AuditDesk
    let census: ConnectionCensus
    let reports: OperatorReports
    var throttle = FailureThrottle()
    var counters = LaneCounters()
    /// On one lane, where the settings have one.
    var status: StatusListener?
    private var random: SplitMix64
    private var connections: [ObjectIdentifier: DownstreamConnection] = [:]
    private var listeners: [Listener] = []
    private(set) var isDraining = false
    private var exposures: [ResponseExposures] = []
    private var redactions: [ResponseRedaction] = []
    /// Of each kind, kept for reuse.
    private static let idleReaders = 256

    init(
        lane: Lane, configuration: LaneConfiguration, snapshot: PolicySnapshot, credentials: UpstreamCredentials,
        digests: consuming HMACSHA256, fingerprints: consuming HMACSHA256, tokens: LaneTokens,
        writer: AuditWriter, auditLimits: AuditLimits, census: ConnectionCensus, reports: OperatorReports, seed: UInt64
    ) {
        self.lane = lane
        self.configuration = configuration
        self.snapshot = snapshot
        self.credentials = credentials
        self.digests = digests
        self.fingerprints = fingerprints
        self.tokens = tokens
        self.census = census
        self.reports = reports
        target = CanonicalTarget(prefix: configuration.prefix, limits: configuration.limits.target)
        auditQuery = AuditQueryText(rules: configuration.rules)
        requestHead = RequestHead(limits: configuration.limits.request)
        responseHead = ResponseHead(limits: configuration.limits.response)
        pool = UpstreamPool(lane: lane, configuration: configuration, reports: reports)
        audit = AuditDesk(writer: writer, lane: lane, limits: auditLimits)
        random = SplitMix64(state: seed)
        audit.lost = { error, count in reports.recordsLost(error, count) }
        lane.batchEnded = { [unowned audit] in audit.store() }
    }

    /// A fresh id, sorted by time.
    func nextExchange() -> ExchangeID {
        ExchangeID(microseconds: lane.time.wall, random: (random.next(), random.next()))
    }

    // MARK: What reads answers

    /// To be begun, and given back with `takeBack`.
    func borrowExposures() -> ResponseExposures { exposures.popLast() ?? ResponseExposures(gate: self) }

    /// To be begun, and given back with `takeBack`.
    func borrowRedaction() -> ResponseRedaction {
        redactions.popLast()
            ?? ResponseRedaction(rules: configuration.rules, limits: configuration.settings.redaction.limits)
    }

    /// What read the body is done with it.
    func takeBack(_ body: ResponseBody) {
        if let reader = body.exposures, exposures.count < Self.idleReaders {
            reader.forget()
            exposures.append(reader)
        }
        if let reader = body.redaction, redactions.count < Self.idleReaders {
            reader.forget()
            redactions.append(reader)
        }
    }

    func report(_ failure: UpstreamFailure) { reports.upstreamFailed(failure) }

    // MARK: Changes

    /// New keys or scopes. Exchanges that were decided on go on as they were.
    func use(_ snapshot: PolicySnapshot, _ credentials: UpstreamCredentials) {
        self.snapshot = snapshot
        self.credentials = credentials
        tokens.forget()
    }

    /// New settings, with the snapshot that was compiled for their operations.
    func use(_ configuration: LaneConfiguration, _ snapshot: PolicySnapshot, _ credentials: UpstreamCredentials) {
        self.configuration = configuration
        use(snapshot, credentials)
        target = CanonicalTarget(prefix: configuration.prefix, limits: configuration.limits.target)
        auditQuery = AuditQueryText(rules: configuration.rules)
        pool.use(configuration)
        for connection in Array(connections.values) {
            connection.checkCertificate(under: configuration.traits(of: connection.listener).tls)
        }
    }

    /// The appliance's name leads elsewhere.
    func useUpstream(_ addresses: [SocketAddress]) { pool.use(addresses) }

    // MARK: Connections

    /// Starts to accept on a socket.
    func listen(_ socket: consuming Socket, on address: SocketAddress, number: UInt16) throws(SocketError) {
        let listener = Listener(lane: lane, address: address, socket: socket) { [unowned self] socket, peer in
            accept(socket, peer, listener: number)
        }
        listener.exhausted = { [reports] code in reports.outOfDescriptors(code) }
        try lane.register(listener)
        listeners.append(listener)
    }

    /// Stops to accept on an address.
    func stopListening(on address: String) {
        for listener in listeners where listener.address.description == address { listener.close() }
        listeners.removeAll { $0.address.description == address }
    }

    // MARK: Status

    /// What this lane knows of itself.
    func report(to status: inout GatewayStatus) {
        status.counters.add(counters)
        status.upstream.add(pool.status)
        status.throttled += throttle.footprint
        status.tokensVerified += tokens.verified
        status.tokensRemembered += tokens.remembered
    }

    private func accept(_ socket: consuming Socket, _ peer: SocketAddress, listener: UInt16) {
        // How its listener is set up is not known here yet: the client may try again.
        guard configuration.knows(listener) else { return }
        let traits = configuration.traits(of: listener)
        guard traits.isOpen else { return }
        counters.countConnection()
        let client = traits.client(behind: peer.ip)
        let admission = census.admit(client, limits: configuration.limits)
        let connection = DownstreamConnection(gate: self, socket: socket, peer: peer, listener: listener)
        switch admission {
        case .admitted: break
        case .full:
            reports.tooManyConnections(connection.client.addressText)
            return connection.turnAway()
        case .fullForClient:
            reports.tooManyOfClient(connection.client.addressText)
            return connection.turnAway()
        }
        if let tls = traits.tls {
            do { try connection.startTLS(tls) } catch {
                census.leave(client)
                return reports.handshakeFailed(connection.client.addressText, error)
            }
        }
        do { try lane.register(connection) } catch {
            census.leave(client)
            return reports.outOfDescriptors(0)
        }
        connections[ObjectIdentifier(connection)] = connection
        connection.opened()
    }

    func closed(_ connection: DownstreamConnection) {
        if connections.removeValue(forKey: ObjectIdentifier(connection)) != nil { census.leave(connection.countedAs) }
    }

    // MARK: The end

    /// Accepts nothing more, closes what is idle, and lets exchanges in flight end.
    func drain() {
        isDraining = true
        for listener in listeners { listener.close() }
        listeners.removeAll()
        status?.close()
        for connection in Array(connections.values) { connection.drain() }
        pool.drain()
    }

    /// Ends what is still there.
    func abort() {
        for connection in Array(connections.values) { connection.abort() }
        pool.closeUnused()
    }

    var connectionCount: Int { connections.count }
}

/// A small generator for the random part of exchange ids, which need to differ, not to be secret (Steele et al., 2014).
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
