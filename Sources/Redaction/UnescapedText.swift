/// The text of one JSON string, unescaped.
///
/// A string without escapes, as nearly all are, is read where it stands.
struct UnescapedText: ~Copyable, ~Escapable {
    private let raw: Span<UInt8>
    private let content: Range<Int>
    private let isDecoded: Bool
    /// Used only if there are escapes; filled in place, because a copy would cost more than the search.
    private var decoded: InlineArray<4096, UInt8> = .init(repeating: 0)
    private(set) var count: Int

    /// Reads the string whose content is `range` of `raw`, without its quotes: well-formed, of a `HeldValue`.
    @_lifetime(copy raw)
    init(_ raw: Span<UInt8>, _ range: Range<Int>) {
        self.raw = raw
        content = range
        count = range.count
        isDecoded = Self.hasEscape(raw, range)
        if isDecoded { decode() }
    }

    /// All of `raw`, which has no escapes.
    @_lifetime(copy raw)
    init(plain raw: Span<UInt8>) {
        self.raw = raw
        content = 0..<raw.count
        count = raw.count
        isDecoded = false
    }

    private static func hasEscape(_ raw: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range where raw[index] == .backslash { return true }
        return false
    }

    subscript(index: Int) -> UInt8 {
        @inline(__always)
        get { isDecoded ? decoded[index] : raw[content.lowerBound &+ index] }
    }

    @inline(never)
    @_lifetime(self: copy self)
    private mutating func decode() {
        count = 0
        var index = content.lowerBound
        while index < content.upperBound {
            var unit = NameBuffer()
            index = Self.readUnit(raw, at: index, limit: content.upperBound, into: &unit)
            for place in 0..<unit.count where count < HeldValue.capacity {
                decoded[count] = unit.span[place]
                count += 1
            }
        }
    }

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

    /// Where in the raw bytes the text from `index` on begins.
    func origin(_ index: Int) -> Int {
        guard isDecoded, index < count else { return index < count ? content.lowerBound + index : content.upperBound }
        var place = content.lowerBound
        var left = index
        while place < content.upperBound {
            var unit = NameBuffer()
            let next = Self.readUnit(raw, at: place, limit: content.upperBound, into: &unit)
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
