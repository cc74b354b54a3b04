import ArgumentParser

/// A moment on the command line: how long ago (`90s`, `30m`, `2h`, `7d`, `2w`) or when
/// (`2026-11-01`, `2026-11-01T08:15Z`, `2026-11-01T08:15:30.5+02:00`). Without a zone it is UTC, as in the audit log.
struct TimeArgument: ExpressibleByArgument, Equatable {
    enum Moment: Equatable {
        /// Seconds.
        case relative(Int64)
        /// Microseconds since 1970 UTC.
        case absolute(Int64)
    }

    let moment: Moment

    static let help = "such as 30m, 2h, 7d, 2026-11-01 or 2026-11-01T08:15Z"

    init?(argument: String) {
        if let seconds = TimeArgument.duration(argument) {
            moment = .relative(seconds)
        } else if let microseconds = TimeArgument.instant(argument) {
            moment = .absolute(microseconds)
        } else {
            return nil
        }
    }

    /// Microseconds since 1970 UTC; a relative time lies that long before `now`.
    func past(_ now: Int64) -> Int64 {
        switch moment {
        case .relative(let seconds): now - seconds * 1_000_000
        case .absolute(let microseconds): microseconds
        }
    }

    /// The same, but a relative time lies that long after `now`.
    func future(_ now: Int64) -> Int64 {
        switch moment {
        case .relative(let seconds): now + seconds * 1_000_000
        case .absolute(let microseconds): microseconds
        }
    }

    // MARK: Reading

    /// A hundred years; keeps every sum far from overflow.
    private static let longest: Int64 = 100 * 366 * 86_400

    private static func duration(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = digits(text.dropLast()),
            count <= longest / unit
        else { return nil }
        return count * unit
    }

    /// RFC 3339, or its date alone, or without seconds, or without zone.
    private static func instant(_ text: String) -> Int64? {
        let pattern = #/(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?([Zz]|[+-]\d\d:\d\d)?)?/#
        guard let match = text.wholeMatch(of: pattern)?.output,
            let year = digits(match.1), let month = digits(match.2), let day = digits(match.3),
            let days = days(year, month, day)
        else { return nil }
        let hour = match.4.flatMap { digits($0) } ?? 0
        let minute = match.5.flatMap { digits($0) } ?? 0
        let second = match.6.flatMap { digits($0) } ?? 0
        let fraction = match.7.flatMap { digits($0 + String(repeating: "0", count: 6 - $0.count)) } ?? 0
        guard hour < 24, minute < 60, second < 60, let offset = offset(match.8) else { return nil }
        return (days * 86_400 + hour * 3_600 + minute * 60 + second - offset) * 1_000_000 + fraction
    }

    /// Seconds east of UTC.
    private static func offset(_ text: Substring?) -> Int64? {
        guard let text, text != "Z", text != "z" else { return 0 }
        guard let hours = digits(text.dropFirst().prefix(2)), let minutes = digits(text.suffix(2)), hours < 24,
            minutes < 60
        else { return nil }
        return (text.first == "-" ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }

    private static func digits(_ text: some StringProtocol) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }

    /// Days since 1970-01-01 of a date in the Gregorian calendar; nil for one that does not exist.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1970...9999).contains(year), (1...12).contains(month), (1...lengths[Int(month) - 1]).contains(day)
        else { return nil }
        let before = year - 1
        let leapDays = before / 4 - before / 100 + before / 400
        let beforeEpoch: Int64 = 1969 / 4 - 1969 / 100 + 1969 / 400
        let dayOfYear = lengths[..<(Int(month) - 1)].reduce(0, +) + day - 1
        return (year - 1970) * 365 + leapDays - beforeEpoch + dayOfYear
    }
}
