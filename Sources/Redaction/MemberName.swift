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

    /// Whether the bytes of `range` are this name.
    func matches(_ bytes: borrowing Span<UInt8>, in range: Range<Int>) -> Bool {
        guard range.count == count else { return false }
        var index = 0
        while index < count {
            guard bytes.word(at: range.lowerBound + index, count: min(8, count - index)) == words[index / 8] else { return false }
            index += 8
        }
        return true
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

extension Span<UInt8> {
    /// `count` (1 to 8) bytes from `start` as one word, little end first, padded with zeros.
    @inline(__always)
    func word(at start: Int, count: Int) -> UInt64 {
        if count == 8 { return word(at: start) }
        var word: UInt64 = 0
        for index in 0..<count { word |= UInt64(self[start + index]) << UInt64(truncatingIfNeeded: index * 8) }
        return word
    }

    /// Eight bytes from `start` as one word, little end first.
    @inline(__always)
    func word(at start: Int) -> UInt64 {
        // Safe: bounds are checked by the call, and every bit pattern is a UInt64.
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
    }

    /// The first byte from `start` that is not plain string content: a quote, a backslash, a control character or
    /// the start of a multi-byte character; `self.count` when there is none.
    @inline(__always)
    func endOfPlainText(from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = start
        let end = self.count
        while index &+ 8 <= end {
            let word = self.word(at: index)
            // Per byte below 0x80, a subtraction borrows into bit 7 exactly if the byte is below 0x20, a quote
            // or a backslash; bytes from 0x80 have bit 7 already. Borrows only reach bytes after a true hit.
            let special = (word &- 0x20 &* ones)
                | ((word ^ 0x22 &* ones) &- ones)
                | ((word ^ 0x5C &* ones) &- ones)
                | word
            let hits = special & (0x80 &* ones)
            if hits != 0 { return index &+ hits.trailingZeroBitCount >> 3 }
            index &+= 8
        }
        while index < end {
            let byte = self[index]
            if byte == .quote || byte == .backslash || byte < 0x20 || byte >= 0x80 { return index }
            index &+= 1
        }
        return end
    }
}
