/// Finds credentials in a text. What it cannot read for sure it counts as a credential, whole.
struct CredentialSearch {
    /// What a text is, which decides how it is read.
    enum Form {
        /// One URL, or an authority (`user:pass@host:3128`).
        case url
        /// `name=value` and flags, separated by commas.
        case options
        /// The value of a name that is no credential's.
        case value
    }

    /// What needs not be looked for.
    private let traces: CredentialTraces

    private init(_ traces: CredentialTraces) { self.traces = traces }

    static func search(_ text: borrowing UnescapedText, as form: Form, into found: inout CredentialRanges) {
        search(text, as: form, seeing: CredentialScreen.shared.traces(in: text, as: form), into: &found)
    }

    /// - Parameter traces: What the text is known to hold traces of.
    static func search(
        _ text: borrowing UnescapedText, as form: Form, seeing traces: CredentialTraces, into found: inout CredentialRanges
    ) {
        if !traces.isClear { CredentialSearch(traces).search(text, as: form, &found) }
    }

    @inline(never)
    private func search(_ text: borrowing UnescapedText, as form: Form, _ found: inout CredentialRanges) {
        switch form {
        case .url: searchValues(text, &found)
        case .options: searchOptions(text, &found)
        case .value:
            // `{"name": "password", "value": ...}`: the credential is elsewhere, under a name that says nothing.
            if Self.trailingWord(text, 0..<text.count).count == text.count, CredentialWords.isName(text, 0..<text.count) {
                found.takeWhole()
            } else {
                searchValues(text, &found)
            }
        }
    }

    private func searchValues(_ text: borrowing UnescapedText, _ found: inout CredentialRanges) {
        var start = 0
        while start < text.count && !found.isWhole { start = searchValue(text, start..<text.count, &found) + 1 }
    }

    private func searchOptions(_ text: borrowing UnescapedText, _ found: inout CredentialRanges) {
        var start = 0
        var hasURL = false
        while start < text.count && !found.isWhole {
            let segment = start..<Self.endOfSegment(text, from: start)
            if traces.hasAt {
                let isURL = holdsURL(text, segment)
                // `http://user:pass,word@host`: a comma of the credential looks like one between options.
                if hasURL && !isURL && lastAt(text, segment) != nil { return found.takeWhole() }
                hasURL = hasURL || isURL
            }
            start = segment.upperBound + 1
            guard let sign = Self.firstSign(text, segment) else {
                if !Self.isFlag(text, segment) || CredentialWords.isPart(of: text, segment) { found.takeWhole() }
                continue
            }
            let name = segment.lowerBound..<sign
            let word = Self.trailingWord(text, name)
            guard Self.isNamePart(text, name),
                !CredentialWords.isPart(of: text, name.lowerBound..<word.lowerBound)
            else { return found.takeWhole() }
            if CredentialWords.isName(text, word) || isUserWithPassword(text, word, sign + 1..<segment.upperBound) {
                start = takeCredential(text, after: sign, limit: segment.upperBound, &found) + 1
            } else {
                start = searchValue(text, sign + 1..<segment.upperBound, &found) + 1
            }
        }
    }

    /// `username=user%password`, as mount.cifs takes it.
    private func isUserWithPassword(
        _ text: borrowing UnescapedText, _ name: Range<Int>, _ value: Range<Int>
    ) -> Bool {
        guard traces.hasAt, CredentialWords.isUser(text, name) else { return false }
        for index in value where text[index] == .percent { return true }
        return false
    }

    /// The value after `sign` is a credential: it ends with its quotes, or at `limit`. Returns where to read on.
    private func takeCredential(
        _ text: borrowing UnescapedText, after sign: Int, limit: Int, _ found: inout CredentialRanges
    ) -> Int {
        var start = sign + 1
        // `name => value`, and blanks.
        while start < limit && (Self.isBlank(text[start]) || text[start] == .greaterThan) { start += 1 }
        guard start < limit, Self.isQuote(text[start]) else {
            found.append(start..<max(start, limit))
            return limit
        }
        let quote = text[start]
        var close = start + 1
        while close < text.count && text[close] != quote { close += text[close] == .backslash ? 2 : 1 }
        guard close < text.count else {
            found.append(start..<text.count)
            return text.count
        }
        let end = Self.endOfSegment(text, from: close)
        for index in close + 1..<end where !Self.isBlank(text[index]) && !Self.isCloser(text[index]) {
            // `"a"b`: the quotes are not what they seem.
            found.append(start..<end)
            return end
        }
        found.append(start + 1..<close)
        return end
    }

    /// A value of an unsuspicious name, or a URL: it may still hold user and password, or pairs of its own. Returns
    /// where to read on: the end of `range`, or of quotes that reach beyond.
    private func searchValue(
        _ text: borrowing UnescapedText, _ range: Range<Int>, _ found: inout CredentialRanges
    ) -> Int {
        var pairs = range
        if let at = lastAt(text, range) {
            let start = startOfUserInformation(text, range.lowerBound..<at)
            if let sign = credentialSign(text, range.lowerBound..<at) {
                // `scheme://host?password=a@b`: where the credential ends, only its author knows. The scheme itself may
                // be a credential's name.
                found.append(min(start, sign + 1)..<range.upperBound)
                return range.upperBound
            }
            found.append(start..<at)
            pairs = at..<range.upperBound
        }
        guard let sign = credentialSign(text, pairs) else { return range.upperBound }
        return takeCredential(text, after: sign, limit: range.upperBound, &found)
    }

    /// After `scheme://`, or the beginning. `range` ends at the `@`.
    private func startOfUserInformation(_ text: borrowing UnescapedText, _ range: Range<Int>) -> Int {
        var index = range.lowerBound
        while index < range.upperBound && (Self.isBlank(text[index]) || Self.isQuote(text[index])) { index += 1 }
        let scheme = index
        while index < range.upperBound && Self.isSchemeByte(text[index]) { index += 1 }
        guard index > scheme, index + 3 <= range.upperBound, text[index] == .colon, text[index + 1] == .solidus,
            text[index + 2] == .solidus
        else { return range.lowerBound }
        return index + 3
    }

    private func holdsURL(_ text: borrowing UnescapedText, _ range: Range<Int>) -> Bool {
        for index in range.dropLast(2) where text[index] == .colon {
            if text[index + 1] == .solidus && text[index + 2] == .solidus { return true }
        }
        return false
    }

    /// The last `@` or `%40`. (A password may hold one in clear; what stands before the last goes.)
    private func lastAt(_ text: borrowing UnescapedText, _ range: Range<Int>) -> Int? {
        guard traces.hasAt else { return nil }
        var index = range.upperBound
        while index > range.lowerBound {
            index -= 1
            if text[index] == .at { return index }
            guard text[index] == .percent, index + 2 < range.upperBound else { continue }
            if text[index + 1] == 0x34 && text[index + 2] == .zero { return index }
        }
        return nil
    }

    /// The first `=` or `:` after a credential-like word.
    private func credentialSign(_ text: borrowing UnescapedText, _ range: Range<Int>) -> Int? {
        guard traces.hasWord else { return nil }
        var start = range.lowerBound
        while let sign = Self.firstSign(text, start..<range.upperBound) {
            if CredentialWords.isName(text, Self.trailingWord(text, range.lowerBound..<sign)) { return sign }
            start = sign + 1
        }
        return nil
    }
}
