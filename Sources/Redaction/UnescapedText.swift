/// The text of one JSON string, unescaped, each byte with the place it came from.
///
/// Noncopyable because of its size, 12 KB, not because it owns anything.
struct UnescapedText: ~Copyable {
    private var bytes: InlineArray<4096, UInt8> = .init(repeating: 0)
    private var origins: InlineArray<4096, UInt16> = .init(repeating: 0)
    private(set) var count = 0
    private var end = 0

    /// Reads the string whose content is `range` of `raw`, without its quotes: well-formed, of a `HeldValue`.
    init(_ raw: borrowing Span<UInt8>, _ range: Range<Int>) {
        end = range.upperBound
        var sequence = TextSequence()
        var index = range.lowerBound
        while index < range.upperBound {
            guard raw[index] == .backslash else {
                append(raw[index], from: index)
                index += 1
                continue
            }
            let start = index
            var escaped = NameBuffer()
            repeat {
                // One byte at a time, to stop where the escape ends.
                let isRead = (try? sequence.read(raw.extracting(index...index), from: 0, collects: true, into: &escaped))
                guard isRead != nil else { return }
                index += 1
            } while !sequence.isComplete && index < range.upperBound
            for byte in 0..<escaped.count { append(escaped.span[byte], from: start) }
        }
    }

    private mutating func append(_ byte: UInt8, from origin: Int) {
        guard count < HeldValue.capacity else { return }
        bytes[count] = byte
        origins[count] = UInt16(truncatingIfNeeded: origin)
        count += 1
    }

    var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting(first: count) }
    }

    var containsMask: Bool { bytes.span.extracting(first: count).containsMask }

    subscript(index: Int) -> UInt8 { bytes[index] }

    /// Where in the raw bytes the text from `index` on begins.
    func origin(_ index: Int) -> Int { index < count ? Int(origins[index]) : end }
}
