import Dispatch
import Synchronization

/// How it stands with the appliance, for operators and tests.
package struct UpstreamStatus: Sendable, Equatable {
    /// Connections: being made, in use, and idle.
    package var connections = 0
    var idle = 0
    /// Requests that wait for one.
    package var waiting = 0
    /// Connections that came about since the start, and attempts that failed.
    var made: UInt64 = 0
    var failed: UInt64 = 0
    /// Addresses behind the appliance's name, and those that are left out. Each lane finds out for itself: of several
    /// lanes the highest count.
    package var addresses = 0
    package var leftOut = 0
    /// Connections that were made to find out whether an address works again, since the start.
    package var probes: UInt64 = 0

    mutating func add(_ other: UpstreamStatus) {
        connections += other.connections
        idle += other.idle
        waiting += other.waiting
        made &+= other.made
        failed &+= other.failed
        addresses = max(addresses, other.addresses)
        leftOut = max(leftOut, other.leftOut)
        probes &+= other.probes
    }
}

extension GatewayServer {
    /// Milliseconds that the lanes have to answer; one that has stopped does not.
    private static let statusPatience = 1_000

    /// Waits for the lanes: never to be called on one.
    package var upstreamStatus: UpstreamStatus {
        let found = FoundStatus()
        let done = DispatchSemaphore(value: 0)
        gatherStatus { status in
            found.upstream.withLock { $0 = status.upstream }
            done.signal()
        }
        _ = done.wait(timeout: .now() + .milliseconds(Self.statusPatience))
        return found.upstream.withLock { $0 }
    }
}

private final class FoundStatus: Sendable {
    let upstream = Mutex(UpstreamStatus())
}
