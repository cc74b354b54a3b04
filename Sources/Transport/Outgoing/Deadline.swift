import CSystem

/// A moment by which something must have happened, on a clock that never runs backwards.
package struct Deadline: Sendable {
    /// Milliseconds of CLOCK_MONOTONIC.
    private let moment: UInt64

    private init(moment: UInt64) { self.moment = moment }

    package static func after(milliseconds: UInt64) -> Deadline {
        let (moment, overflow) = csystem_monotonic_milliseconds().addingReportingOverflow(milliseconds)
        return Deadline(moment: overflow ? .max : moment)
    }

    /// Milliseconds that are left; 0 when it has passed.
    package var remaining: UInt64 {
        let now = csystem_monotonic_milliseconds()
        return moment > now ? moment - now : 0
    }

    package var hasPassed: Bool { remaining == 0 }

    /// An earlier deadline: one of `parts` equal parts of what is left.
    func part(of parts: Int) -> Deadline { .after(milliseconds: remaining / UInt64(max(1, parts))) }
}
