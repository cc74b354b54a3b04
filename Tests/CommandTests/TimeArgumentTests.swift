import Testing

@testable import nodegate

@Suite("Times on the command line")
struct TimeArgumentTests {
    private let now: Int64 = 1_790_000_000_000_000

    @Test("Relative times", arguments: [
        ("90s", 90), ("30m", 1_800), ("2h", 7_200), ("7d", 604_800), ("2w", 1_209_600), ("0s", 0),
    ])
    func relative(text: String, seconds: Int64) throws {
        let time = try #require(TimeArgument(argument: text))
        #expect(time.past(now) == now - seconds * 1_000_000)
        #expect(time.future(now) == now + seconds * 1_000_000)
    }

    @Test("Absolute times, UTC unless they say otherwise", arguments: [
        ("1970-01-01", 0), ("2026-11-01", 1_793_491_200), ("2024-02-29", 1_709_164_800),
        ("2000-03-01T00:00Z", 951_868_800), ("2026-11-01T08:15", 1_793_520_900),
        ("2026-11-01 08:15:30", 1_793_520_930), ("2026-11-01T08:15:30+02:00", 1_793_513_730),
        ("2026-11-01T08:15:30-00:30", 1_793_522_730),
    ])
    func absolute(text: String, seconds: Int64) throws {
        let time = try #require(TimeArgument(argument: text))
        #expect(time.past(now) == seconds * 1_000_000)
        #expect(time.future(now) == seconds * 1_000_000)
    }

    @Test("Fractions of a second, to the microsecond")
    func fractions() {
        #expect(TimeArgument(argument: "1970-01-01T00:00:01.5Z")?.past(now) == 1_500_000)
        #expect(TimeArgument(argument: "1970-01-01T00:00:01.000001Z")?.past(now) == 1_000_001)
    }

    @Test("What is no time", arguments: [
        "", "h", "2", "2 h", "-2h", "+2h", "2y", "1.5h", "9223372036854775807s", "99999999999999999999s",
        "2026-13-01", "2026-02-29", "2026-00-10", "2026-01-00", "1969-12-31", "2026-1-1", "2026-01-01T24:00",
        "2026-01-01T00:60", "2026-01-01T00:00:60", "2026-01-01T00", "2026-01-01T00:00+24:00", "2026-01-01T00:00:00.",
        "2026-01-01T00:00:00.1234567", "now", "\u{662}h", "2026-01-01Z",
    ])
    func refused(text: String) {
        #expect(TimeArgument(argument: text) == nil)
    }
}

@Suite("Statuses on the command line")
struct StatusArgumentTests {
    @Test("One, a class or a range", arguments: [
        ("403", 403...403), ("4xx", 400...499), ("5XX", 500...599), ("200-299", 200...299),
    ] as [(String, ClosedRange<Int64>)])
    func accepted(text: String, range: ClosedRange<Int64>) {
        #expect(StatusArgument(argument: text)?.range == range)
    }

    @Test("What is no status", arguments: ["", "x", "40", "4x", "xxx", "400-", "-400", "499-400", "400-499-500", "1000"])
    func refused(text: String) {
        #expect(StatusArgument(argument: text) == nil)
    }
}
