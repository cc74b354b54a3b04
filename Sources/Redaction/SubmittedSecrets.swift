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
    /// All of it in one value, which is looked at as a whole.
    private var remembered = RememberedSecrets()

    package init() {}

    deinit { remembered.forget() }

    package var count: Int { remembered.secrets.count }
    package var isEmpty: Bool { remembered.isEmpty }
    /// Secrets beyond `maximumCount`: an answer cannot be checked for them, so every text of it counts as one.
    package var missedCount: Int { remembered.missedCount }

    /// Remembers a secret, unescaped. An empty one is none.
    package func remember(_ secret: Span<UInt8>) { remembered.add(secret) }

    /// Remembers the beginning of a secret until more is known of it; nothing, if it is empty.
    func rememberUnfinished(_ beginning: Span<UInt8>) { remembered.addUnfinished(beginning) }

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
    /// looked into counts as one, if there are any secrets.
    func areRepeated(in raw: Span<UInt8>) -> Bool { remembered.areRepeated(in: raw) }

    /// Whether the text is or contains a remembered secret: plain, or escaped for JSON, URLs or HTML, several times over
    /// too.
    package func areRepeated(inText text: Span<UInt8>) -> Bool { remembered.areRepeated(inText: text) }
}
