/// What `SubmittedSecrets` holds.
struct RememberedSecrets {
    private(set) var missedCount = 0
    private(set) var secrets: [SubmittedSecret] = []
    /// What has come of a secret that has not ended.
    private var unfinished: SubmittedSecret?
    /// No shorter text repeats any of them.
    private var leastBytes = Int.max

    var isEmpty: Bool { secrets.isEmpty && unfinished == nil && missedCount == 0 }

    mutating func add(_ secret: Span<UInt8>) {
        guard secret.count > 0 else { return }
        guard secrets.count < SubmittedSecrets.maximumCount else {
            missedCount += 1
            return
        }
        let added = SubmittedSecret(secret)
        secrets.append(added)
        leastBytes = min(leastBytes, added.leastBytes)
    }

    mutating func addUnfinished(_ beginning: Span<UInt8>) {
        unfinished = beginning.count > 0 ? SubmittedSecret(beginning) : nil
        leastBytes = min(leastBytes, unfinished?.leastBytes ?? .max)
    }

    /// Overwrites everything.
    mutating func forget() {
        for index in secrets.indices { secrets[index].forget() }
        unfinished?.forget()
    }

    /// Whether a text of the value, a whole JSON value, is or contains a remembered secret. One that is too long to be
    /// looked into counts as one.
    func areRepeated(in raw: Span<UInt8>) -> Bool {
        guard !isEmpty else { return false }
        guard missedCount == 0, raw.count > 0, raw.count <= HeldValue.capacity else { return true }
        if raw[0] == .minus || raw[0].isDigit { return areRepeated(inText: raw) }
        let content = 1..<max(1, raw.count - 1)
        if raw[0] == .quote, !UnescapedText.hasEscape(raw, content) { return areRepeated(inText: raw.extracting(content)) }
        var strings = ValueText()
        while let (content, _) = strings.next(raw) {
            if UnescapedText.read(raw, content, { areRepeated(inText: $0.span) }) { return true }
        }
        return false
    }

    /// Whether the text is or contains a remembered secret: plain, or escaped for JSON, URLs or HTML, several times over
    /// too.
    func areRepeated(inText text: Span<UInt8>) -> Bool {
        guard missedCount == 0 else { return true }
        guard text.count >= leastBytes else { return false }
        if matches(text, unfolded: false) { return true }
        guard TextUnfolding.mayChange(text) else { return false }
        guard text.count <= HeldValue.capacity else { return !isEmpty }
        var unfolded = HeldValue()
        TextUnfolding.unfold(text, into: &unfolded)
        return matches(unfolded.span, unfolded: true)
    }

    private func matches(_ text: Span<UInt8>, unfolded: Bool) -> Bool {
        if unfinished?.stands(in: text, unfolded: unfolded) == true { return true }
        for index in secrets.indices where secrets[index].stands(in: text, unfolded: unfolded) { return true }
        return false
    }
}
