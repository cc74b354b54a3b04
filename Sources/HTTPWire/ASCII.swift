extension Span where Element == UInt8 {
    /// Exactly these bytes.
    package func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count {
            // Safe: index is below the literal's count.
            guard unsafe self[index] == text.utf8Start[index] else { return false }
        }
        return true
    }

    /// These bytes with ASCII letters compared without case; `text` is in lower case.
    package func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count {
            // Safe: index is below the literal's count.
            guard unsafe ASCII.lowercase(self[index]) == text.utf8Start[index] else { return false }
        }
        return true
    }

    /// The same bytes, ASCII letters compared without case.
    package func equalsIgnoringCase(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count {
            guard ASCII.lowercase(self[index]) == ASCII.lowercase(other[index]) else { return false }
        }
        return true
    }
}

/// Classes of single bytes (RFC 9110 section 5.6, RFC 3986 section 2).
@usableFromInline package enum ASCII {
    @inlinable package static func lowercase(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    @inlinable package static func isDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10
    }

    @inlinable package static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26
    }

    /// The value of a hexadecimal digit, either case.
    @inlinable package static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        if byte &- 0x30 < 10 { return byte &- 0x30 }
        let letter = byte | 0x20
        return letter &- 0x61 < 6 ? letter &- 0x57 : nil
    }

    /// A byte of a token (`tchar`, RFC 9110 section 5.6.2).
    @inlinable package static func isToken(_ byte: UInt8) -> Bool {
        // One bit per byte value: below 64, then 64 to 127.
        let mask: UInt64 = byte < 64 ? 0x03ff_6cfa_0000_0000 : 0x57ff_ffff_c7ff_fffe
        return byte < 128 && (mask >> UInt64(byte & 63)) & 1 == 1
    }

    /// A byte that may stand in a field value: printable, space, tab and obs-text (RFC 9110 section 5.5).
    @inlinable package static func isFieldValue(_ byte: UInt8) -> Bool {
        byte >= 0x20 ? byte != 0x7f : byte == 0x09
    }
}
