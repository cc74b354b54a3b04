import HTTPWire

/// Words in the canonical bytes of a query, where every escape is `%XX` and stands for one byte.
extension CanonicalForm {
    func mentions(_ word: [UInt8], in range: Range<Int>) -> Bool {
        guard !word.isEmpty else { return false }
        let bytes = canonicalBytes
        var start = range.lowerBound
        while start < range.upperBound {
            if end(of: word, bytes, from: start, limit: range.upperBound, foldingCase: true) != nil { return true }
            start += bytes[start] == 0x25 ? 3 : 1
        }
        return false
    }

    func spells(_ word: [UInt8], in range: Range<Int>) -> Bool {
        end(of: word, canonicalBytes, from: range.lowerBound, limit: range.upperBound, foldingCase: false)
            == range.upperBound
    }

    /// Where `word` ends if it begins at `start`.
    private func end(
        of word: [UInt8], _ bytes: Span<UInt8>, from start: Int, limit: Int, foldingCase: Bool
    ) -> Int? {
        var index = start
        for wanted in word {
            guard index < limit else { return nil }
            var byte = bytes[index]
            if byte == 0x25 {
                guard let value = TargetBytes.escaped(bytes, at: index, limit: limit) else { return nil }
                byte = value
                index += 3
            } else {
                index += 1
            }
            guard (foldingCase ? TargetBytes.lowercased(byte) : byte) == wanted else { return nil }
        }
        return index
    }
}
