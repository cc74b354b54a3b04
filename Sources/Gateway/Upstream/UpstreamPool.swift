import AccessControl
import HTTPWire
import Settings
import Transport

/// One lane's connections to the appliance. Only a clearance gets one.
final class UpstreamPool {
    private let lane: Lane
    private var configuration: LaneConfiguration
    /// The last one given back is the first one used, so that those beyond the need time out.
    private var idle: [UpstreamConnection] = []
    /// All connections, those that are being made included.
    private var open = 0
    private var waiting = WaitingLine()
    private let rotation: UpstreamRotation
    /// Connections that find out whether an address works again.
    private var probes: [UpstreamConnection] = []
    private var probesMade: UInt64 = 0
    private var probeTimer: LaneTimer?
    private var isDraining = false
    private let reports: OperatorReports
    private var made: UInt64 = 0
    private var failed: UInt64 = 0

    init(lane: Lane, configuration: LaneConfiguration, reports: OperatorReports) {
        self.lane = lane
        self.configuration = configuration
        self.reports = reports
        rotation = UpstreamRotation(configuration.upstream)
    }

    private var settings: Settings.Upstream { configuration.settings.upstream }

    /// New settings; idle connections to an appliance that has moved are closed.
    func use(_ configuration: LaneConfiguration) {
        // With TLS each reload may have brought other files, so nothing made by the old ones is used again.
        let hasMoved = configuration.settings.upstream.authority != self.configuration.settings.upstream.authority
            || configuration.upstreamTLS !== self.configuration.upstreamTLS
        self.configuration = configuration
        guard hasMoved else { return use(configuration.upstream) }
        rotation.renew(with: configuration.upstream)
        closeUnused()
    }

    /// The appliance's name leads to these addresses now. What is under way to others ends there.
    func use(_ addresses: [SocketAddress]) {
        rotation.replace(with: addresses)
        closeUnused { !rotation.has($0.place) }
    }

    var status: UpstreamStatus {
        UpstreamStatus(
            open: open, idle: idle.count, waiting: waiting.count, made: made, failed: failed,
            addresses: rotation.count, leftOut: rotation.leftOut, probes: probesMade)
    }

    /// Keeps no connection any more.
    func drain() {
        isDraining = true
        closeUnused()
        probeTimer?.close()
        probeTimer = nil
    }

    /// Closes connections that serve no exchange.
    func closeUnused(where isGone: (UpstreamConnection) -> Bool = { _ in true }) {
        let connections = (idle + probes).filter(isGone)
        idle.removeAll(where: isGone)
        probes.removeAll(where: isGone)
        for connection in connections { connection.close() }
    }

    /// Gets a connection for an exchange: at once, when one can be made, or when one is given back.
    ///
    /// `Exchange.leased` or `Exchange.upstreamFailed` is called, perhaps before this returns.
    ///
    /// - Parameter isFresh: Not one that was used before.
    func lease(_ clearance: consuming Clearance, for exchange: Exchange, isFresh: Bool = false) {
        exchange.await(clearance)
        if !isFresh, let connection = takeIdle() {
            _ = connection.grant(to: exchange)
        } else if open < settings.connectionsPerLane {
            connect(for: exchange)
        } else if waiting.count < settings.waitingPerLane {
            waiting.append(exchange)
        } else {
            exchange.upstreamFailed(.noCapacity)
        }
    }

    /// One that the appliance closed in this batch of events is in the list until the batch is over.
    private func takeIdle() -> UpstreamConnection? {
        while let connection = idle.popLast() {
            if connection.isOpen { return connection }
        }
        return nil
    }

    private func connect(for exchange: Exchange) {
        let place = rotation.take()
        do { _ = try connection(to: place, for: exchange) } catch {
            noteFailure(of: place.id)
            rotation.closed(place.id)
            connectElsewhere(for: exchange, .unreachable)
        }
    }

    private func connection(to place: UpstreamRotation.Place, for exchange: Exchange?) throws -> UpstreamConnection {
        let socket = try Socket.connecting(to: place.address)
        let connection = UpstreamConnection(
            pool: self, lane: lane, socket: socket, place: place.id, limits: configuration.limits.response, for: exchange)
        if let tls = configuration.upstreamTLS { try connection.startTLS(tls) }
        try lane.register(connection)
        open += 1
        connection.setDeadline(after: settings.connectTimeout)
        return connection
    }

