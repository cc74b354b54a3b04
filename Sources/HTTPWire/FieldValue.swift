/// Walks the elements of a comma-separated field value (`#element`, RFC 9110 section 5.6.1).
///
/// Elements come without the white space around them and empty ones are skipped. Commas inside quoted strings do
/// not separate.
package struct ListCursor: Sendable {
    private var position: Int
    private let limit: Int

    /// Walks `value`, a range of the span that `next(in:)` is then given.
    package init(_ value: ByteRange) {
        position = value.start
        limit = value.end
    }

    /// The next element; nil at the end.
    package mutating func next(in bytes: Span<UInt8>) -> ByteRange? {
        nil
    }
}
