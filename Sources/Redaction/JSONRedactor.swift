/// Replaces the protected values of one JSON document as it streams by, and proves the document well-formed.
///
/// It never copies, holds back or allocates: each `next` tells which bytes of the caller's span to hand on and
/// what to write after them. The caller loops until its span is consumed, and calls `finish` at the end of the
/// body. Nothing that was passed is a protected value, even when a later byte is refused; but only after
/// `finish` is the document known to be whole.
package struct JSONRedactor {
    /// What stands in a masked value's place: the appliance's own convention, as a JSON string.
    package static let mask: StaticString = "\"[censored]\""

    /// Values replaced so far.
    package private(set) var redactedCount = 0
    /// The rules that replaced a value so far.
    package private(set) var redactedRules: RuleMask = []

    private var scanner: JSONScanner
    /// The scanner is inside a value that is being replaced.
    private var isReplacing = false

    /// `active` are the rules that apply to this answer for this caller; with none, do without a redactor.
    package init(rules: RedactionRules, active: RuleMask, limits: RedactionLimits) {
        scanner = JSONScanner(rules: rules, active: active, limits: limits)
    }

    /// One step through `bytes`, which continue the body where the last step's `consumed` left it.
    ///
    /// After an error every further call throws it again.
    package mutating func next(_ bytes: Span<UInt8>) throws(RedactionError) -> RedactionStep {
        var passStart = 0
        if isReplacing {
            switch try scanner.scan(bytes, from: 0) {
            case .valueEnd(let index):
                isReplacing = false
                passStart = index
            case .spanEnd, .valueStart:
                // A protected value inside a protected value is no stop, so this is the end of the span.
                return step(bytes.count, pass: bytes.count..<bytes.count)
            }
        }
        switch try scanner.scan(bytes, from: passStart) {
        case .valueStart(let index, let rules):
            isReplacing = true
            redactedCount += 1
            redactedRules.formUnion(rules)
            return step(index, pass: passStart..<index, insertion: .mask)
        case .spanEnd, .valueEnd:
            return step(bytes.count, pass: passStart..<bytes.count)
        }
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
