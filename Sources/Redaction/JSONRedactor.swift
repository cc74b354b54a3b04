/// Replaces the protected values of one JSON document as it streams by, and proves the document well-formed.
///
/// It never allocates. Each `next` tells which bytes of the caller's span to hand on and what to write after them;
/// the caller loops until its span is consumed, and calls `finish` at the end of the body. Only values of which
/// part may pass are held back, up to `heldBytes`; a longer one is masked whole. Nothing that was passed is a
/// protected value, even when a later byte is refused; but only after `finish` is the document known to be whole.
package struct JSONRedactor {
    /// What stands in a masked value's place: the appliance's own convention, as a JSON string.
    package static let mask: StaticString = "\"[censored]\""
    /// The longest value, in bytes as sent, that is looked into for credentials or echoes.
    package static let heldBytes = HeldValue.capacity

    /// Values replaced so far, wholly or in part.
    package private(set) var redactedCount = 0
    /// The rules that replaced a value so far.
    package private(set) var redactedRules: RuleMask = []
    /// Strings replaced so far because they held a submitted secret.
    package private(set) var echoCount = 0

    private enum Progress {
        case passing
        /// Inside a value whose mask has been written.
        case replacing
        /// Inside a value that is looked into at its end.
        case holding(RuleMask)
    }

    private var scanner: JSONScanner
    private var progress = Progress.passing
    private var held = HeldValue()
    private let echoes: SubmittedSecrets

    /// - Parameters:
    ///   - active: the rules that apply to this answer for this caller; with none and no echoes, do without a
    ///     redactor.
    ///   - echoes: secrets of the request, which the answer may not repeat in any string.
    package init(
        rules: RedactionRules, active: RuleMask, limits: RedactionLimits, echoes: SubmittedSecrets = SubmittedSecrets()
    ) {
        scanner = JSONScanner(rules: rules, active: active, limits: limits)
        scanner.stopsAtStrings = !echoes.isEmpty
        self.echoes = echoes
    }

    /// What `RedactionInsertion.composed` stands for; until the next call of `next`.
    package var composed: Span<UInt8> {
        @_lifetime(borrow self)
        get { held.span }
    }

    /// One step through `bytes`, which continue the body where the last step's `consumed` left it.
    ///
    /// After an error every further call throws it again.
    package mutating func next(_ bytes: Span<UInt8>) throws(RedactionError) -> RedactionStep {
        var passStart = 0
        switch progress {
        case .passing: break
        case .holding(let rules):
            return try hold(bytes, from: 0, pass: 0..<0, rules)
        case .replacing:
            switch try scanner.scan(bytes, from: 0) {
            case .valueEnd(let index):
                progress = .passing
                passStart = index
            case .spanEnd, .valueStart, .objectEnd:
                // A protected value inside a protected value is no stop, so this is the end of the span.
                return step(bytes.count, pass: bytes.count..<bytes.count)
            }
        }
        switch try scanner.scan(bytes, from: passStart) {
        case .valueStart(let index, let rules):
            guard !rules.isEmpty, scanner.rules.treatment(of: rules) == .mask else {
                held.removeAll()
                progress = .holding(rules)
                return try hold(bytes, from: index, pass: passStart..<index, rules)
            }
            progress = .replacing
            count(rules)
            return step(index, pass: passStart..<index, insertion: .mask)
        case .spanEnd, .valueEnd, .objectEnd:
            return step(bytes.count, pass: passStart..<bytes.count)
        }
    }

    /// Holds back the value that goes on at `start`, and at its end decides what of it passes.
    @inline(never)
    private mutating func hold(
        _ bytes: Span<UInt8>, from start: Int, pass: Range<Int>, _ rules: RuleMask
    ) throws(RedactionError) -> RedactionStep {
        guard case .valueEnd(let end) = try scanner.scan(bytes, from: start) else {
            held.append(bytes, start..<bytes.count)
            return step(bytes.count, pass: pass)
        }
        held.append(bytes, start..<end)
        progress = .passing
        var insertion = RedactionInsertion.composed
        if !rules.isEmpty {
            switch ValueMasking.mask(&held, by: scanner.rules.treatment(of: rules)) {
            case .unchanged: break
            case .partly: count(rules)
            case .whole:
                count(rules)
                insertion = .mask
            }
        }
        if insertion == .composed && echoes.areRepeated(in: held) {
            echoCount += 1
            insertion = .mask
        }
        return step(end, pass: pass, insertion: insertion)
    }

    private mutating func count(_ rules: RuleMask) {
        redactedCount += 1
        redactedRules.formUnion(rules)
    }

    private mutating func step(
        _ consumed: Int, pass: Range<Int>, insertion: RedactionInsertion = .none
    ) -> RedactionStep {
        scanner.advance(by: consumed)
        return RedactionStep(consumed: consumed, pass: pass, insertion: insertion)
    }

    /// The body has ended: throws unless it was exactly one whole JSON value.
    package mutating func finish() throws(RedactionError) {
        try scanner.finish()
    }
}
