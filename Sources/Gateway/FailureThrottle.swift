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
    /// Addresses in the order of their windows' starts.
    private var order: [IPAddress] = []
    private var oldest = 0

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
        if windows[address] == nil { makeRoom(limits.addresses) }
        windows[address] = Window(start: now, failures: 1)
        order.append(address)
        return limits.failures < 1 ? limits.window / 1_000 : nil
    }

    /// Seconds until a try is taken again, where there were too many; nil while there were not. Counts nothing.
    func wait(_ address: IPAddress, at now: UInt64, _ limits: Settings.Throttle) -> UInt64? {
        guard let window = windows[address], now < window.start + limits.window, window.failures >= limits.failures
        else { return nil }
        return (window.start + limits.window - now + 999) / 1_000
    }

    /// Forgets the oldest windows beyond the limit.
    private mutating func makeRoom(_ limit: Int) {
        while windows.count >= limit, oldest < order.count {
            windows[order[oldest]] = nil
            oldest += 1
        }
        // An address whose window began anew is in the order twice; the list is kept within a multiple of the limit.
        guard oldest > limit || order.count > limit * 4 else { return }
        order = Array(windows.keys.sorted { (windows[$0]?.start ?? 0) < (windows[$1]?.start ?? 0) })
        oldest = 0
    }
}
