import CSystem

/// What time a lane believes it is: read once per batch of events, so that reading it costs a load.
package struct LaneTime: Sendable {
    /// Milliseconds of CLOCK_MONOTONIC: deadlines.
    package let milliseconds: UInt64
    /// Microseconds of CLOCK_MONOTONIC: durations.
    package let microseconds: UInt64
    /// Microseconds since 1970 UTC: records, expiry of keys.
    package let wall: Int64

    /// Now.
    package init() {
        microseconds = csystem_monotonic_microseconds()
        milliseconds = microseconds / 1000
        wall = csystem_wall_microseconds()
    }

    /// Seconds since 1970 UTC.
    package var seconds: Int64 { wall / 1_000_000 }
}
