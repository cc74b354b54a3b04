/// The beginning of one secret.
struct SubmittedSecret {
    /// So much of a secret is looked at that, its escapes undone, the beginning to compare is left.
    private static let beginningBytes = 128

    private var plain: Beginning
    /// What is left when nothing in it can be taken for an escape.
    private var unfolded: Beginning

    /// No shorter text repeats it.
    var leastBytes: Int { min(plain.count, unfolded.count) }

    init(_ secret: Span<UInt8>) {
        let beginning = secret.extracting(first: min(secret.count, Self.beginningBytes))
        var held = HeldValue()
        TextUnfolding.unfold(beginning, into: &held)
        plain = Beginning(beginning, count: beginning.count)
        // An escape that was cut would not be one.
        let rest = secret.count > beginning.count ? TextUnfolding.longestEscape : 0
        unfolded = Beginning(held.span, count: held.count - rest)
        held.forget()
    }

    func stands(in text: Span<UInt8>, unfolded isUnfolded: Bool) -> Bool {
        isUnfolded ? unfolded.stands(in: text) : plain.stands(in: text)
    }

    /// Overwrites everything.
    mutating func forget() {
        plain = Beginning()
        unfolded = Beginning()
    }
}

/// Up to sixteen bytes, in two words, little end first, padded with zeros.
private struct Beginning {
    var count = 0
    var first: UInt64 = 0
    var second: UInt64 = 0

    init() {}

    init(_ bytes: Span<UInt8>, count: Int) {
        self.count = min(max(count, 0), SubmittedSecrets.comparedBytes)
        if self.count > 0 { first = bytes.word(at: 0, count: min(8, self.count)) }
        if self.count > 8 { second = bytes.word(at: 8, count: self.count - 8) }
    }

    /// The text is it, if it is short, or else contains it.
    func stands(in text: Span<UInt8>) -> Bool {
        guard count > 0, count <= text.count else { return false }
        if count < SubmittedSecrets.leastContainedBytes { return count == text.count && stands(in: text, at: 0) }
        for start in 0...text.count - count where stands(in: text, at: start) { return true }
        return false
    }

    @inline(__always)
    private func stands(in text: Span<UInt8>, at start: Int) -> Bool {
        guard text.word(at: start, count: min(8, count)) == first else { return false }
        return count <= 8 || text.word(at: start &+ 8, count: count &- 8) == second
    }
}
