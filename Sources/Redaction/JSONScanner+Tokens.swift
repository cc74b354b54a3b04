/// What the walk does once per token, or where documents are unusual.
extension JSONScanner {
    /// The active rules that protect the member name which ends before `end`. Inside a protected value names mean
    /// nothing: the whole value goes.
    @inline(__always)
    mutating func closeName(
        _ bytes: borrowing Span<UInt8>, from start: Int, to end: Int
    ) throws(RedactionError) -> RuleMask {
        let count = end &- start
        if nameBuffer.count == 0 && count <= limits.keyBytes {
            // An empty name shifts everything out.
            guard count <= RedactionRules.maximumFieldBytes,
                nameLengths >> UInt64(truncatingIfNeeded: count &- 1) & 1 == 1
            else { return [] }
            return protectedDepth < 0 ? rules.matching(bytes, start..<end, among: active) : []
        }
        return try closeBufferedName(bytes, from: start, to: end)
    }

    @inline(never)
    private mutating func closeBufferedName(
        _ bytes: borrowing Span<UInt8>, from start: Int, to end: Int
    ) throws(RedactionError) -> RuleMask {
        try checkToken(endsAt: end, limit: limits.keyBytes, reason: .keyLimit)
        nameBuffer.append(bytes, start..<end)
        defer { nameBuffer.removeAll() }
        guard protectedDepth < 0, nameBuffer.count <= RedactionRules.maximumFieldBytes else { return [] }
        return rules.matching(nameBuffer.span, 0..<nameBuffer.count, among: active)
    }

    @inline(never)
    mutating func readSequence(
        _ bytes: borrowing Span<UInt8>, from start: Int, collects: Bool
    ) throws(RedactionError) -> Int {
        do {
            return try sequence.read(bytes, from: start, collects: collects, into: &nameBuffer)
        } catch {
            throw fail(error.reason, at: error.index, in: collects ? .nameSequence : .valueSequence)
        }
    }

    /// Reads on in a number. True: it ended before `index`. False: the span ended first. Nil: the byte at `index`
    /// makes it wrong.
    @inline(__always)
    static func continueNumber(_ bytes: borrowing Span<UInt8>, at index: inout Int, state: inout State) -> Bool? {
        while index < bytes.count {
            let byte = bytes[index]
            switch (state, byte) {
            case (.integer, .zero ... .nine), (.fraction, .zero ... .nine), (.exponent, .zero ... .nine): break
            case (.minus, .zero): state = .leadingZero
            case (.minus, .zero ... .nine): state = .integer
            case (.leadingZero, .zero ... .nine): return nil
            case (.integer, .point), (.leadingZero, .point): state = .point
            case (.point, .zero ... .nine): state = .fraction
            case (.integer, .lowerE), (.leadingZero, .lowerE), (.fraction, .lowerE),
                (.integer, .upperE), (.leadingZero, .upperE), (.fraction, .upperE):
                state = .exponentMark
            case (.exponentMark, .plus), (.exponentMark, .minus): state = .exponentSign
            case (.exponentMark, .zero ... .nine), (.exponentSign, .zero ... .nine): state = .exponent
            case (.integer, _), (.leadingZero, _), (.fraction, _), (.exponent, _): return true
            default: return nil
            }
            index &+= 1
        }
        return false
    }

    /// Why `byte` begins no value.
    func reasonForNoValue(_ byte: UInt8, at index: Int) -> RedactionError.Reason {
        offset + index == 0 && byte >= 0xEF ? .byteOrderMark : .unexpectedByte
    }

    /// The watched name has ended.
    mutating func leaveName(matching rules: RuleMask) {
        isNameWatched = false
        protectingRules = rules
        state = rules.isEmpty ? .colon : .protectedColon
    }

    /// The protected value that begins now passes after all.
    mutating func passValue() { protectedDepth = -1 }

