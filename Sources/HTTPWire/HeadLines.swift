/// Finds the lines of a head, from where it left off, and refuses bytes that no line may hold.
///
/// Everything is decided in the order of the bytes, so the outcome does not depend on how they arrive.
struct HeadLines: Sendable {
    enum Step {
        /// The line's end is not here yet.
        case incomplete
        /// The line ends before this offset, where CR LF stands.
        case line(end: Int)
        /// More bytes than the limit and no line end.
        case tooLong
    }

    /// The offset of the current line's first byte.
    private(set) var start = 0
    /// All bytes before this offset were looked at.
    private(set) var position = 0

    /// Looks for the end of the current line, which may have `limit` bytes.
    @inline(__always)
    mutating func next(in bytes: Span<UInt8>, limit: Int) throws(HeadFault) -> Step {
        let window = min(bytes.count, start &+ limit &+ 1)
        let hit = HeadLines.firstControl(in: bytes, from: position, to: window)
        position = hit
        guard hit < window else { return hit == start &+ limit &+ 1 ? .tooLong : .incomplete }
        guard bytes[hit] == 0x0d else { throw bytes[hit] == 0x0a ? .bareLF : .controlByte }
        guard hit &+ 1 < bytes.count else { return .incomplete }
        guard bytes[hit &+ 1] == 0x0a else { throw .bareCR }
        return .line(end: hit)
    }

    /// Goes on to the line after the one that ends before `end`.
    @inline(__always)
    mutating func advance(past end: Int) {
        start = end &+ 2
        position = start
    }

    /// The first byte in `from..<to` that is a control byte other than tab; `to` when there is none.
    @inline(__always)
    static func firstControl(in bytes: Span<UInt8>, from: Int, to: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = from
        while index &+ 8 <= to {
            // Safe: every bit pattern is an integer; the load itself checks its bounds.
            let word = unsafe UInt64(
                littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let delete = word ^ (0x7f &* ones)
            // The classic "has a byte less than" test: exact for the lowest flagged byte, which is the one wanted.
            let below = (word &- (0x20 &* ones)) & ~word
            let flags = (below | ((delete &- ones) & ~delete)) & (0x80 &* ones)
            guard flags != 0 else {
                index &+= 8
                continue
            }
            index &+= flags.trailingZeroBitCount >> 3
            guard bytes[index] == 0x09 else { return index }
            index &+= 1
        }
        while index < to {
            guard ASCII.isFieldValue(bytes[index]) else { return index }
            index &+= 1
        }
        return to
    }
}
