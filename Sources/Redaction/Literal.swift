/// `null`, `true` or `false`, and how much of it was read.
struct Literal {
    private let word: UInt64
    let count: Int
    private var index = 1

    static var null: Literal { Literal(first: .lowerN) }

    /// The literal that begins with `first`, which is n, t or f; one byte counts as read.
    init(first: UInt8) {
        switch first {
        case .lowerT: (word, count) = (0x6575_7274, 4)
        case .lowerF: (word, count) = (0x65_736C_6166, 5)
        default: (word, count) = (0x6C6C_756E, 4)
        }
    }

    /// Whether the span holds it all from `start`.
    @inline(__always)
    func isWhole(in bytes: borrowing Span<UInt8>, from start: Int) -> Bool {
        guard start &+ 8 <= bytes.count else { return false }
        return (bytes.word(at: start) ^ word) << UInt64(truncatingIfNeeded: 64 &- 8 &* count) == 0
    }

    /// The byte that must come.
    var next: UInt8 { UInt8(truncatingIfNeeded: word >> UInt64(truncatingIfNeeded: index * 8)) }

    /// Counts the byte as read; true when it was the last.
    mutating func advance() -> Bool {
        index += 1
        return index == count
    }
}
