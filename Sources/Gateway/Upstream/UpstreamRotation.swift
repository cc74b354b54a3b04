import Transport

/// Which of the appliance's addresses gets the next connection: the least busy of those that work.
///
/// An address that fails is left out, twice as long each time it fails again before it has answered. When its time has
/// come, a connection that carries no request probes it, and requests go there once that has come about. When all are
/// left out, requests try the one that comes back first: a gateway that knows of nothing better does not refuse on
/// suspicion.
final class UpstreamRotation {
    /// Milliseconds that an address is left out after its first failure, and at most.
    static let firstPause: UInt64 = 1_000
    static let longestPause: UInt64 = 30_000
    /// Exchanges in a row without an answer after which an address is left out although it takes connections.
    static let faultLimit = 5
    /// Addresses that are used of one name.
    static let greatestCount = 64

    struct Place {
        /// Of no other place that there ever was.
        let id: Int
        let address: SocketAddress
        /// Connections, those that are being made included.
        fileprivate var open = 0
        /// Times it was left out without an answer since.
        fileprivate var failures = 0
        /// Exchanges that failed without an answer since.
        fileprivate var faults = 0
        fileprivate var isOut = false
        /// Milliseconds of the lane's clock from which on it may be probed.
        fileprivate var outUntil: UInt64 = 0
        /// A connection is finding out whether it works again.
        fileprivate var isProbed = false
    }

    private var places: [Place] = []
    private var nextID = 0
    /// An address is left out, or has failed lately. While none is, nothing has to be looked at.
    private(set) var isTroubled = false

    /// - Parameter addresses: At least one.
    init(_ addresses: [SocketAddress]) { replace(with: addresses) }

    var count: Int { places.count }

    /// Addresses that are left out at the moment.
    var leftOut: Int { places.count(where: \.isOut) }

    /// The place is one of those that connections may still go to.
    func has(_ id: Int) -> Bool { index(of: id) != nil }

    func address(of id: Int) -> SocketAddress? { index(of: id).map { places[$0].address } }

    private func index(of id: Int) -> Int? { places.firstIndex { $0.id == id } }

    // MARK: Addresses

    /// Takes other addresses; what is known of those that stay is kept, and their order too.
    func replace(with addresses: [SocketAddress]) {
        var next = places.filter { addresses.contains($0.address) }
        for address in addresses where !next.contains(where: { $0.address == address }) {
            guard next.count < Self.greatestCount else { break }
            next.append(Place(id: nextID, address: address))
            nextID += 1
        }
        guard !next.isEmpty else { return }
        places = next
        lookForTrouble()
    }

    /// The same addresses may be another appliance's, or be spoken to in another way: nothing is known of them.
    func renew(with addresses: [SocketAddress]) {
        places = []
        replace(with: addresses)
    }

    // MARK: Connections

    /// The place for a new connection, which is counted as open from now on.
    func take() -> Place {
        var best: Int?
        for index in places.indices where !places[index].isOut {
            guard let other = best, places[other].open <= places[index].open else {
                best = index
                continue
            }
        }
        let chosen = best ?? earliest
        places[chosen].open += 1
        return places[chosen]
    }

    private var earliest: Int {
        places.indices.min { places[$0].outUntil < places[$1].outUntil } ?? 0
    }

    /// A place to be probed, if one is due; its connection is counted as open from now on.
    func takeProbe(at now: UInt64) -> Place? {
        guard let index = places.firstIndex(where: { $0.isOut && !$0.isProbed && now >= $0.outUntil }) else { return nil }
        places[index].isProbed = true
        places[index].open += 1
        return places[index]
    }

    /// When the next probe is due, in milliseconds of the lane's clock; nil when none is.
    var nextProbe: UInt64? { places.filter { $0.isOut && !$0.isProbed }.map(\.outUntil).min() }

    /// A connection to it is no more.
    func closed(_ id: Int) {
        guard let index = index(of: id) else { return }
        places[index].open = max(0, places[index].open - 1)
    }

    // MARK: Health

    /// A connection to it came about; true when it had been left out.
    func worked(_ id: Int) -> Bool {
        guard isTroubled, let index = index(of: id), places[index].isOut else { return false }
        places[index].isOut = false
        places[index].isProbed = false
        places[index].faults = 0
        return true
    }

    /// No connection to it came about; true when it is left out from now on, and was not before.
    @discardableResult
    func failed(_ id: Int, at now: UInt64) -> Bool {
        guard let index = index(of: id) else { return false }
        let wasOut = places[index].isOut
        let pause = Self.firstPause << UInt64(min(places[index].failures, 5))
        places[index].failures += 1
        places[index].faults = 0
        places[index].isOut = true
        places[index].isProbed = false
        places[index].outUntil = now + min(pause, Self.longestPause)
        isTroubled = true
        return !wasOut
    }

    /// It took a request and gave no answer; true when it is left out from now on.
    func faulted(_ id: Int, at now: UInt64) -> Bool {
        guard let index = index(of: id), !places[index].isOut else { return false }
        isTroubled = true
        places[index].faults += 1
        return places[index].faults >= Self.faultLimit && failed(id, at: now)
    }

    /// It gave an answer, whatever that says.
    func answered(_ id: Int) {
        guard isTroubled, let index = index(of: id), !places[index].isOut else { return }
        places[index].failures = 0
        places[index].faults = 0
        lookForTrouble()
    }

    private func lookForTrouble() {
        isTroubled = places.contains { $0.isOut || $0.failures > 0 || $0.faults > 0 }
    }
}
