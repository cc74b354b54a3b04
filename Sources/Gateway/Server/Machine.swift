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

/// Keeps what the process has in memory to itself.
package enum ProcessSecrecy {
    /// From now on no core dump is written, and no other process of the same user may read this one's memory
    /// (PR_SET_DUMPABLE, prctl(2)).
    package static func begin() throws(GatewayError) {
        let code = csystem_hide_memory()
        guard code == 0 else { throw .socket(.failed("cannot keep keys out of core dumps", errno: code)) }
    }
}
