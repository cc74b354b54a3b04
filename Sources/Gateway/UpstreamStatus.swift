import Dispatch
import Synchronization

/// How it stands with the appliance, for operators and tests.
package struct UpstreamStatus: Sendable, Equatable {
    /// Connections, those that are being made included.
    package var connections = 0
    /// Requests that wait for one.
    package var waiting = 0
    /// Addresses that are left out, counted by each lane for itself.
    package var leftOut = 0
    /// Connections that were made to find out whether an address works again, since the start.
    package var probes: UInt64 = 0

    mutating func add(_ other: UpstreamStatus) {
        connections += other.connections
        waiting += other.waiting
        leftOut += other.leftOut
        probes += other.probes
    }
}

extension GatewayServer {
    /// Milliseconds that a lane has to answer; one that has stopped does not.
    private static let statusPatience = 1_000

    /// The sum over all lanes. Waits for them: never to be called on a lane.
    package var upstreamStatus: UpstreamStatus {
        let (lanes, gates) = control.sync { (self.lanes, self.gates) }
        let shared = SharedStatus()
        let answered = DispatchGroup()
        for (lane, gate) in zip(lanes, gates) {
            answered.enter()
            lane.post {
                let status = gate.value.pool.status
                shared.sum.withLock { $0.add(status) }
                answered.leave()
            }
        }
        _ = answered.wait(timeout: .now() + .milliseconds(Self.statusPatience))
        return shared.sum.withLock { $0 }
    }
}

/// What the lanes add to.
private final class SharedStatus: Sendable {
    let sum = Mutex(UpstreamStatus())
}
