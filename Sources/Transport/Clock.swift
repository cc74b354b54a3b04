import CSystem

/// What time a lane believes it is: read once per batch of events, so that reading it costs a load.
package struct LaneTime: Sendable {
    /// Milliseconds of CLOCK_MONOTONIC: deadlines.
    package private(set) var milliseconds: UInt64 = 0
    /// Microseconds of CLOCK_MONOTONIC: durations.
    package private(set) var microseconds: UInt64 = 0
    /// Microseconds since 1970 UTC: records, expiry of keys.
    package private(set) var wall: Int64 = 0

    package init() { refresh() }

    /// Seconds since 1970 UTC.
    package var seconds: Int64 { wall / 1_000_000 }

    package mutating func refresh() {
        microseconds = csystem_monotonic_microseconds()
        milliseconds = microseconds / 1000
        wall = csystem_wall_microseconds()
    }
}
