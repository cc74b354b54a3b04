import HTTPWire
import Settings

/// Counts refused credentials by client address, in bounded memory.
///
/// Only what would be refused anyway is throttled: a valid key is never locked out, whoever else shares its address.
struct FailureThrottle {
    private struct Window {
        var start: UInt64
        var failures: Int
    }

    private var windows: [IPAddress: Window] = [:]
    /// Windows by their starts, from `oldest` on. Of a window that began anew since, only the later entry counts.
    private var order: [(address: IPAddress, start: UInt64)] = []
    private var oldest = 0

    /// Where refused uses of one key are counted: among addresses that nobody has (RFC 6666, the discard prefix).
    static func place(ofKey id: Int64) -> IPAddress {
        IPAddress(high: 0x0100_0000_0000_0000, low: UInt64(bitPattern: id))
    }

    /// Counts a refused credential.
    ///
    /// - Parameter now: Milliseconds of a monotonic clock.
    /// - Returns: Seconds after which a further try counts anew, when there were too many; nil while there were not.
    mutating func count(_ address: IPAddress, at now: UInt64, _ limits: Settings.Throttle) -> UInt64? {
        guard limits.failures < .max else { return nil }
        if var window = windows[address], now < window.start + limits.window {
            window.failures += 1
            windows[address] = window
            guard window.failures > limits.failures else { return nil }
            return (window.start + limits.window - now + 999) / 1_000
        }
        windows[address] = nil
        makeRoom(limits.addresses)
        windows[address] = Window(start: now, failures: 1)
        order.append((address, now))
        return limits.failures < 1 ? max(1, limits.window / 1_000) : nil
    }

    /// Entries that are held, of both kinds: a small multiple of the addresses that may be remembered.
    var footprint: Int { windows.count + order.count }

    /// Seconds until a try is taken again, where there were too many; nil while there were not. Counts nothing.
    func wait(_ address: IPAddress, at now: UInt64, _ limits: Settings.Throttle) -> UInt64? {
        guard let window = windows[address], now < window.start + limits.window, window.failures >= limits.failures
        else { return nil }
        return (window.start + limits.window - now + 999) / 1_000
    }

    /// Forgets the oldest windows beyond the limit, and the entries that no longer count.
    private mutating func makeRoom(_ limit: Int) {
        while windows.count >= limit, oldest < order.count {
            let entry = order[oldest]
            if windows[entry.address]?.start == entry.start { windows[entry.address] = nil }
            oldest += 1
        }
        guard order.count >= max(1, limit) * 4 else { return }
        order = order[oldest...].filter { windows[$0.address]?.start == $0.start }
        oldest = 0
    }
}
