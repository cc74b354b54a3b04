import Foundation

/// The time of day, for commands; the gateway's lanes have clocks of their own.
enum WallClock {
    /// Microseconds since 1970 UTC.
    static var microseconds: Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }
    /// Unix seconds.
    static var seconds: Int64 { microseconds / 1_000_000 }
}
