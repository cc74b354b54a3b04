/// What the value of a watched member says.
extension WriteBackGuard {
    /// Reads the held value of a member of the object at `depth` that `matched` watches; true if it must not pass.
    mutating func read(_ matched: RuleMask, depth: Int) -> Bool {
        var value = HeldValue()
        value.append(held.span, valueStart..<held.count)
        let protecting = names.protecting(matched)
        let isMasked = !protecting.isEmpty && holdsMask(value, protecting)
        if matched.isDisjoint(with: names.renewing) == false {
            watch.secret(isNew: !isMasked && isNewSecret(value), depth: depth)
        }
        guard !isMasked else { return true }
        watch.redirect(matched.intersection(names.redirecting), depth: depth)
        if !protecting.isEmpty { remember(value, names.rules.treatment(of: protecting)) }
        return false
    }

    /// Some string of the value, however nested, is or contains what stood in the secret's place.
    private func holdsMask(_ value: HeldValue, _ rules: RuleMask) -> Bool {
        var strings = ValueText()
        let isShortened = names.rules.treatment(of: rules) == .lastFour
        while let (content, _) = strings.next(value.span) {
            let isMask = UnescapedText.read(value.span, content) { text in
                text.containsMask || isShortened && LastFour.isShown(text)
            }
            if isMask { return true }
        }
        return false
    }

    /// A text that is not blank, or a number: what Rails stores as a new secret.
    private func isNewSecret(_ value: HeldValue) -> Bool {
        guard value.count > 0 else { return false }
        let first = value.span[0]
        if first == .minus || first.isDigit { return true }
        guard first == .quote else { return false }
        return UnescapedText.read(value.span, 1..<value.count - 1) { text in
            for index in 0..<text.count where text[index] > .space { return true }
            return false
        }
    }

    /// Remembers what the value holds of credentials.
    private mutating func remember(_ value: HeldValue, _ treatment: RedactionTreatment) {
        let first = value.span[0]
        if first == .minus || first.isDigit { return submitted.remember(value.span) }
        var strings = ValueText()
        var form = CredentialSearch.Form.url
        switch treatment {
        case .mask, .lastFour:
            while let (content, role) = strings.next(value.span) {
                if case .name = role { continue }
                remember(value, content)
            }
            return
        case .credentialsInURL: break
        case .credentialPairs: form = .options
        }
        while let (content, role) = strings.next(value.span) {
            switch role {
            case .name:
                if UnescapedText.read(value.span, content, { CredentialWords.isName($0, 0..<$0.count) }) {
                    let secret = strings.skipValue(value.span)
                    guard secret.count >= 2, value.span[secret.lowerBound] == .quote else { continue }
                    let inner = secret.lowerBound + 1..<secret.upperBound - 1
                    remember(value, inner)
                }
            case .member, .element:
                let form = role == .member ? .value : form
                var found = CredentialRanges()
                UnescapedText.read(value.span, content) { CredentialSearch.search($0, as: form, into: &found) }
                if found.isWhole { remember(value, content) }
                for index in 0..<found.count { remember(value, content, found[index]) }
            }
        }
    }

    private mutating func remember(_ value: HeldValue, _ content: Range<Int>, _ part: Range<Int>? = nil) {
        var secrets = submitted
        UnescapedText.read(value.span, content) { secrets.remember($0, part) }
        submitted = secrets
    }
}
