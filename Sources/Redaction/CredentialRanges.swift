/// Where the credentials of a text are, in ascending order.
struct CredentialRanges {
    /// Of one text; with more, all of it counts as one.
    static let maximum = 32

    private var ranges: InlineArray<32, Range<Int>> = .init(repeating: 0..<0)
    private(set) var count = 0
    /// The text cannot be read for sure: all of it may be a credential.
    private(set) var isWhole = false

    subscript(index: Int) -> Range<Int> { ranges[index] }

    mutating func takeWhole() { isWhole = true }

    /// An empty range holds no credential.
    mutating func append(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        guard count < Self.maximum else { return isWhole = true }
        ranges[count] = range
        count += 1
    }
}
