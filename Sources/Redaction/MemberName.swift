/// A protected field's name, ready to be compared eight bytes at a time.
struct MemberName: Sendable {
    /// Bytes, 1 to 64.
    let count: Int
    /// The bytes in order, little end first, padded with zeros.
    let words: InlineArray<8, UInt64>

    /// `name` has 1 to `RedactionRules.maximumFieldBytes` bytes.
    init(_ name: String.UTF8View) {
        var words: InlineArray<8, UInt64> = .init(repeating: 0)
        for (index, byte) in name.enumerated() { words[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8) }
        self.words = words
        count = name.count
    }
}

/// A member name that has escapes, or came in pieces: unescaped, as far as a protected name can be long.
struct NameBuffer {
    private var bytes: InlineArray<64, UInt8> = .init(repeating: 0)
    /// Bytes collected; 65 stands for any number above 64, which is longer than every protected name.
    private(set) var count = 0

    /// Precondition: `count` <= 64.
    var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting(first: count) }
    }

    mutating func removeAll() { count = 0 }

    mutating func append(_ byte: UInt8) {
        if count < 64 { bytes[count] = byte }
        count = min(count + 1, 65)
    }

    mutating func append(_ source: borrowing Span<UInt8>, _ range: Range<Int>) {
        for index in range {
            guard count <= 64 else { return }
            append(source[index])
        }
    }

    /// Appends a Unicode scalar value (surrogates never come here) as UTF-8.
    mutating func append(scalar: UInt32) {
        let low = UInt8(truncatingIfNeeded: scalar & 0x3F) | 0x80
        switch scalar {
        case ..<0x80:
            append(UInt8(truncatingIfNeeded: scalar))
        case ..<0x800:
            append(UInt8(truncatingIfNeeded: scalar >> 6) | 0xC0)
            append(low)
        case ..<0x10000:
            append(UInt8(truncatingIfNeeded: scalar >> 12) | 0xE0)
            append(UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F) | 0x80)
            append(low)
        default:
            append(UInt8(truncatingIfNeeded: scalar >> 18) | 0xF0)
            append(UInt8(truncatingIfNeeded: scalar >> 12 & 0x3F) | 0x80)
            append(UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F) | 0x80)
            append(low)
        }
    }
}
