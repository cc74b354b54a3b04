/// Eight bytes at a time. The only unsafe expressions of this target are the (bounds-checked) load
/// and store of a word.
extension Span<UInt8> {
    /// `count` (1 to 8) bytes from `start` as one word, little end first, padded with zeros.
    @inline(__always)
    func word(at start: Int, count: Int) -> UInt64 {
        if start &+ 8 <= self.count { return word(at: start) & (UInt64.max >> UInt64(truncatingIfNeeded: 64 &- 8 &* count)) }
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

    /// Whether `byte` stands in `range`.
    @inline(__always)
    func holds(_ byte: UInt8, in range: Range<Int>) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let pattern = UInt64(byte) &* ones
        var index = range.lowerBound
        while index &+ 8 <= range.upperBound {
            let word = self.word(at: index) ^ pattern
            // Only a byte of zeros borrows without having bit 7 itself.
            if (word &- ones) & ~word & (0x80 &* ones) != 0 { return true }
            index &+= 8
        }
        while index < range.upperBound {
            if self[index] == byte { return true }
            index &+= 1
        }
        return false
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
            // A byte below 0x20, a quote or a backslash makes one of the subtractions borrow into bit 7; for a
            // byte from 0x80 at least one leaves bit 7 set. Borrows out of a byte only follow a true hit.
            let special = (word &- 0x20 &* ones)
                | ((word ^ 0x22 &* ones) &- ones)
                | ((word ^ 0x5C &* ones) &- ones)
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

extension MutableSpan<UInt8> {
    /// Writes eight bytes from `start` on, little end first.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func write(word: UInt64, at start: Int) {
        // Safe: bounds are checked by the call, and every bit pattern is eight UInt8.
        var bytes = unsafe mutableBytes
        bytes.storeBytes(of: word.littleEndian, toByteOffset: start, as: UInt64.self)
    }
}
