/// The secret values of one request, as far as an answer could repeat them: error details carry the value that was
/// refused. Remembered for the exchange only.
///
/// One object for the reader of the request and the redactor of the answer, because an answer may come before its
/// request has ended: what the appliance has got of a request is here before it gets it. Not to be shared among threads.
package final class SubmittedSecrets {
    /// Secrets of one request; further ones are counted, not remembered.
    package static let maximumCount = 8
    /// The beginning of a secret that is compared, in bytes: a message may repeat no more of it.
    package static let comparedBytes = 16
    /// A shorter secret is found only where it is the whole text.
    package static let leastContainedBytes = 6

    /// More may come: the request is still being read.
    package var isOpen = false
    /// Secrets beyond `maximumCount`: an answer cannot be checked for them, so every text of it counts as one.
    package private(set) var missedCount = 0
    private var secrets: [SubmittedSecret] = []
    /// What has come of a secret that has not ended.
    private var unfinished: SubmittedSecret?

    package init() {}

    deinit {
        for index in secrets.indices { secrets[index].forget() }
        unfinished?.forget()
    }

    package var count: Int { secrets.count }
    package var isEmpty: Bool { secrets.isEmpty && unfinished == nil && missedCount == 0 }

    /// Remembers a secret, unescaped. An empty one is none.
    package func remember(_ secret: Span<UInt8>) {
        guard secret.count > 0 else { return }
        guard count < Self.maximumCount else {
            missedCount += 1
            return
        }
        secrets.append(SubmittedSecret(secret))
    }

    /// Remembers the beginning of a secret until more is known of it; nothing, if it is empty.
    func rememberUnfinished(_ beginning: Span<UInt8>) {
        unfinished = beginning.count > 0 ? SubmittedSecret(beginning) : nil
    }

    /// Remembers what a text holds of credentials.
    func remember(_ text: borrowing UnescapedText, as treatment: RedactionTreatment) {
        switch treatment {
        case .mask, .lastFour: remember(text.span)
        case .credentialsInURL: remember(text, as: .url)
        case .credentialPairs: remember(text, as: .options)
        }
    }

    private func remember(_ text: borrowing UnescapedText, as form: CredentialSearch.Form) {
        var found = CredentialRanges()
        CredentialSearch.search(text, as: form, into: &found)
        if found.isWhole { return remember(text.span) }
        for index in 0..<found.count { remember(text.span.extracting(found[index])) }
    }

    /// Remembers what a whole, well-formed JSON value of a `HeldValue` holds of credentials.
    func remember(value: Span<UInt8>, as treatment: RedactionTreatment) {
        if value[0] == .minus || value[0].isDigit { return remember(value) }
        var strings = ValueText()
        let isWhole = treatment == .mask || treatment == .lastFour
        while let (content, role) = strings.next(value) {
            switch role {
            case .name where isWhole: continue
            case .name:
                guard UnescapedText.read(value, content, { CredentialWords.isName($0, 0..<$0.count) }) else { continue }
                let secret = strings.skipValue(value)
                guard secret.count > 0 else { continue }
                remember(value: value.extracting(secret), as: .mask)
            case .member where !isWhole: UnescapedText.read(value, content) { remember($0, as: .value) }
            case .member, .element: UnescapedText.read(value, content) { remember($0, as: treatment) }
            }
        }
    }

    // MARK: Search

    /// Whether a text of the value, a whole JSON value, is or contains a remembered secret. One that is too long to be
    /// looked into counts as one.
    func areRepeated(in raw: Span<UInt8>) -> Bool {
        guard !isEmpty else { return false }
        guard missedCount == 0, raw.count > 0, raw.count <= HeldValue.capacity else { return true }
        if raw[0] == .minus || raw[0].isDigit { return areRepeated(inText: raw) }
        var strings = ValueText()
        while let (content, _) = strings.next(raw) {
            if UnescapedText.read(raw, content, { areRepeated(inText: $0.span) }) { return true }
        }
        return false
    }

    /// Whether the text is or contains a remembered secret: plain, or escaped for JSON, URLs or HTML, several times over
    /// too.
    package func areRepeated(inText text: Span<UInt8>) -> Bool {
        guard missedCount == 0 else { return true }
        if matches(text, unfolded: false) { return true }
        guard TextUnfolding.mayChange(text) else { return false }
        guard text.count <= HeldValue.capacity else { return !isEmpty }
        var unfolded = HeldValue()
        TextUnfolding.unfold(text, into: &unfolded)
        return matches(unfolded.span, unfolded: true)
    }

    private func matches(_ text: Span<UInt8>, unfolded: Bool) -> Bool {
        if let unfinished, unfinished.stands(in: text, unfolded: unfolded) { return true }
        for secret in secrets where secret.stands(in: text, unfolded: unfolded) { return true }
        return false
    }
}

/// The beginning of one secret.
private struct SubmittedSecret {
    /// So much of a secret is looked at that, its escapes undone, the beginning to compare is left.
    private static let beginningBytes = 128

    private var plain: [UInt8]
    /// What is left when nothing in it can be taken for an escape.
    private var unfolded: [UInt8]

    init(_ secret: Span<UInt8>) {
        let beginning = secret.extracting(first: min(secret.count, Self.beginningBytes))
        var held = HeldValue()
        TextUnfolding.unfold(beginning, into: &held)
        plain = Self.array(beginning, count: beginning.count)
        // An escape that was cut would not be one.
        let rest = secret.count > beginning.count ? TextUnfolding.longestEscape : 0
        unfolded = Self.array(held.span, count: held.count - rest)
    }

    /// Overwrites everything.
    mutating func forget() {
        for index in plain.indices { plain[index] = 0 }
        for index in unfolded.indices { unfolded[index] = 0 }
    }

    private static func array(_ bytes: Span<UInt8>, count: Int) -> [UInt8] {
        let count = min(max(count, 0), SubmittedSecrets.comparedBytes)
        var array: [UInt8] = []
        array.reserveCapacity(count)
        for index in 0..<count { array.append(bytes[index]) }
        return array
    }

    func stands(in text: Span<UInt8>, unfolded isUnfolded: Bool) -> Bool {
        let secret = isUnfolded ? unfolded : plain
        guard secret.count > 0, secret.count <= text.count else { return false }
        if secret.count < SubmittedSecrets.leastContainedBytes {
            return secret.count == text.count && stands(secret, in: text, at: 0)
        }
        let width = min(8, secret.count)
        let beginning = secret.span.word(at: 0, count: width)
        for start in 0...text.count - secret.count where text.word(at: start, count: width) == beginning {
            if stands(secret, in: text, at: start) { return true }
        }
        return false
    }

    private func stands(_ secret: [UInt8], in text: Span<UInt8>, at start: Int) -> Bool {
        for index in secret.indices where text[start + index] != secret[index] { return false }
        return true
    }
}
