import Dispatch
import Glibc

/// The clocks of the machine.
package enum SystemClock {
    /// Microseconds since 1970 UTC; may jump either way.
    @Sendable package static func microseconds() -> Int64 {
        var now = timespec()
        guard unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return 0 }
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
    }

    /// Milliseconds since some moment; never runs backwards.
    static var monotonicMilliseconds: UInt64 { monotonicMicroseconds / 1_000 }

    /// Microseconds since the same moment.
    static var monotonicMicroseconds: UInt64 { DispatchTime.now().uptimeNanoseconds / 1_000 }
}
