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
    private var rotation: UpstreamRotation
    private var isDraining = false
    private var made: UInt64 = 0
    private var failed: UInt64 = 0
    /// Counts where the appliance has been; connections of another era are not used again.
    private var era = 0

    init(lane: Lane, configuration: LaneConfiguration) {
        self.lane = lane
        self.configuration = configuration
        rotation = UpstreamRotation(count: configuration.upstream.count)
    }

    private var settings: Settings.Upstream { configuration.settings.upstream }

    /// New settings; idle connections to an appliance that has moved are closed.
    func use(_ configuration: LaneConfiguration) {
        // With TLS each reload may have brought other files, so nothing made by the old ones is used again.
        let hasMoved = configuration.settings.upstream.authority != self.configuration.settings.upstream.authority
            || configuration.upstreamTLS !== self.configuration.upstreamTLS
        self.configuration = configuration
        guard hasMoved else { return }
        era += 1
        rotation = UpstreamRotation(count: configuration.upstream.count)
        closeIdle()
    }

    var status: UpstreamStatus {
        UpstreamStatus(
            open: open, idle: idle.count, waiting: waiting.count, made: made, failed: failed,
            addresses: rotation.count, leftOut: rotation.leftOut(at: lane.time.milliseconds))
    }

    /// Keeps no connection any more.
    func drain() {
        isDraining = true
        closeIdle()
    }

    func closeIdle() {
        let connections = idle
        idle.removeAll()
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
        let index = rotation.take(at: lane.time.milliseconds)
        do {
            let socket = try Socket.connecting(to: configuration.upstream[index % configuration.upstream.count])
            let connection = UpstreamConnection(
                pool: self, lane: lane, socket: socket, address: index, era: era,
                limits: configuration.limits.response, for: exchange)
            if let tls = configuration.upstreamTLS { try connection.startTLS(tls) }
            try lane.register(connection)
            open += 1
            connection.setDeadline(after: settings.connectTimeout)
        } catch {
            failed &+= 1
            rotation.failed(index, at: lane.time.milliseconds)
            rotation.closed(index)
            connectElsewhere(for: exchange, .unreachable)
        }
    }

    // MARK: What connections report

    func connected(_ connection: UpstreamConnection) {
        made &+= 1
        if connection.era == era { rotation.worked(connection.address) }
    }

    /// The connection did not come about; it is closed. Its address is left out for a while, and another one tried.
    ///
    /// - Parameter failure: What the exchange is told where it has tried all.
    func couldNotConnect(_ connection: UpstreamConnection, for exchange: Exchange?, _ failure: UpstreamFailure) {
        failed &+= 1
        if connection.era == era { rotation.failed(connection.address, at: lane.time.milliseconds) }
        if let exchange { connectElsewhere(for: exchange, failure) }
    }

    /// The connection took too long to come about; its exchange has no time left for another.
    func gaveNoAnswer(_ connection: UpstreamConnection) {
        failed &+= 1
        if connection.era == era { rotation.failed(connection.address, at: lane.time.milliseconds) }
    }

    private func connectElsewhere(for exchange: Exchange, _ failure: UpstreamFailure) {
        guard exchange.countAttempt() < configuration.upstream.count else {
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
        guard connection.era == era else { return connection.close() }
        while let exchange = waiting.popFirst() {
            if connection.grant(to: exchange) { return }
        }
        guard !isDraining else { return connection.close() }
        idle.append(connection)
    }

    func connectionClosed(_ connection: UpstreamConnection) {
        open -= 1
        if connection.era == era { rotation.closed(connection.address) }
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
