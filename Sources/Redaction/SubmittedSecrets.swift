/// The secret values of one request, as far as an answer could repeat them: error details carry the value that was
/// refused. Remembered for the exchange only.
package struct SubmittedSecrets: Sendable {
    /// Secrets of one request; further ones are counted, not remembered.
    package static let maximumCount = 8
    /// The beginning of a secret that is remembered, in bytes.
    package static let rememberedBytes = 64
    /// A shorter secret is found only where it is the whole string.
    package static let leastContainedBytes = 6

    private var bytes: InlineArray<512, UInt8> = .init(repeating: 0)
    /// Bytes of each that are remembered.
    private var counts: InlineArray<8, UInt8> = .init(repeating: 0)
    package private(set) var count = 0
    /// Secrets beyond `maximumCount`: an answer cannot be checked for them.
    package private(set) var missedCount = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// Remembers a secret, unescaped. An empty one is none, and the mask is none.
    package mutating func remember(_ secret: Span<UInt8>) {
        guard secret.count > 0 else { return }
        guard count < Self.maximumCount else {
            missedCount += 1
            return
        }
        let kept = min(secret.count, Self.rememberedBytes)
        for index in 0..<kept { bytes[count * Self.rememberedBytes + index] = secret[index] }
        counts[count] = UInt8(truncatingIfNeeded: kept)
        count += 1
    }

    /// Remembers a part of a text.
    mutating func remember(_ text: borrowing UnescapedText, _ part: Range<Int>? = nil) {
        let part = part ?? 0..<text.count
        guard !part.isEmpty else { return }
        guard count < Self.maximumCount else {
            missedCount += 1
            return
        }
        let kept = min(part.count, Self.rememberedBytes)
        for index in 0..<kept { bytes[count * Self.rememberedBytes + index] = text[part.lowerBound + index] }
        counts[count] = UInt8(truncatingIfNeeded: kept)
        count += 1
    }

    /// Whether a string of the value is or contains a remembered secret. A value that is too long to be looked into
    /// counts as one.
    func areRepeated(in raw: Span<UInt8>) -> Bool {
        guard !isEmpty else { return false }
        guard raw.count <= HeldValue.capacity else { return true }
        var strings = ValueText()
        while let (content, _) = strings.next(raw) {
            if UnescapedText.read(raw, content, { areRepeated(in: $0) }) { return true }
        }
        return false
    }

    private func areRepeated(in text: borrowing UnescapedText) -> Bool {
        guard text.count > 0 else { return false }
        for secret in 0..<count {
            let length = Int(counts[secret])
            guard length <= text.count else { continue }
            if length < Self.leastContainedBytes {
                if length == text.count && matches(secret, text, at: 0) { return true }
            } else {
                for start in 0...text.count - length where matches(secret, text, at: start) { return true }
            }
        }
        return false
    }

    private func matches(_ secret: Int, _ text: borrowing UnescapedText, at start: Int) -> Bool {
        let base = secret * Self.rememberedBytes
        for index in 0..<Int(counts[secret]) where bytes[base + index] != text[start + index] { return false }
        return true
    }
}
