/// The name of one exchange: X-Request-ID to client and upstream, and what ties its records together.
///
/// Laid out as a UUID of version 7 (RFC 9562 section 5.7), so that ids sort by time and a record can be found from
/// its id alone; written as 32 hexadecimal digits.
package struct ExchangeID: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameters:
    ///   - microseconds: Since 1970 UTC.
    ///   - random: 74 of these bits are used.
    package init(microseconds: Int64, random: (UInt64, UInt64)) {
        let milliseconds = UInt64(bitPattern: max(0, microseconds) / 1_000) & 0xffff_ffff_ffff
        high = milliseconds << 16 | 0x7000 | random.0 & 0x0fff
        low = 1 << 63 | random.1 >> 2
    }

    /// Reads 32 hexadecimal digits; hyphens between them are ignored.
    package init?(_ text: some StringProtocol) {
        var words: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for byte in text.utf8 where byte != 0x2D {
            guard let digit = ExchangeID.digit(byte), digits < 32 else { return nil }
            if digits < 16 { words.0 = words.0 << 4 | digit } else { words.1 = words.1 << 4 | digit }
            digits += 1
        }
        guard digits == 32 else { return nil }
        self.init(high: words.0, low: words.1)
    }

    /// When the exchange began, to the millisecond; nil for an id that is no version 7.
    package var microseconds: Int64? { high >> 12 & 15 == 7 ? Int64(high >> 16) * 1_000 : nil }

    /// Digit `index` (0..<32) in ASCII.
    @inline(__always)
    package func hexadecimalDigit(_ index: Int) -> UInt8 {
        let word = index < 16 ? high : low
        let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index & 15)) & 15)
        return nibble < 10 ? nibble &+ 0x30 : nibble &+ 0x57
    }

    package var description: String {
        String(decoding: (0..<32).map(hexadecimalDigit), as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x41...0x46: UInt64(byte - 0x37)
        case 0x61...0x66: UInt64(byte - 0x57)
        default: nil
        }
    }
}
