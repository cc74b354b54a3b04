import AccessControl
import AuditTrail
import Cryptography
import Dispatch
import HTTPWire
import Logging
import Redaction
import Settings
import Store
import Transport

/// The gateway: lanes that serve clients, and a control queue that starts them, watches the store, reloads and stops.
///
/// Safe to send: mutable state is touched on `control` alone; what belongs to a lane is only reached on that lane.
package final class GatewayServer: @unchecked Sendable {
    let control = DispatchQueue(label: "nodegate.control")
    let log: Logger
    /// Where names are looked up, because that may block.
    let names = DispatchQueue(label: "nodegate.names")
    let lookup: AddressLookup
    let reports: OperatorReports
    let census = ConnectionCensus()

    var plan: GatewayPlan
    let feed: PolicyFeed
    /// Kept across reloads, so that sessions are.
    let tickets: TLSTicketKeys
    let audit: AuditKeeper
    let tokens = TokenKeeper()
    var lanes: [Lane] = []
    var gates: [LaneConfined<GatewayLane>] = []
    var bound: [(place: ListenerPlace, address: SocketAddress)] = []
    /// All listeners that there ever were, by the number that records have of them.
    var numbers: [ListenerPlace] = []
    private var timer: (any DispatchSourceTimer)?
    private var isRecording = false
    /// What was copied before the start and not noted any more is known.
    private var hasComparedChanges = false
    private(set) var isStopped = false
    var upstream: UpstreamLookup
    /// Where the status listener is, as the settings have it and as it was bound.
    var statusListener: (setting: String, address: SocketAddress)?
    /// Set anew by each reload, and looked at each day.
    var tls: GatewayTLS? {
        didSet { warnOfCertificates() }
    }
    private var warned: Int64 = 0

    /// Opens store and audit log, and starts to serve. When it returns, every listener accepts.
    package init(
        _ plan: GatewayPlan, log: Logger,
        lookup: @escaping AddressLookup = { (name) throws(SocketError) in try SocketAddress.resolve(name) }
    ) throws(GatewayError) {
        self.plan = plan
        self.log = log
        self.lookup = lookup
        reports = OperatorReports(log: log)
        let settings = plan.settings
        do { tickets = try TLSTicketKeys(now: WallTime.microseconds / 1_000_000) } catch { throw .cryptography("\(error)") }
        let tls = try GatewayTLS(settings, tickets: tickets)
        let rules = try Self.rules(settings)
        let tokenKeys = try TokenKeys.read(settings)
        let addresses = try Self.addresses(settings, by: lookup)
        upstream = UpstreamLookup(addresses, due: Self.nextLookup(settings))
        feed = try PolicyFeed(settings: settings, operations: plan.operations, rules: rules)
        let exports = try AuditExport.exports(settings.audit)
        do {
            audit = try AuditKeeper(settings.audit, exports: exports, log: log, reports: reports)
        } catch { throw .audit(error) }
        numbers = ListenerPlace.all(of: settings.listeners)
        let configuration = try Self.configuration(plan, rules, addresses, numbers, tls)
        do {
            try startLanes(configuration)
            control.sync { startTokens(settings.authentication.tokens, keys: tokenKeys) }
            for (number, listener) in settings.listeners.enumerated() {
                try open(listener, at: numbers[number], number: number)
            }
            try openStatus(settings.status)
            try recordStart()
        } catch {
            stopLanes(within: 0)
            control.sync { tokens.stop() }
            _ = audit.close(within: settings.timeouts.audit)
            throw error
        }
        control.sync {
            self.tls = tls
            warnOfCredentials()
        }
        audit.startExporters()
        watchStore()
    }

    /// The listeners' addresses with their real ports, in the order of the settings.
    package var addresses: [SocketAddress] { control.sync { bound.map(\.address) } }

    /// The same with their schemes, as a client writes them.
    package var origins: [String] {
        control.sync {
            let secured = zip(ListenerPlace.all(of: plan.settings.listeners), plan.settings.listeners)
                .filter(\.1.tls.isOn).map(\.0)
            return bound.map { listener in
                let isTLS = secured.contains(listener.place)
                return "\(isTLS ? "https" : "http")://\(listener.address)"
            }
        }
    }

    package var auditStatus: AuditWriterStatus { audit.writer.status }

    package var exporterStatuses: [AuditExporterStatus] { control.sync { audit.exporterStatuses } }

    /// Bounds the audit log's file as a full disk would; nil lifts the bound.
    package func limitAuditStorage(bytes: Int64?) { audit.writer.limitStorage(bytes: bytes) }

    /// Clients' connections at the moment.
    package var connectionCount: Int { census.count }

    /// Clients that these are of, as far as it is known.
    package var clientCount: Int { census.clientCount }

    // MARK: Start

    static func rules(_ settings: Settings) throws(GatewayError) -> RedactionRules {
        do { return try RedactionRules.compile(settings.redaction.rules) } catch {
            throw .operations("`redaction.rules` cannot be used: \(error)")
        }
    }

    static func configuration(
        _ plan: GatewayPlan, _ rules: RedactionRules, _ upstream: [SocketAddress], _ listeners: [ListenerPlace],
        _ tls: GatewayTLS
    ) throws(GatewayError) -> LaneConfiguration {
        guard let prefix = APIPrefix(plan.settings.operations.prefix) else {
            throw .operations("`operations.prefix` is no path: \(plan.settings.operations.prefix)")
        }
        let watched: WatchedNames
        do { watched = try WatchedNames.compile(plan.settings.redaction.rules) } catch {
            throw .operations("`redaction.rules` cannot be used: \(error)")
        }
        return LaneConfiguration(
            settings: plan.settings, operations: plan.operations, rules: rules, watched: watched, prefix: prefix,
            bodyLimits: try BodyLimits(plan.settings, plan.operations),
            upstream: upstream, authorization: plan.authorization, listeners: listeners, tls: tls)
    }

    private func startLanes(_ configuration: LaneConfiguration) throws(GatewayError) {
        var limits = LaneLimits()
        limits.bufferSize = configuration.limits.buffer
        limits.idleBuffers = configuration.limits.idleBuffers
        let count = configuration.settings.lanes == 0 ? ProcessorCount.available : configuration.settings.lanes
        for number in 0..<count {
            let lane: Lane
            do { lane = try Lane(number: number, limits: limits) } catch { throw .socket(error) }
            do {
                let gate = GatewayLane(
                    lane: lane, configuration: configuration, snapshot: feed.snapshot, credentials: feed.credentials,
                    digests: try feed.pepper.hmac(), fingerprints: try feed.pepper.fingerprints(),
                    tokens: try LaneTokens(),
                    writer: audit.writer, auditLimits: audit.limits, census: census, reports: reports,
                    seed: try SecureRandom.word())
                gates.append(LaneConfined(gate, lane: lane))
            } catch { throw .cryptography("\(error)") }
            lanes.append(lane)
            lane.start()
        }
    }

    /// Binds one socket per lane and has each lane accept on its own.
    func open(_ listener: Settings.Listener, at place: ListenerPlace, number: Int) throws(GatewayError) {
        do throws(SocketError) {
            let found = try SocketAddress.resolve(listener.address, listening: true)
            guard let address = found.first else { throw SocketError.badAddress(listener.address) }
            var sockets = try Listener.sockets(
                on: address, backlog: Int32(clamping: listener.backlog), count: lanes.count)
            let boundAddress = sockets.address
            for (lane, gate) in zip(lanes, gates) {
                guard let socket = sockets.take() else { break }
                try handOver(socket, to: lane) { socket throws(SocketError) in
                    try gate.value.listen(socket, on: boundAddress, number: UInt16(clamping: number))
                }
            }
            bound.append((place, boundAddress))
        } catch {
            throw .address(setting: "listeners[\(number)]", error)
        }
    }

    /// Waits until the lane has taken the socket.
    func handOver(
        _ socket: consuming Socket, to lane: Lane,
        _ take: @escaping @Sendable (consuming Socket) throws(SocketError) -> Void
    ) throws(SocketError) {
        let handed = SocketHandOver(socket)
        let done = DispatchSemaphore(value: 0)
        lane.post {
            handed.result = Result { () throws(SocketError) in
                if let socket = handed.take() { try take(socket) }
            }
            done.signal()
        }
        done.wait()
        try handed.result.get()
    }

    // MARK: Records of its own

    // MARK: The store

    private func watchStore() {
        let timer = DispatchSource.makeTimerSource(queue: control)
        let interval = DispatchTimeInterval.milliseconds(Int(plan.settings.store.pollInterval))
        timer.schedule(deadline: .now() + interval, repeating: interval, leeway: .milliseconds(10))
        timer.setEventHandler { [weak self] in
            self?.lookAtStore()
            self?.lookAtTLS()
            self?.lookUpUpstream()
        }
        timer.activate()
        control.sync { self.timer = timer }
    }

    // MARK: TLS

    private static let day: Int64 = 86_400

    private func lookAtTLS() {
        let now = WallTime.microseconds / 1_000_000
        do { try tickets.rotate(now: now) } catch { log.error("keys of TLS sessions cannot be made anew: \(error)") }
        if now - warned >= Self.day { warnOfCertificates() }
    }

    private func warnOfCertificates() {
        warned = WallTime.microseconds / 1_000_000
        for warning in tls?.warnings(now: warned) ?? [] { log.warning("\(warning)") }
    }

    // MARK: Policy

    /// Requests of keys whose own credential cannot be opened are refused until this is mended.
    func warnOfCredentials() {
        for problem in feed.credentials.problems {
            log.error("the appliance credential of a key cannot be opened, and its requests are refused: \(problem)")
        }
    }

    private func lookAtStore() {
        do {
            if let snapshot = try feed.change() {
                let credentials = feed.credentials
                for (lane, gate) in zip(lanes, gates) { lane.post { gate.value.use(snapshot, credentials) } }
                warnOfCredentials()
                log.info("the policy has changed", metadata: [
                    "generation": "\(snapshot.generation)", "keys": "\(snapshot.keys.count)",
                ])
            }
            recordChanges()
            audit.look()
        } catch {
            log.error("the store cannot be read; the policy of before stays in force: \(error)")
        }
    }

    /// Copies what administrators changed into the audit log. What cannot be stored now is tried again.
    private func recordChanges() {
        guard !isRecording, !isStopped else { return }
        do {
            var changes = try feed.unrecordedChanges()
            guard let newest = changes.last?.id else { return }
            if !hasComparedChanges {
                changes = try audit.unrecorded(changes)
                hasComparedChanges = true
                if changes.isEmpty { return try feed.markRecorded(upTo: newest) }
            }
            let (batch, last) = audit.batch(of: changes, generation: feed.snapshot.generation)
            isRecording = true
            try audit.writer.submit(batch) { [weak self] batch in
                guard let self else { return }
                control.async { self.recorded(batch, upTo: last) }
            }
        } catch {
            isRecording = false
            log.error("changes by administrators cannot be recorded yet: \(error)")
        }
    }

    private func recorded(_ batch: AuditBatch, upTo id: Int64) {
        isRecording = false
        if case .failed(let error) = batch.state {
            return log.error("changes by administrators cannot be recorded yet: \(error)")
        }
        do { try feed.markRecorded(upTo: id) } catch {
            log.error("the store cannot be written: \(error)")
        }
    }

    /// Opens exported files anew, for a rotation by somebody else.
    package func reopenExports() { control.sync { audit.reopenExports() } }

    // MARK: Stop

    package struct StopOutcome: Sendable {
        /// Exchanges in flight did not end within the drain limit.
        package let cutExchanges: Bool
        /// Every audit record is stored.
        package let recordsStored: Bool
    }

    /// Accepts nothing more, lets exchanges in flight end within the drain limit, stores every record.
    package func stop() -> StopOutcome {
        let drain = control.sync {
            isStopped = true
            timer?.cancel()
            timer = nil
            tokens.stop()
            return plan.settings.timeouts.drain
        }
        let isDrained = stopLanes(within: drain)
        return control.sync {
            let isRecorded = recordStop()
            let isClosed = audit.close(within: plan.settings.timeouts.audit)
            return StopOutcome(cutExchanges: !isDrained, recordsStored: isClosed && isRecorded)
        }
    }

    /// Milliseconds for lanes to end once their connections are cut.
    private static let abortTime = 2_000

    @discardableResult
    private func stopLanes(within milliseconds: UInt64) -> Bool {
        let stopped = DispatchGroup()
        for (lane, gate) in zip(lanes, gates) {
            stopped.enter()
            lane.post { gate.value.drain() }
            lane.stop { stopped.leave() }
        }
        if stopped.wait(timeout: .now() + .milliseconds(Int(milliseconds))) == .success { return true }
        for (lane, gate) in zip(lanes, gates) { lane.post { gate.value.abort() } }
        _ = stopped.wait(timeout: .now() + .milliseconds(Self.abortTime))
        return false
    }
}
