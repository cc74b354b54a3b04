import HTTPWire
import Settings
import Synchronization
import Transport

/// Counts clients' connections over all lanes, in all and by address. Asked once per connection.
final class ConnectionCensus: Sendable {
    private struct Counts {
        var all = 0
        var byAddress: [IPAddress: Int] = [:]
    }

    private let counts = Mutex(Counts())

    var count: Int { counts.withLock(\.all) }

    /// Counts a connection; false, and not counted, when a limit is reached.
    func admit(_ peer: SocketAddress, limits: Settings.Limits) -> Bool {
        let address = peer.ip
        return counts.withLock { counts in
            let own = counts.byAddress[address] ?? 0
            guard counts.all < limits.connections, own < limits.connectionsPerClient else { return false }
            counts.all += 1
            counts.byAddress[address] = own + 1
            return true
        }
    }

    func leave(_ peer: SocketAddress) {
        let address = peer.ip
        counts.withLock { counts in
            counts.all -= 1
            let own = (counts.byAddress[address] ?? 1) - 1
            counts.byAddress[address] = own > 0 ? own : nil
        }
    }
}
