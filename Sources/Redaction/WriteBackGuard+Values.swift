/// What the value of a watched member says.
extension WriteBackGuard {
    /// Reads the held value of a member of the object at `depth` that `matched` watches; true if it must not pass.
    mutating func read(_ matched: RuleMask, depth: Int) -> Bool {
        let value = held.span.extracting(valueStart..<held.count)
        let protecting = names.protecting(matched)
        let treatment = protecting.isEmpty ? nil : names.rules.treatment(of: protecting)
        let isMasked = treatment.map { Self.holdsMask(value, isShortened: $0 == .lastFour) } ?? false
        if !matched.isDisjoint(with: names.renewing) {
            watch.secret(isNew: !isMasked && Self.isNewSecret(value), depth: depth)
        }
        guard !isMasked else { return true }
        watch.redirect(matched.intersection(names.redirecting), depth: depth)
        if let treatment { submitted.remember(value: value, as: treatment) }
        return false
    }

    /// Some string of the value, however nested, is or contains what stood in the secret's place.
    private static func holdsMask(_ value: Span<UInt8>, isShortened: Bool) -> Bool {
        var strings = ValueText()
        while let (content, _) = strings.next(value) {
            let isMask = UnescapedText.read(value, content) { text in
                text.containsMask || isShortened && LastFour.isShown(text)
            }
            if isMask { return true }
        }
        return false
    }

    /// A text that is not blank, or a number: what Rails stores as a new secret.
    private static func isNewSecret(_ value: Span<UInt8>) -> Bool {
        guard value.count > 0 else { return false }
        let first = value[0]
        if first == .minus || first.isDigit { return true }
        guard first == .quote else { return false }
        return UnescapedText.read(value, 1..<value.count - 1) { text in
            for index in 0..<text.count where text[index] > .space { return true }
            return false
        }
    }
}
