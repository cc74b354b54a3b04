/// Eight bytes at a time. The only unsafe expression of this target is the (bounds-checked) load of a word.
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
