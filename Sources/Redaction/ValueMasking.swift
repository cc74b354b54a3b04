/// Replaces the credentials inside one value.
enum ValueMasking {
    enum Outcome {
        /// The value holds no credential; it passes as it was sent.
        case unchanged
        /// What was written has masks in place of the value's credentials.
        case partly
        /// The whole value must go.
        case whole
    }

    /// `raw` is one whole, well-formed JSON value; what is to stand for it is written into `masked`.
    ///
    /// - Parameter isPlain: It is known to be a string without escapes.
    static func mask(
        _ raw: Span<UInt8>, by treatment: RedactionTreatment, isPlain: Bool = false, into masked: inout HeldValue
    ) -> Outcome {
        guard raw.count > 0, raw.count <= HeldValue.capacity else { return .whole }
        masked.removeAll()
        let first = raw[0]
        switch treatment {
        case .mask:
            return .whole
        case .lastFour:
            guard first == .quote else { return .whole }
            var result = HeldValue()
            let isShown = UnescapedText.read(raw, 1..<raw.count - 1) { LastFour.write($0, into: &result) }
            masked = result
            return isShown ? .partly : .whole
        case .credentialsInURL:
            switch first {
            // A null holds no credential.
            case .lowerN: return .unchanged
            case .quote: return maskString(raw, as: .url, isPlain, into: &masked)
            default: return .whole
            }
        case .credentialPairs:
            switch first {
            case .lowerN, .lowerT, .lowerF: return .unchanged
            case .quote: return maskString(raw, as: .options, isPlain, into: &masked)
            case .openBrace, .openBracket: return write(raw, as: .options, into: &masked)
            // A number is no option.
            default: return .whole
            }
        }
    }

    /// `raw` is a string.
    private static func maskString(
        _ raw: Span<UInt8>, as form: CredentialSearch.Form, _ isPlain: Bool, into masked: inout HeldValue
    ) -> Outcome {
        let content = 1..<raw.count - 1
        guard isPlain || !UnescapedText.hasEscape(raw, content) else { return write(raw, as: form, into: &masked) }
        let text = UnescapedText(plain: raw.extracting(content))
        var found = CredentialRanges()
        CredentialSearch.search(text, as: form, into: &found)
        guard !found.isWhole else { return .whole }
        guard found.count > 0 else { return .unchanged }
        var copied = 0
        for index in 0..<found.count {
            masked.append(raw, copied..<found[index].lowerBound + 1)
            masked.appendMask()
            copied = found[index].upperBound + 1
        }
        masked.append(raw, copied..<raw.count)
        return masked.isOver ? .whole : .partly
    }

    /// Every string of the value is read; an element and the value itself as `form`.
    private static func write(
        _ raw: Span<UInt8>, as form: CredentialSearch.Form, into masked: inout HeldValue
    ) -> Outcome {
        var copied = 0
        var strings = ValueText()
        while let (content, role) = strings.next(raw) {
            switch role {
            case .name:
                guard UnescapedText.read(raw, content, { CredentialWords.isName($0, 0..<$0.count) }) else { continue }
                let secret = strings.skipValue(raw)
                guard !namesCredential(raw, secret) else { return .whole }
                masked.append(raw, copied..<secret.lowerBound)
                masked.append(.quote)
                masked.appendMask()
                masked.append(.quote)
                copied = secret.upperBound
            case .member, .element:
                let form = role == .member ? .value : form
                var found = CredentialRanges()
                UnescapedText.read(raw, content) { CredentialSearch.search($0, as: form, into: &found) }
                if found.isWhole { return .whole }
                for index in 0..<found.count {
                    masked.append(raw, copied..<UnescapedText.origin(found[index].lowerBound, raw, content))
                    masked.appendMask()
                    copied = UnescapedText.origin(found[index].upperBound, raw, content)
                }
            }
        }
        guard copied > 0 else { return .unchanged }
        masked.append(raw, copied..<raw.count)
        return masked.isOver ? .whole : .partly
    }

    /// `{"key": "password", "value": ...}`: the value of a credential-like name names one itself, so the credential
    /// is somewhere else.
    private static func namesCredential(_ raw: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard range.count >= 2, raw[range.lowerBound] == .quote else { return false }
        return UnescapedText.read(raw, range.lowerBound + 1..<range.upperBound - 1) {
            CredentialWords.isName($0, 0..<$0.count)
        }
    }
}
