/// Which of the appliance's addresses gets the next connection: the least busy of those that work.
///
/// An address that fails is left out for a while, twice as long each time it fails again; then one connection tries
/// it, and what becomes of that decides. When all are left out, the one that comes back first is tried at once: a
/// gateway that knows of nothing better does not refuse on suspicion.
struct UpstreamRotation {
    /// Milliseconds that an address is left out after its first failure, and at most.
    static let firstPause: UInt64 = 1_000
    static let longestPause: UInt64 = 30_000

    private struct Place {
        /// Connections, those that are being made included.
        var open = 0
        /// Failures without a success since.
        var failures = 0
        /// Milliseconds of the lane's clock before which it is left out.
        var outUntil: UInt64 = 0
        /// A connection is finding out whether it works again.
        var isProbed = false
    }

    private var places: [Place]

    init(count: Int) { places = Array(repeating: Place(), count: max(1, count)) }

    var count: Int { places.count }

    /// The address for a new connection, which is counted as open from now on.
    mutating func take(at now: UInt64) -> Int {
        var best: Int?
        for index in places.indices where isUsable(index, at: now) {
            guard let other = best, places[other].open <= places[index].open else {
                best = index
                continue
            }
        }
        let chosen = best ?? earliest
        places[chosen].open += 1
        if places[chosen].failures > 0 { places[chosen].isProbed = true }
        return chosen
    }

    private func isUsable(_ index: Int, at now: UInt64) -> Bool {
        let place = places[index]
        return place.failures == 0 || (now >= place.outUntil && !place.isProbed)
    }

    private var earliest: Int {
        places.indices.min { places[$0].outUntil < places[$1].outUntil } ?? 0
    }

    /// A connection to it came about.
    mutating func worked(_ index: Int) {
        guard places.indices.contains(index) else { return }
        places[index].failures = 0
        places[index].isProbed = false
    }

    /// No connection to it came about.
    mutating func failed(_ index: Int, at now: UInt64) {
        guard places.indices.contains(index) else { return }
        places[index].failures += 1
        places[index].isProbed = false
        let pause = Self.firstPause << UInt64(min(places[index].failures - 1, 5))
        places[index].outUntil = now + min(pause, Self.longestPause)
    }

    /// A connection to it is no more.
    mutating func closed(_ index: Int) {
        guard places.indices.contains(index) else { return }
        places[index].open = max(0, places[index].open - 1)
        // It may have been the one that was to find out.
        places[index].isProbed = false
    }

    /// Addresses that are left out at the moment.
    func leftOut(at now: UInt64) -> Int {
        places.count { $0.failures > 0 && now < $0.outUntil }
    }
}