    /// Tries addresses that were left out for long enough, each by one connection that no request waits for. Beyond the
    /// limit of connections too, or an address would stay out for as long as the others are busy.
    private func probe() {
        while !isDraining, let place = rotation.takeProbe(at: lane.time.milliseconds) {
            probesMade &+= 1
            do { probes.append(try connection(to: place, for: nil)) } catch {
                noteFailure(of: place.id)
                rotation.closed(place.id)
            }
        }
        awaitProbe()
    }

    /// Sets the timer for the next address whose time comes. Without a descriptor for it, the next failure tries again.
    private func awaitProbe() {
        guard !isDraining, let due = rotation.nextProbe else { return }
        if probeTimer == nil { probeTimer = try? LaneTimer(lane: lane) { [unowned self] in probe() } }
        let now = lane.time.milliseconds
        probeTimer?.setDeadline(after: max(due, now + 1) - now)
    }

    /// No connection to a place came about.
    private func noteFailure(of place: Int) {
        failed &+= 1
        let isNew = rotation.failed(place, at: lane.time.milliseconds)
        leaveOut(place, isNew)
    }

    private func leaveOut(_ place: Int, _ isNew: Bool) {
        if isNew, rotation.count > 1, let address = rotation.address(of: place) { reports.leftOut(address) }
        awaitProbe()
    }

    // MARK: What connections report

    func connected(_ connection: UpstreamConnection) {
        made &+= 1
        probes.removeAll { $0 === connection }
        guard rotation.worked(connection.place), rotation.count > 1 else { return }
        rotation.address(of: connection.place).map(reports.worksAgain)
    }

    /// The connection did not come about; it is closed. Its address is left out for a while, and another one tried.
    ///
    /// - Parameter failure: What the exchange is told where it has tried all.
    func couldNotConnect(_ connection: UpstreamConnection, for exchange: Exchange?, _ failure: UpstreamFailure) {
        noteFailure(of: connection.place)
        if let exchange { connectElsewhere(for: exchange, failure) }
    }

    /// The connection took too long to come about; its exchange has no time left for another.
    func gaveNoAnswer(_ connection: UpstreamConnection) {
        noteFailure(of: connection.place)
    }

    /// The head of an answer came over it.
    func answered(_ connection: UpstreamConnection) { rotation.answered(connection.place) }

    /// It took a request, and there is no answer that could be used.
    func faulted(_ connection: UpstreamConnection) {
        if rotation.faulted(connection.place, at: lane.time.milliseconds) { leaveOut(connection.place, true) }
    }

    private func connectElsewhere(for exchange: Exchange, _ failure: UpstreamFailure) {
        guard exchange.countAttempt() < rotation.count else {
            return exchange.upstreamFailed(failure)
        }
        connect(for: exchange)
    }

    /// Takes a connection whose answer was read to its end, and which the appliance keeps open.
    func giveBack(_ connection: UpstreamConnection) {
        guard connection.isOpen else { return }
        // What is there already can only be the end, or bytes that nobody asked for.
        if connection.isReadable {
            guard connection.receive() == .wouldBlock else {
                connection.dropInput()
                return connection.abandon()
            }
        }
        connection.becomeIdle(timeout: settings.idleTimeout)
        // Whoever waits gets a connection of its own once this one is closed.
        guard rotation.has(connection.place) else { return connection.close() }
        while let exchange = waiting.popFirst() {
            if connection.grant(to: exchange) { return }
        }
        // A probe may be one more than there may be.
        guard !isDraining, open <= settings.connectionsPerLane else { return connection.close() }
        idle.append(connection)
    }

    func connectionClosed(_ connection: UpstreamConnection) {
        open -= 1
        rotation.closed(connection.place)
        probes.removeAll { $0 === connection }
        if let place = idle.firstIndex(where: { $0 === connection }) { idle.remove(at: place) }
        // Its place is free for somebody who waits.
        while open < settings.connectionsPerLane, let exchange = waiting.popFirst() {
            if exchange.isWaitingForUpstream { connect(for: exchange) }
        }
    }
}

/// Exchanges in order of arrival. Those that gave up stay in it until their turn.
private struct WaitingLine {
    private var exchanges: [Exchange] = []
    private var first = 0

    var count: Int { exchanges.count - first }

    mutating func append(_ exchange: Exchange) { exchanges.append(exchange) }

    mutating func popFirst() -> Exchange? {
        guard first < exchanges.count else { return nil }
        let exchange = exchanges[first]
        first += 1
        // Moving the rest up once half is gone costs each exchange less than one move.
        if first * 2 >= exchanges.count {
            exchanges.removeFirst(first)
            first = 0
        }
        return exchange
    }
}
