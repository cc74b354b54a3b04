/// Finds the strings in one whole, well-formed JSON value.
struct ValueText {
    enum Role {
        /// A member name.
        case name
        /// The value of a member of an object inside the value.
        case member
        /// The value itself, or an element of an array.
        case element
    }

    private var index = 0
    /// The last structural byte before the string that `next` returned was a colon.
    private var isAfterColon = false

    /// The content of the next string, without its quotes.
    mutating func next(_ raw: borrowing Span<UInt8>) -> (content: Range<Int>, role: Role)? {
        while index < raw.count {
            let byte = raw[index]
            guard byte == .quote else {
                if byte == .colon { isAfterColon = true } else if !byte.isWhiteSpace { isAfterColon = false }
                index += 1
                continue
            }
            let content = index + 1..<Self.endOfString(raw, from: index + 1)
            index = content.upperBound + 1
            let role: Role = Self.isColonNext(raw, index) ? .name : isAfterColon ? .member : .element
            isAfterColon = false
            return (content, role)
        }
        return nil
    }

    /// After a name: where its value begins and ends. The next string is looked for after it.
    mutating func skipValue(_ raw: borrowing Span<UInt8>) -> Range<Int> {
        while index < raw.count && (raw[index].isWhiteSpace || raw[index] == .colon) { index += 1 }
        let start = index
        var depth = 0
        while index < raw.count {
            let byte = raw[index]
            switch byte {
            case .quote: index = Self.endOfString(raw, from: index + 1)
            case .openBrace, .openBracket: depth += 1
            case .closeBrace, .closeBracket, .comma, .space, .tab, .lineFeed, .carriageReturn:
                if depth == 0 { return start..<index }
                if byte == .closeBrace || byte == .closeBracket { depth -= 1 }
            default: break
            }
            index = min(index + 1, raw.count)
            if depth == 0 && (byte == .quote || byte == .closeBrace || byte == .closeBracket) { return start..<index }
        }
        return start..<index
    }

    /// The closing quote of the string whose content begins at `start`; the end of `raw` if there is none.
    private static func endOfString(_ raw: borrowing Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < raw.count && raw[index] != .quote { index += raw[index] == .backslash ? 2 : 1 }
        return min(index, raw.count)
    }

    private static func isColonNext(_ raw: borrowing Span<UInt8>, _ start: Int) -> Bool {
        var index = start
        while index < raw.count && raw[index].isWhiteSpace { index += 1 }
        return index < raw.count && raw[index] == .colon
    }
}
