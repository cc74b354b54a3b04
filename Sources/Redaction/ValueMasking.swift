/// Replaces the credentials inside one held value.
enum ValueMasking {
    enum Outcome {
        /// The value holds no credential; it passes as it was sent.
        case unchanged
        /// The value now has masks in place of its credentials.
        case partly
        /// The whole value must go.
        case whole
    }

    /// `value` is whole and well-formed, unless it is over its capacity.
    static func mask(_ value: inout HeldValue, by treatment: RedactionTreatment) -> Outcome {
        guard !value.isOver, value.count > 0 else { return .whole }
        let first = value.span[0]
        switch treatment {
        case .mask:
            return .whole
        case .lastFour:
            guard first == .quote else { return .whole }
            let text = UnescapedText(value.span, 1..<value.count - 1)
            return LastFour.write(text, into: &value) ? .partly : .whole
        case .credentialsInURL:
            if first == .lowerN { return .unchanged }
            return first == .quote ? maskStrings(&value, as: .url) : .whole
        case .credentialPairs:
            switch first {
            case .lowerN, .lowerT, .lowerF: return .unchanged
            case .quote, .openBrace, .openBracket: return maskStrings(&value, as: .options)
            // A number is no option.
            default: return .whole
            }
        }
    }

    /// Every string of the value is read; an element and the value itself as `form`.
    private static func maskStrings(_ value: inout HeldValue, as form: CredentialSearch.Form) -> Outcome {
        var masked = HeldValue()
        var copied = 0
        var strings = ValueText()
        while let (content, role) = strings.next(value.span) {
            let text = UnescapedText(value.span, content)
            switch role {
            case .name:
                guard CredentialWords.isPart(of: text, 0..<text.count) || isShortName(text) else { continue }
                let secret = strings.skipValue(value.span)
                guard !namesCredential(value.span, secret) else { return .whole }
                masked.append(value.span, copied..<secret.lowerBound)
                masked.append(.quote)
                masked.appendMask()
                masked.append(.quote)
                copied = secret.upperBound
            case .member, .element:
                let found = CredentialSearch.search(text, as: role == .member ? .value : form)
                if found.isWhole { return .whole }
                for index in 0..<found.count {
                    masked.append(value.span, copied..<text.origin(found[index].lowerBound))
                    masked.appendMask()
                    copied = text.origin(found[index].upperBound)
                }
            }
        }
        guard copied > 0 else { return .unchanged }
        masked.append(value.span, copied..<value.count)
        guard !masked.isOver else { return .whole }
        value = masked
        return .partly
    }

    private static func isShortName(_ text: borrowing UnescapedText) -> Bool {
        CredentialWords.isName(text, 0..<text.count)
    }

    /// `{"key": "password", "value": ...}`: the value of a credential-like name names one itself, so the credential
    /// is somewhere else.
    private static func namesCredential(_ raw: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard range.count >= 2, raw[range.lowerBound] == .quote else { return false }
        let text = UnescapedText(raw, range.lowerBound + 1..<range.upperBound - 1)
        return CredentialWords.isName(text, 0..<text.count)
    }
}
