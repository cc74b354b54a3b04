/// Reads what is more than one byte in a string: escapes, and characters of UTF-8 beyond ASCII.
///
/// A sequence may be cut by the end of a span at any byte; the next span continues it.
struct TextSequence {
    private enum Phase: UInt8 {
        /// Between sequences.
        case none
        /// After a backslash.
        case escape
        /// In the four digits of `\uXXXX`.
        case digits
        /// After a high surrogate: the backslash, then the `u`, of the low one must follow.
        case lowBackslash, lowMark
        /// In a multi-byte character.
        case continuation
    }

    private var phase = Phase.none
    /// Digits or continuation bytes still to come.
    private var missing: UInt8 = 0
    /// What the next continuation byte may be: narrower than 80...BF after E0, ED, F0 and F4 (RFC 3629 section 4).
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF
    private var unit: UInt32 = 0
    /// The high surrogate that waits for its low one; 0 for none.
    private var highSurrogate: UInt32 = 0

    /// No sequence is open.
    var isComplete: Bool { phase == .none }

    struct Refusal: Error {
        let reason: RedactionError.Reason
        let index: Int
    }

    /// Reads sequences from `start` until plain text, a quote or the end of the span; returns where it stopped.
    /// Unescaped text goes to `name` if `collects`.
    mutating func read(
        _ bytes: borrowing Span<UInt8>, from start: Int, collects: Bool, into name: inout NameBuffer
    ) throws(Refusal) -> Int {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            switch phase {
            case .none:
                switch byte {
                case .backslash: phase = .escape
                case 0x80...: try open(byte, at: index)
                case ..<0x20: throw Refusal(reason: .controlCharacter, index: index)
                default: return index
                }
                if collects && byte >= 0x80 { name.append(byte) }
            case .continuation:
                guard byte >= lowest && byte <= highest else { throw Refusal(reason: .invalidUTF8, index: index) }
                if collects { name.append(byte) }
                lowest = 0x80
                highest = 0xBF
                missing -= 1
                if missing == 0 { phase = .none }
            case .escape:
                if byte == .lowerU {
                    expectDigits()
                } else {
                    guard let meant = Self.meaning(ofEscape: byte) else {
                        throw Refusal(reason: .invalidEscape, index: index)
                    }
                    if collects { name.append(meant) }
                    phase = .none
                }
            case .digits:
                guard let digit = Self.hexadecimal(byte) else { throw Refusal(reason: .invalidEscape, index: index) }
                unit = unit << 4 | digit
                missing -= 1
                if missing == 0 { try close(at: index, collects: collects, into: &name) }
            case .lowBackslash:
                guard byte == .backslash else { throw Refusal(reason: .loneSurrogate, index: index) }
                phase = .lowMark
            case .lowMark:
                guard byte == .lowerU else { throw Refusal(reason: .loneSurrogate, index: index) }
                expectDigits()
            }
            index += 1
        }
        return index
    }

    private mutating func expectDigits() {
        phase = .digits
        missing = 4
        unit = 0
    }

    /// A lead byte: how many bytes follow, and what the first of them may be.
    private mutating func open(_ lead: UInt8, at index: Int) throws(Refusal) {
        switch lead {
        case 0xC2...0xDF: missing = 1
        case 0xE0: (missing, lowest) = (2, 0xA0)
        case 0xED: (missing, highest) = (2, 0x9F)
        case 0xE1...0xEF: missing = 2
        case 0xF0: (missing, lowest) = (3, 0x90)
        case 0xF1...0xF3: missing = 3
        case 0xF4: (missing, highest) = (3, 0x8F)
        default: throw Refusal(reason: .invalidUTF8, index: index)
        }
        phase = .continuation
    }

    /// The last digit of `\uXXXX` was read.
    private mutating func close(at index: Int, collects: Bool, into name: inout NameBuffer) throws(Refusal) {
        switch (unit, highSurrogate) {
        case (0xD800...0xDBFF, 0):
            highSurrogate = unit
            phase = .lowBackslash
            return
        case (0xDC00...0xDFFF, 1...):
            unit = 0x10000 + (highSurrogate - 0xD800) << 10 + (unit - 0xDC00)
        case (0xDC00...0xDFFF, 0), (_, 1...):
            throw Refusal(reason: .loneSurrogate, index: index)
        default:
            break
        }
        if collects { name.append(scalar: unit) }
        highSurrogate = 0
        phase = .none
    }

    static func meaning(ofEscape byte: UInt8) -> UInt8? {
        switch byte {
        case .quote, .backslash, .solidus: byte
        case .lowerB: 0x08
        case .lowerF: 0x0C
        case .lowerN: .lineFeed
        case .lowerR: .carriageReturn
        case .lowerT: .tab
        default: nil
        }
    }

    static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte) - 0x30
        case 0x41...0x46: UInt32(byte) - 0x37
        case 0x61...0x66: UInt32(byte) - 0x57
        default: nil
        }
    }
}
