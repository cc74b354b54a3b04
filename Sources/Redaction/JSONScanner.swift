/// Walks one JSON document as it streams by, refuses what is not RFC 8259, and stops where a protected value
/// begins and where it ends. It knows nothing of what becomes of the value: redaction and, for request bodies,
/// the write-back guard react to the stops.
///
/// Stricter than the grammar in one point: an escaped half of a surrogate pair is refused, because readers
/// disagree on what it means, in member names above all.
struct JSONScanner {
    enum Stop {
        case spanEnd
        /// A value whose member name is protected by `rules` begins at this index of the span; with no rules, a
        /// member name, a string or a number (`stopsAtTexts`).
        case valueStart(at: Int, rules: RuleMask)
        /// That ended before this index of the span.
        case valueEnd(at: Int)
        /// The object at depth `containers.depth` + 1 ended before this index (`stopsAtObjectEnds`).
        case objectEnd(at: Int)
    }

    /// What the next byte belongs to.
    enum State: UInt8 {
        /// A value must come.
        case value
        /// The value of a protected member must come.
        case protectedValue
        /// After `[`: a value or `]`.
        case firstElement
        /// After `{`: a member name or `}`.
        case firstName
        /// After `,` in an object: a member name.
        case name
        case colon
        case protectedColon
        /// A comma, the end of the array or object, or only white space when none is open.
        case afterValue
        case nameText, nameSequence
        case valueText, valueSequence
        case literal
        // Numbers: what was read last.
        case minus, leadingZero, integer, point, fraction, exponentMark, exponentSign, exponent
        /// Refused; `failure` says why.
        case failed
    }

    let rules: RedactionRules
    let active: RuleMask
    let limits: RedactionLimits
    /// Bit n: an active rule's name has n + 1 bytes.
    let nameLengths: UInt64
    /// Every name, string and number that is in no protected value counts as a value that no rule protects.
    var stopsAtTexts = false
    var stopsAtObjectEnds = false

    var state = State.value
    /// Offset in the document of the span's first byte.
    var offset = 0
    var failure: RedactionError?
    var containers = ContainerStack()
    /// The depth at which the protected value that is being walked began; -1 outside of one.
    var protectedDepth = -1
    var protectingRules: RuleMask = []
    /// In a member name at which the walk has stopped (`stopsAtTexts`).
    var isNameWatched = false
    /// Offset in the document of the first byte of the current member name (after its quote) or number.
    var tokenStart = 0
    /// What earlier spans and escapes brought of the current member name.
    var nameBuffer = NameBuffer()
    var sequence = TextSequence()
    var literal = Literal.null

    init(rules: RedactionRules, active: RuleMask, limits: RedactionLimits) {
        self.rules = rules
        self.active = active.intersection(rules.all)
        self.limits = limits
        nameLengths = rules.nameLengths(of: active)
    }

    /// The next span will begin `count` bytes further in the document.
    mutating func advance(by count: Int) { offset += count }

