/// Reads the head of one part of a multipart/form-data body.
enum PartHead {
    /// The place of the part's name, without its quotes; nil unless the head is one Content-Disposition of the plain
    /// form `form-data; name="..."; filename="..."` and at most one Content-Type. Rack searches the line for `name=`
    /// wherever it stands, so nothing that could look like a second one may.
    static func name(_ head: borrowing Span<UInt8>) -> Range<Int>? {
        var start = 0
        var name: Range<Int>?
        var hasType = false
        while start < head.count - 2 {
            var end = start
            while end < head.count, head[end] != .carriageReturn {
                guard head[end] >= .space && head[end] != 0x7F || head[end] == .tab else { return nil }
                end += 1
            }
            guard end + 1 < head.count, head[end + 1] == .lineFeed else { return nil }
            guard let colon = firstColon(head, start..<end) else { return nil }
            if equals(head, start..<colon, "content-disposition") {
                guard name == nil, let found = disposition(head, colon + 1..<end) else { return nil }
                name = found
            } else if equals(head, start..<colon, "content-type"), !hasType {
                hasType = true
            } else {
                return nil
            }
            start = end + 2
        }
        return name
    }

    /// Letters compare without case; `word` is in lower case.
    static func equals(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>, _ word: StaticString) -> Bool {
        let name = MemberName(word.description.utf8)
        guard range.count == name.count else { return false }
        for index in 0..<name.count {
            let byte = bytes[range.lowerBound + index]
            let folded = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            guard folded == UInt8(truncatingIfNeeded: name.words[index / 8] >> UInt64(index % 8 * 8)) else {
                return false
            }
        }
        return true
    }

    private static func firstColon(_ head: borrowing Span<UInt8>, _ range: Range<Int>) -> Int? {
        for index in range where head[index] == .colon { return index }
        return nil
    }

    /// `form-data`, then parameters, each once; returns the value of `name`.
    private static func disposition(_ head: borrowing Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
        var index = skipBlanks(head, range.lowerBound, range.upperBound)
        let type = index
        index = endOfToken(head, index, range.upperBound)
        guard equals(head, type..<index, "form-data") else { return nil }
        var name: Range<Int>?
        var hasFile = false
        var hasEncodedFile = false
        while true {
            index = skipBlanks(head, index, range.upperBound)
            guard index < range.upperBound else { return name }
            guard head[index] == .semicolon else { return nil }
            index = skipBlanks(head, index + 1, range.upperBound)
            let parameter = index
            index = endOfToken(head, index, range.upperBound)
            let key = parameter..<index
            guard index < range.upperBound, head[index] == .equals,
                let value = value(head, index + 1, range.upperBound)
            else { return nil }
            index = value.end
            if equals(head, key, "name"), name == nil, !value.content.isEmpty {
                // Escapes are read differently by everybody.
                for place in value.content where head[place] == .percent { return nil }
                name = value.content
            } else if equals(head, key, "filename"), !hasFile {
                hasFile = true
            } else if equals(head, key, "filename*"), !hasEncodedFile {
                hasEncodedFile = true
            } else {
                return nil
            }
        }
    }

    /// A token or a quoted string without backslashes and semicolons.
    private static func value(
        _ head: borrowing Span<UInt8>, _ start: Int, _ limit: Int
    ) -> (content: Range<Int>, end: Int)? {
        guard start < limit else { return nil }
        guard head[start] == .quote else {
            let end = endOfToken(head, start, limit)
            return (start..<end, end)
        }
        var end = start + 1
        while end < limit, head[end] != .quote {
            guard head[end] != .backslash, head[end] != .semicolon else { return nil }
            end += 1
        }
        guard end < limit else { return nil }
        return (start + 1..<end, end + 1)
    }

    private static func skipBlanks(_ head: borrowing Span<UInt8>, _ start: Int, _ limit: Int) -> Int {
        var index = start
        while index < limit, head[index] == .space || head[index] == .tab { index += 1 }
        return index
    }

    /// Brackets are no token bytes (RFC 9110 section 5.6.2), but unquoted names have them.
    private static func endOfToken(_ head: borrowing Span<UInt8>, _ start: Int, _ limit: Int) -> Int {
        var index = start
        while index < limit {
            let byte = head[index]
            guard byte > .space, byte < 0x7F, byte != .semicolon, byte != .equals, byte != .quote, byte != .comma,
                byte != .backslash
            else { break }
            index += 1
        }
        return index
    }
}
