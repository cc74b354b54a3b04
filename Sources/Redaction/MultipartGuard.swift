/// Reads a multipart/form-data body as it streams by, changes nothing, refuses what would write a mask over a secret,
/// remembers the secrets that it brings, and watches for redirects of stored ones (RFC 7578, RFC 2046 section 5.1).
///
/// Strict: no preamble, no epilogue, no padding, CRLF everywhere, Content-Disposition and Content-Type alone in a
/// part's head. The last byte of the body must not be sent before `finish` has returned.
package struct MultipartGuard {
    package static let maximumParts = 128
    package static let heldBytes = HeldValue.capacity
    /// RFC 2046 section 5.1.1.
    package static let maximumBoundaryBytes = 70

    private enum Phase: UInt8 {
        /// In a delimiter, which begins with CRLF (supposed before the first).
        case delimiter
        /// After a delimiter: CRLF and a part, or `--` and the end.
        case afterDelimiter
        case head
        case content
        /// After the closing delimiter: one CRLF or nothing.
        case end
    }

    /// The secrets that the body has brought. What of one has been read is here when `next` returns.
    package let submitted: SubmittedSecrets

    /// The fields (`WatchedNames.redirectFields(in:)`) that the body changes. Whether a new secret belongs to them, only
    /// the appliance could tell.
    package private(set) var redirects: RuleMask = []

    private let names: WatchedNames
    private let active: RuleMask
    private var delimiter: InlineArray<74, UInt8> = .init(repeating: 0)
    private let delimiterCount: Int
    private var phase = Phase.delimiter
    /// Bytes of the delimiter, or of what follows it, that have been read.
    private var matched = 2
    private var mark: UInt8 = 0
    private var offset = 0
    private var parts = 0
    private var protecting: RuleMask = []
    /// The last bytes of the present head, the last one lowest.
    private var headEnd: UInt32 = 0
    private var held = HeldValue()
    private var failure: MultipartError?

    /// - Parameter boundary: the parameter of the Content-Type, unquoted.
    /// - Returns: nil for a boundary that RFC 2046 does not allow.
    package init?(
        boundary: Span<UInt8>, names: WatchedNames, active: RuleMask, submitted: SubmittedSecrets = SubmittedSecrets()
    ) {
        self.submitted = submitted
        guard boundary.count > 0, boundary.count <= Self.maximumBoundaryBytes else { return nil }
        let start: [4 of UInt8] = [.carriageReturn, .lineFeed, .minus, .minus]
        for index in 0..<4 { delimiter[index] = start[index] }
        for index in 0..<boundary.count {
            guard Self.isBoundaryByte(boundary[index]) else { return nil }
            delimiter[index + 4] = boundary[index]
        }
        delimiterCount = boundary.count + 4
        self.names = names
        self.active = names.protecting(active).union(names.redirecting)
    }

    /// Letters, digits and the marks of RFC 2046 section 5.1.1, but no blank.
    private static func isBoundaryByte(_ byte: UInt8) -> Bool {
        let folded = byte | 0x20
        return folded >= 0x61 && folded <= 0x7A || byte.isDigit || (byte >= 0x27 && byte <= 0x2F && byte != .asterisk)
            || byte == .colon || byte == .equals || byte == 0x3F || byte == .underscore
    }

    /// Reads all of `bytes`, which continue the body. After an error every further call throws it again.
    package mutating func next(_ bytes: Span<UInt8>) throws(MultipartError) {
        if let failure { throw failure }
        var index = 0
        do throws(MultipartError) {
            while index < bytes.count { index = try read(bytes, at: index) }
        } catch {
            failure = error
            throw error
        }
        offset += bytes.count
        if phase == .content, !protecting.isEmpty { submitted.rememberUnfinished(held.span) }
    }

    /// The body has ended.
    package mutating func finish() throws(MultipartError) {
        if let failure { throw failure }
        guard phase == .end, matched == 0 || matched == 2 else {
            failure = .truncated
            throw .truncated
        }
    }

    private mutating func read(_ bytes: Span<UInt8>, at index: Int) throws(MultipartError) -> Int {
        let byte = bytes[index]
        switch phase {
        case .delimiter:
            guard byte == delimiter[matched] else { throw .malformed(at: offset + index) }
            matched += 1
            if matched == delimiterCount { expect(.afterDelimiter) }
        case .afterDelimiter:
            if matched == 0 { mark = byte }
            let wanted: UInt8 = mark == .minus ? .minus : matched == 0 ? .carriageReturn : .lineFeed
            guard byte == wanted else { throw .malformed(at: offset + index) }
            matched += 1
            guard matched == 2 else { break }
            if mark == .minus {
                expect(.end)
            } else {
                guard parts < Self.maximumParts else { throw .tooManyParts }
                parts += 1
                held.removeAll()
                expect(.head)
            }
        case .head:
            held.append(byte)
            guard !held.isOver else { throw .partLimit(at: offset + index) }
            headEnd = headEnd << 8 | UInt32(byte)
            if headEnd == 0x0D0A_0D0A {
                try readHead(at: offset + index)
                held.removeAll()
                expect(.content)
            }
        case .content:
            return try readContent(bytes, at: index)
        case .end:
            guard matched < 2, byte == (matched == 0 ? .carriageReturn : .lineFeed) else {
                throw .malformed(at: offset + index)
            }
            matched += 1
        }
        return index + 1
    }

    private mutating func expect(_ next: Phase) {
        phase = next
        matched = 0
        headEnd = 0
    }

    /// Reads on until the delimiter is whole or the span ends.
    private mutating func readContent(_ bytes: Span<UInt8>, at start: Int) throws(MultipartError) -> Int {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte == delimiter[matched] {
                matched += 1
                index += 1
                guard matched == delimiterCount else { continue }
                try endPart()
                expect(.afterDelimiter)
                return index
            }
            // No prefix of the delimiter can begin within another: CR is its first byte only.
            if matched > 0 {
                for place in 0..<matched { try hold(delimiter[place], at: index) }
                matched = 0
                continue
            }
            try hold(byte, at: index)
            index += 1
        }
        return index
    }

    private mutating func hold(_ byte: UInt8, at index: Int) throws(MultipartError) {
        guard !protecting.isEmpty else { return }
        held.append(byte)
        guard !held.isOver else { throw .partLimit(at: offset + index) }
    }

    /// The content of a part is whole.
    private mutating func endPart() throws(MultipartError) {
        guard !protecting.isEmpty else { return }
        let text = UnescapedText(plain: held.span)
        let treatment = names.rules.treatment(of: protecting)
        if text.containsMask { throw .mask(protecting) }
        if treatment == .lastFour, LastFour.isShown(text) { throw .mask(protecting) }
        submitted.rememberUnfinished(Span())
        submitted.remember(text, as: treatment)
    }

    private mutating func readHead(at end: Int) throws(MultipartError) {
        guard let name = PartHead.name(held.span) else { throw .malformed(at: end) }
        var matched: RuleMask = []
        var start = name.lowerBound
        // `cloud_connector[secret_key]`: each word between brackets counts.
        for index in name.lowerBound...name.upperBound {
            let isEnd = index == name.upperBound
            guard isEnd || held.span[index] == .openBracket || held.span[index] == .closeBracket else { continue }
            if index > start {
                var word = NameBuffer()
                word.append(held.span, start..<index)
                if word.count <= RedactionRules.maximumFieldBytes { matched.formUnion(try matching(word)) }
            }
            start = index + 1
        }
        protecting = names.protecting(matched)
        redirects.formUnion(matched.intersection(names.redirecting))
    }

    private func matching(_ word: NameBuffer) throws(MultipartError) -> RuleMask {
        var folded = NameBuffer()
        for index in 0..<word.count {
            let byte = word.span[index]
            folded.append(byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte)
        }
        if PartHead.equals(folded.span, 0..<folded.count, "_method") { throw .methodOverride }
        return names.rules.matching(word.span, 0..<word.count, among: active)
            .union(names.rules.matching(folded.span, 0..<folded.count, among: active))
    }
}
