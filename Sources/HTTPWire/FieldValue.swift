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
        while position < limit {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x09 || byte == 0x2c else { break }
            position &+= 1
        }
        guard position < limit else { return nil }
        let first = position
        var quoted = false
        while position < limit {
            let byte = bytes[position]
            if byte == 0x22 {
                quoted.toggle()
            } else if quoted && byte == 0x5c {
                // A quoted pair: the next byte is only itself.
                position &+= 1
            } else if !quoted && byte == 0x2c {
                break
            }
            position &+= 1
        }
        position = min(position, limit)
        var last = position
        while last > first, bytes[last &- 1] == 0x20 || bytes[last &- 1] == 0x09 { last &-= 1 }
        return ByteRange(start: first, count: last &- first)
    }
}
