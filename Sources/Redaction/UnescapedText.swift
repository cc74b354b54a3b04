/// The text of one JSON string, unescaped.
///
/// A string without escapes, as nearly all are, is read where it stands.
struct UnescapedText: ~Copyable, ~Escapable {
    private let bytes: Span<UInt8>

    /// Text that has no escapes.
    @_lifetime(copy bytes)
    init(plain bytes: Span<UInt8>) { self.bytes = bytes }

    var count: Int { bytes.count }

    var span: Span<UInt8> {
        @_lifetime(copy self)
        get { bytes }
    }

    subscript(index: Int) -> UInt8 {
        @inline(__always)
        get { bytes[index] }
    }

    /// Calls `body` with the string whose content is `content` of `raw`, without its quotes: well-formed, of a
    /// `HeldValue`.
    ///
    /// Only a string with escapes is decoded, for the time of the call: to make room for it costs more than most
    /// searches.
    @inline(__always)
    static func read<Result>(
        _ raw: Span<UInt8>, _ content: Range<Int>, _ body: (borrowing UnescapedText) -> Result
    ) -> Result {
        guard hasEscape(raw, content) else { return body(UnescapedText(plain: raw.extracting(content))) }
        return readDecoded(raw, content, body)
    }

    @inline(never)
    private static func readDecoded<Result>(
        _ raw: Span<UInt8>, _ content: Range<Int>, _ body: (borrowing UnescapedText) -> Result
    ) -> Result {
        var decoded = HeldValue()
        decode(raw, content, into: &decoded)
        return body(UnescapedText(plain: decoded.span))
    }

    static func decode(_ raw: Span<UInt8>, _ content: Range<Int>, into decoded: inout HeldValue) {
        var index = content.lowerBound
        while index < content.upperBound {
            var unit = NameBuffer()
            index = readUnit(raw, at: index, limit: content.upperBound, into: &unit)
            for place in 0..<unit.count { decoded.append(unit.span[place]) }
        }
    }

    @inline(__always)
    static func hasEscape(_ raw: Span<UInt8>, _ range: Range<Int>) -> Bool { raw.holds(.backslash, in: range) }

    /// Reads one byte of plain text or one escape; returns where the next begins.
    private static func readUnit(
        _ raw: Span<UInt8>, at start: Int, limit: Int, into unit: inout NameBuffer
    ) -> Int {
        guard raw[start] == .backslash else {
            unit.append(raw[start])
            return start + 1
        }
        var sequence = TextSequence()
        var index = start
        repeat {
            // One byte at a time, to stop where the escape ends.
            let byte = raw.extracting(index...index)
            guard (try? sequence.read(byte, from: 0, collects: true, into: &unit)) != nil else { return limit }
            index += 1
        } while !sequence.isComplete && index < limit
        return index
    }

    /// Where in `raw` the text of `content` from `index` on begins.
    static func origin(_ index: Int, _ raw: Span<UInt8>, _ content: Range<Int>) -> Int {
        guard hasEscape(raw, content) else { return min(content.lowerBound + index, content.upperBound) }
        var place = content.lowerBound
        var left = index
        while place < content.upperBound {
            var unit = NameBuffer()
            let next = readUnit(raw, at: place, limit: content.upperBound, into: &unit)
            guard left >= unit.count else { return place }
            left -= unit.count
            place = next
        }
        return content.upperBound
    }

    var containsMask: Bool {
        guard count >= HeldValue.mask.count else { return false }
        for start in 0...count - HeldValue.mask.count where isMask(at: start) { return true }
        return false
    }

    private func isMask(at start: Int) -> Bool {
        for index in 0..<HeldValue.mask.count where self[start + index] != HeldValue.mask[index] { return false }
        return true
    }
}
