import HTTPWire
import Settings
import Synchronization
import Transport

/// Counts clients' connections over all lanes, in all and by the client's address.
///
/// A connection of a trusted proxy is nobody's: it counts as the client's whom the PROXY header names, or, request by
/// request, as that of the client whom X-Forwarded-For names.
final class ConnectionCensus: Sendable {
    /// Which limit a connection meets.
    enum Admission {
        case admitted, full, fullForClient
    }

    private struct Counts {
        var all = 0
        var byAddress: [IPAddress: Int] = [:]

        /// False, and not counted, when the client has as many as it may.
        mutating func add(_ client: IPAddress, limit: Int) -> Bool {
            let own = byAddress[client] ?? 0
            guard own < limit else { return false }
            byAddress[client] = own + 1
            return true
        }

        mutating func remove(_ client: IPAddress) {
            let own = (byAddress[client] ?? 1) - 1
            byAddress[client] = own > 0 ? own : nil
        }
    }

    private let counts = Mutex(Counts())

    var count: Int { counts.withLock(\.all) }

    /// Clients that have a connection at the moment.
    var clientCount: Int { counts.withLock(\.byAddress.count) }

    /// Counts a connection, unless a limit is reached.
    ///
    /// - Parameter client: Whose it is; nil for that of a trusted proxy.
    func admit(_ client: IPAddress?, limits: Settings.Limits) -> Admission {
        counts.withLock { counts in
            guard counts.all < limits.connections else { return .full }
            if let client, !counts.add(client, limit: limits.connectionsPerClient) { return .fullForClient }
            counts.all += 1
            return .admitted
        }
    }

    /// A connection that `admit` has counted is no more.
    func leave(_ client: IPAddress?) {
        counts.withLock { counts in
            counts.all -= 1
            if let client { counts.remove(client) }
        }
    }

    /// Counts what a proxy's connection carries as the client's; false, and not counted, when that has as many as it may.
    func attribute(to client: IPAddress, limits: Settings.Limits) -> Bool {
        counts.withLock { $0.add(client, limit: limits.connectionsPerClient) }
    }

    /// The proxy's connection carries nothing of this client any more.
    func release(_ client: IPAddress) { counts.withLock { $0.remove(client) } }
}
