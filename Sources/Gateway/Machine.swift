import CSystem

/// How many processors this process may run on.
enum ProcessorCount {
    static var available: Int { Int(csystem_processor_count()) }
}

/// The time of day, for records of the control queue; lanes have clocks of their own.
enum WallTime {
    /// Microseconds since 1970 UTC.
    static var microseconds: Int64 { csystem_wall_microseconds() }
}
