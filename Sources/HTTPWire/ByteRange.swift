/// A run of bytes by offset: where a head's part lies in the span that the head was parsed from.
///
/// Offsets are 32 bits wide because a head is bounded by `HTTPLimits` long before two gigabytes.
@frozen @usableFromInline package struct ByteRange: Equatable, Sendable {
    @usableFromInline var first: Int32
    @usableFromInline var length: Int32

    @inlinable package init(start: Int, count: Int) {
        first = Int32(start)
        length = Int32(count)
    }

    @inlinable package init(_ range: Range<Int>) {
        self.init(start: range.lowerBound, count: range.count)
    }

    /// No bytes at the very start: the value of a part that is absent.
    @inlinable package static var empty: ByteRange { ByteRange(start: 0, count: 0) }

    @inlinable package var start: Int { Int(first) }
    @inlinable package var count: Int { Int(length) }
    @inlinable package var end: Int { Int(first) &+ Int(length) }
    @inlinable package var isEmpty: Bool { length == 0 }
    @inlinable package var range: Range<Int> { start..<end }
}

extension Span where Element == UInt8 {
    /// The bytes of `part`; traps when `part` does not lie inside, as any subscript would.
    @inlinable package subscript(part: ByteRange) -> Span<UInt8> {
        @_lifetime(copy self)
        get { extracting(part.range) }
    }
}