    /// After a stop where a value begins: steps over it if it is a string that stands in the span as a whole, and
    /// plain. Returns where it ended.
    @inline(__always)
    mutating func stepOverString(_ bytes: borrowing Span<UInt8>, at start: Int) -> Int? {
        guard bytes[start] == .quote, !isNameWatched else { return nil }
        let end = bytes.endOfPlainText(from: start &+ 1)
        guard end < bytes.count, bytes[end] == .quote else { return nil }
        protectedDepth = -1
        state = .afterValue
        return end &+ 1
    }

    /// A protected value ended before `index`.
    mutating func leaveValue(at index: Int) -> Stop {
        protectedDepth = -1
        state = .afterValue
        return .valueEnd(at: index)
    }

    /// The span has ended: keeps of the open token what the next span needs.
    @inline(never)
    mutating func suspend(_ bytes: borrowing Span<UInt8>, nameStart: Int) throws(RedactionError) {
        let end = bytes.count
        switch state {
        case .nameText:
            nameBuffer.append(bytes, nameStart..<end)
            try checkToken(endsAt: end, limit: limits.keyBytes, reason: .keyLimit)
        case .nameSequence:
            try checkToken(endsAt: end, limit: limits.keyBytes, reason: .keyLimit)
        case .minus, .leadingZero, .integer, .point, .fraction, .exponentMark, .exponentSign, .exponent:
            try checkToken(endsAt: end, limit: limits.numberBytes, reason: .numberLimit)
        case .failed:
            throw failure ?? RedactionError(.unexpectedByte, at: offset + end)
        case .value, .protectedValue, .firstElement, .firstName, .name, .colon, .protectedColon, .afterValue,
            .valueText, .valueSequence, .literal:
            break
        }
    }

    /// Refuses the current token if its bytes up to `end` of the span are more than `limit`.
    @inline(__always)
    mutating func checkToken(
        endsAt end: Int, limit: Int, reason: RedactionError.Reason
    ) throws(RedactionError) {
        guard offset &+ end &- tokenStart > limit else { return }
        throw refuse(RedactionError(reason, at: tokenStart + limit))
    }

    /// The error for the byte at `index` of the span; in a token that is too long already, its limit comes first,
    /// so that the error does not depend on where spans end.
    @inline(never)
    mutating func fail(_ reason: RedactionError.Reason, at index: Int, in open: State) -> RedactionError {
        let length = offset + index - tokenStart
        switch open {
        case .nameText, .nameSequence:
            if length > limits.keyBytes { return refuse(RedactionError(.keyLimit, at: tokenStart + limits.keyBytes)) }
        case .minus, .leadingZero, .integer, .point, .fraction, .exponentMark, .exponentSign, .exponent:
            if length > limits.numberBytes {
                return refuse(RedactionError(.numberLimit, at: tokenStart + limits.numberBytes))
            }
        case .value, .protectedValue, .firstElement, .firstName, .name, .colon, .protectedColon, .afterValue,
            .valueText, .valueSequence, .literal, .failed:
            break
        }
        return refuse(RedactionError(reason, at: offset + index))
    }

    private mutating func refuse(_ error: RedactionError) -> RedactionError {
        state = .failed
        failure = error
        return error
    }

    /// The document has ended.
    mutating func finish() throws(RedactionError) {
        switch state {
        case .afterValue, .leadingZero, .integer, .fraction, .exponent:
            if containers.depth > 0 { throw refuse(RedactionError(.truncated, at: offset)) }
            state = .afterValue
        case .value where containers.depth == 0:
            throw refuse(RedactionError(.empty, at: offset))
        case .failed:
            throw failure ?? RedactionError(.unexpectedByte, at: offset)
        case .value, .protectedValue, .firstElement, .firstName, .name, .colon, .protectedColon, .nameText,
            .nameSequence, .valueText, .valueSequence, .literal, .minus, .point, .exponentMark, .exponentSign:
            throw refuse(RedactionError(.truncated, at: offset))
        }
    }
}
