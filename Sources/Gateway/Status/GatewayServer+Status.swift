import AuditTrail
import Dispatch
import Settings
import Synchronization
import Transport

extension GatewayServer {
    /// Where the status listener is; nil where there is none.
    package var statusAddress: SocketAddress? { control.sync { statusListener?.address } }

    /// Opens the status listener of the settings in place of the one that is there.
    func openStatus(_ settings: Settings.Status) throws(GatewayError) {
        guard settings.address != statusListener?.setting ?? "" else { return }
        guard let lane = lanes.first, let gate = gates.first else { return }
        var opened: (setting: String, address: SocketAddress)?
        if !settings.address.isEmpty {
            do throws(SocketError) {
                guard let address = try SocketAddress.resolve(settings.address, listening: true).first else {
                    throw SocketError.badAddress(settings.address)
                }
                var sockets = try Listener.sockets(on: address, backlog: Int32(settings.connections), count: 1)
                guard let socket = sockets.take() else { throw SocketError.badAddress(settings.address) }
                let bound = sockets.address
                try handOver(socket, to: lane) { [self] socket throws(SocketError) in
                    let listener = StatusListener(
                        lane: lane, limits: gate.value.configuration.limits.request, connections: settings.connections,
                        gather: { [unowned self] done in self.gatherStatus(done) })
                    try listener.listen(socket, on: bound)
                    gate.value.status?.close()
                    gate.value.status = listener
                }
                opened = (settings.address, bound)
            } catch {
                throw .address(setting: "status.address", error)
            }
        } else {
            lane.post {
                gate.value.status?.close()
                gate.value.status = nil
            }
        }
        statusListener = opened
    }

    /// Asks every lane and the control queue; what comes together is given to `done`, on the control queue.
    func gatherStatus(_ done: @escaping @Sendable (GatewayStatus) -> Void) {
        control.async { [weak self] in
            guard let self, !isStopped else { return }
            let gathered = GatheredStatus(ownStatus())
            let group = DispatchGroup()
            for (lane, gate) in zip(lanes, gates) {
                group.enter()
                lane.post {
                    gathered.change { gate.value.report(to: &$0) }
                    group.leave()
                }
            }
            group.notify(queue: control) { done(gathered.complete()) }
        }
    }

    /// What the control queue knows.
    private func ownStatus() -> GatewayStatus {
        var status = GatewayStatus(audit: audit.writer.status)
        status.lanes = lanes.count
        status.connections = census.count
        status.reports = reports.totals
        status.exporters = audit.exporterStatuses
        status.generation = feed.snapshot.generation
        status.keys = feed.snapshot.keys.count { $0.id > 0 }
        status.certificates = tls?.shown ?? []
        status.warnings = (tls?.warnings(now: WallTime.microseconds / 1_000_000) ?? []) + tokens.warnings
        status.tokenKeys = tokens.status
        status.boundKeys = feed.credentials.count
        status.unavailableCredentials = feed.credentials.unavailableCount
        if status.unavailableCredentials > 0 {
            status.warnings.append("""
                \(status.unavailableCredentials) keys are refused, because their own appliance credential cannot be \
                opened; the log and `nodegate check` say why
                """)
        }
        status.process = .now
        return status
    }
}

/// A status while lanes add to it, one after the other, in any order.
private final class GatheredStatus: Sendable {
    private let status: Mutex<GatewayStatus>

    init(_ status: GatewayStatus) { self.status = Mutex(status) }

    func change(_ change: (inout GatewayStatus) -> Void) { status.withLock { change(&$0) } }

    /// With what the whole says that no part does.
    func complete() -> GatewayStatus {
        var status = status.withLock { $0 }
        if status.audit.isOnReserve { status.troubles.append("the disk of the audit log is full") }
        if let failure = status.audit.failure { status.troubles.append("audit records cannot be stored: \(failure)") }
        if status.upstream.addresses > 0, status.upstream.leftOut == status.upstream.addresses {
            status.troubles.append("no address of the appliance takes connections")
        }
        return status
    }
}
