/// Where the credentials of a text are, in ascending order.
struct CredentialRanges: ~Copyable {
    /// Of one text; with more, all of it counts as one.
    static let maximum = 32

    /// Beginning and end of each. No text is longer than a `HeldValue`.
    private var bounds: InlineArray<64, UInt16> = .init(repeating: 0)
    private(set) var count = 0
    /// The text cannot be read for sure: all of it may be a credential.
    private(set) var isWhole = false

    subscript(index: Int) -> Range<Int> {
        let bounds = bounds.span
        return Int(bounds[index * 2])..<Int(bounds[index * 2 + 1])
    }

    mutating func takeWhole() { isWhole = true }

    /// An empty range holds no credential.
    mutating func append(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        guard count < Self.maximum else { return isWhole = true }
        bounds[count * 2] = UInt16(range.lowerBound)
        bounds[count * 2 + 1] = UInt16(range.upperBound)
        count += 1
    }
}
