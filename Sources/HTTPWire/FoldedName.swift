/// Up to 32 bytes of a field name as four little-endian words, ASCII letters in lower case, zero-padded.
///
/// Folding sets bit 5 of every byte. Among bytes that are not control bytes only letters change into one of
/// `a...z`, `0...9` or `-`, so an equal folded name of such bytes is the same name.
struct FoldedName: Equatable {
    static let capacity = 32
    private static let caseBits: UInt64 = 0x2020_2020_2020_2020
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    private(set) var first: UInt64 = 0
    private(set) var second: UInt64 = 0
    private(set) var third: UInt64 = 0
    private(set) var fourth: UInt64 = 0
    let count: Int

    /// No name at all.
    init() {
        count = 0
    }

    private init(_ words: (UInt64, UInt64, UInt64, UInt64), count: Int) {
        (first, second, third, fourth) = words
        self.count = count
    }

    /// Reads what stands between `start` and the next colon, or nil when there is no colon within 32 bytes, or when
    /// the bytes end too early for whole words. Bytes are not checked.
    @inline(__always)
    init?(before colon: UInt8 = 0x3a, in bytes: Span<UInt8>, from start: Int) {
        guard start &+ 40 <= bytes.count else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var word = FoldedName.load(bytes, start)
        var offset = FoldedName.firstIndex(of: colon, in: word)
        if offset < 8 {
            words.0 = FoldedName.keep(offset, of: word)
            self.init(words, count: offset)
            return
        }
        words.0 = word | FoldedName.caseBits
        word = FoldedName.load(bytes, start &+ 8)
        offset = FoldedName.firstIndex(of: colon, in: word)
        if offset < 8 {
            words.1 = FoldedName.keep(offset, of: word)
            self.init(words, count: 8 &+ offset)
            return
        }
        words.1 = word | FoldedName.caseBits
        word = FoldedName.load(bytes, start &+ 16)
        offset = FoldedName.firstIndex(of: colon, in: word)
        if offset < 8 {
            words.2 = FoldedName.keep(offset, of: word)
            self.init(words, count: 16 &+ offset)
            return
        }
        words.2 = word | FoldedName.caseBits
        word = FoldedName.load(bytes, start &+ 24)
        offset = FoldedName.firstIndex(of: colon, in: word)
        guard offset < 8 else { return nil }
        words.3 = FoldedName.keep(offset, of: word)
        self.init(words, count: 24 &+ offset)
    }

    /// The first 32 bytes of a name, byte by byte.
    init(_ name: Span<UInt8>) {
        var words: InlineArray<4, UInt64> = [0, 0, 0, 0]
        for index in 0..<min(name.count, FoldedName.capacity) {
            words[index >> 3] |= UInt64(name[index] | 0x20) << UInt64((index & 7) * 8)
        }
        self.init((words[0], words[1], words[2], words[3]), count: name.count)
    }

    /// The name with hyphens for underscores (which folding turned into DEL); nil when it has none.
    var withHyphens: FoldedName? {
        var copy = self
        copy.first = FoldedName.hyphenated(first)
        copy.second = FoldedName.hyphenated(second)
        copy.third = FoldedName.hyphenated(third)
        copy.fourth = FoldedName.hyphenated(fourth)
        return copy == self ? nil : copy
    }

    /// `x-forwarded-` and at least one byte.
    var isXForwarded: Bool {
        // "x-forwar", "ded-"
        count > 12 && first == 0x7261_7772_6f66_2d78 && UInt32(truncatingIfNeeded: second) == 0x2d64_6564
    }

    /// `content-` and at least one byte.
    var isContent: Bool {
        count > 8 && first == 0x2d74_6e65_746e_6f63
    }

    /// Spreads names over the slots of a table.
    var hash: UInt64 {
        (first ^ (second &* 0x9e37_79b9_7f4a_7c15) ^ (third &* 0xc2b2_ae3d_27d4_eb4f) ^ UInt64(count))
            &* 0xff51_afd7_ed55_8ccd
    }

    @inline(__always)
    private static func load(_ bytes: Span<UInt8>, _ offset: Int) -> UInt64 {
        // Safe: every bit pattern is an integer; the load itself checks its bounds.
        unsafe UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The position of the first such byte in a word, 8 when there is none.
    @inline(__always)
    private static func firstIndex(of byte: UInt8, in word: UInt64) -> Int {
        let zeroed = word ^ (UInt64(byte) &* ones)
        return ((zeroed &- ones) & ~zeroed & highBits).trailingZeroBitCount >> 3
    }

    @inline(__always)
    private static func keep(_ count: Int, of word: UInt64) -> UInt64 {
        (word | caseBits) & ((1 &<< UInt64(truncatingIfNeeded: count &* 8)) &- 1)
    }

    private static func hyphenated(_ word: UInt64) -> UInt64 {
        // All bytes are below 0x80, so adding one sets the high bit of exactly the bytes that are 0x7f.
        let underscores = ((word &+ ones) & highBits) >> 7
        return word ^ (underscores &* 0x52)
    }
}
