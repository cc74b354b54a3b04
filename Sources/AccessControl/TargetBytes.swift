/// Byte classes and escapes of request targets (RFC 3986 sections 2.1 and 2.3).
enum TargetBytes {
    /// Letters, digits, `-`, `_` and `~`: what the canonical form writes as is in a path. The dot is unreserved too
    /// but starts a format in the appliance's last segment, so paths escape it.
    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        let folded = byte | 0x20
        return (folded >= 0x61 && folded <= 0x7A) || isDigit(byte) || byte == 0x5F || byte == 0x2D || byte == 0x7E
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// C0 controls and DEL.
    @inline(__always)
    static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

    /// The value of a hexadecimal digit; above 15 for any other byte.
    @inline(__always)
    static func hexadecimal(_ byte: UInt8) -> UInt8 {
        if isDigit(byte) { return byte &- 0x30 }
        let folded = byte | 0x20
        return folded >= 0x61 && folded <= 0x66 ? folded &- 0x57 : 0xFF
    }

    /// The byte that the escape at `index` stands for; nil when it is not `%` and two hexadecimal digits.
    @inline(__always)
    static func escaped(_ bytes: borrowing Span<UInt8>, at index: Int, limit: Int) -> UInt8? {
        guard index &+ 2 < limit else { return nil }
        let high = hexadecimal(bytes[index &+ 1])
        let low = hexadecimal(bytes[index &+ 2])
        guard high | low < 16 else { return nil }
        return high << 4 | low
    }

    static func lowercased(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

    /// The upper-case hexadecimal digit of a value below 16.
    @inline(__always)
    static func digit(_ value: UInt8) -> UInt8 { value < 10 ? value &+ 0x30 : value &+ 0x37 }
}

/// Validates UTF-8 one byte at a time (RFC 3629). Overlong forms, surrogates, values above U+10FFFF and the C1
/// controls U+0080 to U+009F are refused.
struct UTF8Check {
    private var missing: UInt8 = 0
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    /// The bytes so far end with a whole character.
    var isComplete: Bool { missing == 0 }

    @inline(__always)
    mutating func accept(_ byte: UInt8) -> Bool {
        if byte < 0x80 { return missing == 0 }
        return acceptHigh(byte)
    }

    private mutating func acceptHigh(_ byte: UInt8) -> Bool {
        if missing > 0 {
            guard byte >= lowest, byte <= highest else { return false }
            missing &-= 1
            lowest = 0x80
            highest = 0xBF
            return true
        }
        switch byte {
        case 0xC2: expect(1, from: 0xA0)
        case 0xC3...0xDF: expect(1)
        case 0xE0: expect(2, from: 0xA0)
        case 0xE1...0xEC, 0xEE, 0xEF: expect(2)
        case 0xED: expect(2, to: 0x9F)
        case 0xF0: expect(3, from: 0x90)
        case 0xF1...0xF3: expect(3)
        case 0xF4: expect(3, to: 0x8F)
        default: return false
        }
        return true
    }

    private mutating func expect(_ count: UInt8, from low: UInt8 = 0x80, to high: UInt8 = 0xBF) {
        missing = count
        lowest = low
        highest = high
    }
}
