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

    package init(rules: RedactionRules, active: RuleMask, limits: RedactionLimits) {
    }

    package mutating func next(_ bytes: Span<UInt8>) throws(RedactionError) -> RedactionStep {
        // Nothing passes until the scanner is in place.
        throw RedactionError(.unexpectedByte, at: 0)
    }

    /// The body has ended: throws unless it was exactly one whole JSON value.
    package mutating func finish() throws(RedactionError) {
        throw RedactionError(.truncated, at: 0)
    }
}
