/// Dates as HTTP writes them (IMF-fixdate, RFC 9110 section 5.6.7).
package enum HTTPDate {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    package static let count = 29

    private static let days: StaticString = "ThuFriSatSunMonTueWed"
    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

    /// The date at `seconds` since the Unix epoch, from 1 January 0000 to 31 December 9999; others are clamped.
    package static func imfFixdate(_ seconds: Int64) -> InlineArray<29, UInt8> {
        let clamped = min(max(seconds, -62_167_219_200), 253_402_300_799)
        let second = Int((clamped % 86400 + 86400) % 86400)
        let day = Int((clamped - Int64(second)) / 86400)
        let (year, month, dayOfMonth) = civilDate(day)

        var text = InlineArray<29, UInt8>(repeating: 0x20)
        put(days, (day % 7 + 7) % 7, at: 0, in: &text)
        text[3] = 0x2c
        put(dayOfMonth, at: 5, in: &text)
        put(months, month - 1, at: 8, in: &text)
        put(year / 100, at: 12, in: &text)
        put(year % 100, at: 14, in: &text)
        put(second / 3600, at: 17, in: &text)
        text[19] = 0x3a
        put(second / 60 % 60, at: 20, in: &text)
        text[22] = 0x3a
        put(second % 60, at: 23, in: &text)
        text[26] = 0x47
        text[27] = 0x4d
        text[28] = 0x54
        return text
    }

    /// Year, month and day of the proleptic Gregorian calendar for a number of days since 1 January 1970.
    private static func civilDate(_ day: Int) -> (year: Int, month: Int, day: Int) {
        // Years begin in March here, so that the leap day is a year's last day; an era is 400 years.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func put(_ number: Int, at offset: Int, in text: inout InlineArray<29, UInt8>) {
        text[offset] = UInt8(0x30 + number / 10)
        text[offset + 1] = UInt8(0x30 + number % 10)
    }

    /// Puts the three letters of an entry.
    private static func put(_ names: StaticString, _ entry: Int, at offset: Int, in text: inout InlineArray<29, UInt8>) {
        precondition(entry >= 0 && entry * 3 + 3 <= names.utf8CodeUnitCount)
        for index in 0..<3 {
            // Safe: checked above.
            text[offset + index] = unsafe names.utf8Start[entry * 3 + index]
        }
    }
}
