/// What the caller writes after the passed bytes of a step.
package enum RedactionInsertion: Sendable, Hashable {
    case none
    /// `JSONRedactor.mask`, quotes included.
    case mask
    /// The bytes of `JSONRedactor.composed`: a value that was held back, with its credentials masked.
    case composed
}

/// One step through a span: hand on `pass`, write `insertion`, continue after `consumed` bytes.
package struct RedactionStep: Sendable, Hashable {
    /// Bytes of the span that are done with, at least 1 unless the span is empty or an insertion is due.
    package let consumed: Int
    /// Bytes of the span to hand on unchanged; ends at or before `consumed`.
    package let pass: Range<Int>
    package let insertion: RedactionInsertion
}
