/// Replaces the protected values of one JSON document as it streams by, and proves the document well-formed.
///
/// It never allocates. Each `next` tells which bytes of the caller's span to hand on and what to write after them;
/// the caller loops until its span is consumed, and calls `finish` at the end of the body. Only values of which
/// part may pass are held back, up to `heldBytes`; a longer one is masked whole. Nothing that was passed is a
/// protected value, even when a later byte is refused; but only after `finish` is the document known to be whole.
package struct JSONRedactor: ~Copyable {
    /// What stands in a masked value's place: the appliance's own convention, as a JSON string.
    package static let mask: StaticString = "\"[censored]\""
    /// The longest value, in bytes as sent, that is looked into for credentials or echoes.
    package static let heldBytes = HeldValue.capacity

    /// Values replaced so far, wholly or in part.
    package private(set) var redactedCount = 0
    /// The rules that replaced a value so far.
    package private(set) var redactedRules: RuleMask = []
    /// Texts replaced so far because they held a submitted secret.
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
    private var echoes: SubmittedSecrets?

    /// - Parameters:
    ///   - active: the rules that apply to this answer for this caller; with none and no echoes, do without a
    ///     redactor.
    ///   - echoes: secrets of the request, which the answer may not repeat in any name, string or number. More may be
    ///     added as long as they are open; a number that is the whole document is then refused, as it has no end.
    package init(
        rules: RedactionRules, active: RuleMask, limits: RedactionLimits, echoes: SubmittedSecrets? = nil
    ) {
        scanner = JSONScanner(rules: rules, active: active, limits: limits)
        scanner.stopsAtTexts = Self.looksForEchoes(echoes)
        self.echoes = echoes
    }

    /// Begins with another answer. The storage is large: who redacts many answers keeps one redactor.
    package mutating func begin(
        rules: RedactionRules, active: RuleMask, limits: RedactionLimits, echoes: SubmittedSecrets? = nil
    ) {
        forget()
        scanner = JSONScanner(rules: rules, active: active, limits: limits)
        scanner.stopsAtTexts = Self.looksForEchoes(echoes)
        self.echoes = echoes
        redactedCount = 0
        redactedRules = []
        echoCount = 0
        progress = .passing
    }

    /// Overwrites what is held, and lets go of the submitted secrets.
    package mutating func forget() {
        held.forget()
        echoes = nil
    }

    private static func looksForEchoes(_ echoes: SubmittedSecrets?) -> Bool { echoes.map { $0.isOpen || !$0.isEmpty } ?? false }

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
            return try hold(bytes, rules)
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
        var index = passStart
        while case .valueStart(let start, let rules) = try scanner.scan(bytes, from: index) {
            let treatment = rules.isEmpty ? nil : scanner.rules.treatment(of: rules)
            let stringEnd = scanner.stepOverString(bytes, at: start)
            if treatment == .mask {
                count(rules)
                if let stringEnd { return step(stringEnd, pass: passStart..<start, insertion: .mask) }
                progress = .replacing
                return step(start, pass: passStart..<start, insertion: .mask)
            }
            if let treatment, treatment != .lastFour, bytes[start] == .lowerN {
                // A null holds no credential.
                scanner.passValue()
                index = start
                continue
            }
            var end = stringEnd
            if end == nil { end = try endOfValue(bytes, from: start) }
            guard let end else {
                held.removeAll()
                held.append(bytes, start..<bytes.count)
                progress = .holding(rules)
                return step(bytes.count, pass: passStart..<start)
            }
            let insertion = judge(bytes.extracting(start..<end), rules, isPlain: stringEnd != nil)
            guard insertion == .none else { return step(end, pass: passStart..<start, insertion: insertion) }
            index = end
        }
        return step(bytes.count, pass: passStart..<bytes.count)
    }

    /// Nil when the value goes on in the next span.
    private mutating func endOfValue(_ bytes: Span<UInt8>, from start: Int) throws(RedactionError) -> Int? {
        guard case .valueEnd(let end) = try scanner.scan(bytes, from: start) else { return nil }
        return end
    }

    /// Holds back a value that began in an earlier span, and at its end decides what of it passes.
    @inline(never)
    private mutating func hold(_ bytes: Span<UInt8>, _ rules: RuleMask) throws(RedactionError) -> RedactionStep {
        guard case .valueEnd(let end) = try scanner.scan(bytes, from: 0) else {
            held.append(bytes, 0..<bytes.count)
            return step(bytes.count, pass: 0..<0)
        }
        held.append(bytes, 0..<end)
        progress = .passing
        let value = held
        let insertion = judge(value.isOver ? Span() : value.span, rules)
        if insertion == .none { held = value }
        return step(end, pass: 0..<0, insertion: insertion == .none ? .composed : insertion)
    }

    /// What stands for the whole value `raw`; none: it passes as it is. An empty one was too long to be held.
    private mutating func judge(_ raw: Span<UInt8>, _ rules: RuleMask, isPlain: Bool = false) -> RedactionInsertion {
        var insertion = RedactionInsertion.none
        if !rules.isEmpty {
            switch ValueMasking.mask(raw, by: scanner.rules.treatment(of: rules), isPlain: isPlain, into: &held) {
            case .unchanged: break
            case .partly: insertion = .composed
            case .whole: insertion = .mask
            }
            if insertion != .none { count(rules) }
        }
        guard insertion != .mask, let echoes else { return insertion }
        let isRepeated = insertion == .none ? echoes.areRepeated(in: raw) : echoes.areRepeated(in: held.span)
        guard isRepeated else { return insertion }
        echoCount += 1
        return .mask
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