    /// Walks from index `start` of `bytes` to the next stop.
    mutating func scan(_ bytes: borrowing Span<UInt8>, from start: Int) throws(RedactionError) -> Stop {
        let end = bytes.count
        var index = start
        var state = self.state
        /// First byte of the current member name in this span that is not in `nameBuffer`.
        var nameStart = start

        scanning: while index < end {
            switch state {
            case .nameText:
                index = bytes.endOfPlainText(from: index)
                guard index < end else { break scanning }
                guard bytes[index] == .quote else {
                    nameBuffer.append(bytes, nameStart..<index)
                    state = .nameSequence
                    continue
                }
                let matched = try closeName(bytes, from: nameStart, to: index)
                index &+= 1
                if isNameWatched {
                    leaveName(matching: matched)
                    return .valueEnd(at: index)
                }
                guard matched.isEmpty else {
                    protectingRules = matched
                    state = .protectedColon
                    continue
                }
                // The common spellings have no white space here, and are walked over at once.
                guard index < end && bytes[index] == .colon else {
                    state = .colon
                    continue
                }
                index &+= 1
                if index < end && bytes[index] == .quote && !stopsAtTexts {
                    index &+= 1
                    state = .valueText
                } else {
                    state = .value
                }
                continue

            case .valueText:
                index = bytes.endOfPlainText(from: index)
                guard index < end else { break scanning }
                guard bytes[index] == .quote else {
                    state = .valueSequence
                    continue
                }
                index &+= 1
                state = .afterValue
                if containers.depth == protectedDepth { return leaveValue(at: index) }
                continue

            case .nameSequence, .valueSequence:
                let collects = state == .nameSequence
                index = try readSequence(bytes, from: index, collects: collects)
                if sequence.isComplete { state = collects ? .nameText : .valueText }
                nameStart = index
                continue

            case .afterValue:
                let byte = bytes[index]
                switch byte {
                case .comma:
                    switch containers.top {
                    case .object:
                        state = .name
                        guard index &+ 1 < end && bytes[index &+ 1] == .quote && !stopsAtTexts else { break }
                        index &+= 1
                        tokenStart = offset &+ index &+ 1
                        nameStart = index &+ 1
                        state = .nameText
                    case .array: state = .value
                    case .none: throw fail(.trailingContent, at: index, in: state)
                    }
                    index &+= 1
                case .closeBrace, .closeBracket:
                    guard containers.top == (byte == .closeBrace ? .object : .array) else {
                        throw fail(containers.top == .none ? .trailingContent : .unexpectedByte, at: index, in: state)
                    }
                    containers.pop()
                    index &+= 1
                    if containers.depth == protectedDepth { return leaveValue(at: index) }
                    if stopsAtObjectEnds && byte == .closeBrace && protectedDepth < 0 {
                        self.state = .afterValue
                        return .objectEnd(at: index)
                    }
                case .space, .lineFeed, .carriageReturn, .tab:
                    index &+= 1
                default:
                    throw fail(containers.top == .none ? .trailingContent : .unexpectedByte, at: index, in: state)
                }
                continue

            case .name, .firstName:
                let byte = bytes[index]
                if byte == .quote && stopsAtTexts && protectedDepth < 0 && !isNameWatched {
                    isNameWatched = true
                    self.state = state
                    return .valueStart(at: index, rules: [])
                }
                index &+= 1
                if byte == .quote {
                    tokenStart = offset &+ index
                    nameStart = index
                    state = .nameText
                } else if byte == .closeBrace && state == .firstName {
                    index &-= 1
                    state = .afterValue
                } else if !byte.isWhiteSpace {
                    throw fail(.unexpectedByte, at: index &- 1, in: state)
                }
                continue

            case .colon, .protectedColon:
                let byte = bytes[index]
                if byte == .colon {
                    state = state == .colon ? .value : .protectedValue
                } else if !byte.isWhiteSpace {
                    throw fail(.unexpectedByte, at: index, in: state)
                }
                index &+= 1
                continue

            case .protectedValue:
                guard !bytes[index].isWhiteSpace else {
                    index &+= 1
                    continue
                }
                protectedDepth = containers.depth
                self.state = .value
                return .valueStart(at: index, rules: protectingRules)

            case .value, .firstElement:
                let byte = bytes[index]
                switch byte {
                case .quote:
                    if stopsAtTexts && protectedDepth < 0 {
                        protectedDepth = containers.depth
                        self.state = .value
                        return .valueStart(at: index, rules: [])
                    }
                    state = .valueText
                case .openBrace, .openBracket:
                    guard containers.depth < limits.depth else { throw fail(.depthLimit, at: index, in: state) }
                    containers.push(byte == .openBrace ? .object : .array)
                    state = byte == .openBrace ? .firstName : .firstElement
                case .closeBracket where state == .firstElement:
                    state = .afterValue
                    continue
                case .minus, .zero ... .nine:
                    if stopsAtTexts && protectedDepth < 0 {
                        guard containers.depth > 0 else { throw fail(.unexpectedByte, at: index, in: state) }
                        protectedDepth = containers.depth
                        self.state = .value
                        return .valueStart(at: index, rules: [])
                    }
                    tokenStart = offset &+ index
                    state = byte == .minus ? .minus : byte == .zero ? .leadingZero : .integer
                case .lowerN, .lowerT, .lowerF:
                    literal = Literal(first: byte)
                    if literal.isWhole(in: bytes, from: index) {
                        index &+= literal.count
                        state = .afterValue
                        if containers.depth == protectedDepth { return leaveValue(at: index) }
                        continue
                    }
                    state = .literal
                case .space, .lineFeed, .carriageReturn, .tab:
                    break
                default:
                    throw fail(reasonForNoValue(byte, at: index), at: index, in: state)
                }
                index &+= 1
                continue

            case .literal:
                guard bytes[index] == literal.next else { throw fail(.invalidLiteral, at: index, in: state) }
                index &+= 1
                guard literal.advance() else { continue }

            case .integer, .leadingZero, .minus, .point, .fraction, .exponentMark, .exponentSign, .exponent:
                guard let ended = Self.continueNumber(bytes, at: &index, state: &state) else {
                    throw fail(.invalidNumber, at: index, in: state)
                }
                guard ended else { break scanning }
                try checkToken(endsAt: index, limit: limits.numberBytes, reason: .numberLimit)

            case .failed:
                throw failure ?? RedactionError(.unexpectedByte, at: offset &+ index)
            }
            // A number or a slowly read literal has ended.
            state = .afterValue
            if containers.depth == protectedDepth { return leaveValue(at: index) }
        }

        self.state = state
        try suspend(bytes, nameStart: nameStart)
        return .spanEnd
    }
}
