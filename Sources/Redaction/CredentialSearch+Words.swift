/// How options are cut into words.
extension CredentialSearch {
    /// The next comma that is not escaped by a backslash, or the end.
    static func endOfSegment(_ text: borrowing UnescapedText, from start: Int) -> Int {
        var index = start
        while index < text.count && text[index] != .comma { index += text[index] == .backslash ? 2 : 1 }
        return min(index, text.count)
    }

    static func firstSign(_ text: borrowing UnescapedText, _ range: Range<Int>) -> Int? {
        for index in range where text[index] == .equals || text[index] == .colon { return index }
        return nil
    }

    /// The last word of `range`, quotes and blanks after it left out.
    static func trailingWord(_ text: borrowing UnescapedText, _ range: Range<Int>) -> Range<Int> {
        var end = range.upperBound
        while end > range.lowerBound && (isBlank(text[end - 1]) || isQuote(text[end - 1])) { end -= 1 }
        var start = end
        while start > range.lowerBound && isWordByte(text[start - 1]) { start -= 1 }
        return start..<end
    }

    /// What may stand before the `=` of an option: words, dashes, blanks, quotes and brackets.
    static func isNamePart(_ text: borrowing UnescapedText, _ range: Range<Int>) -> Bool {
        for index in range where !isNameByte(text[index]) { return false }
        return true
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        let isOpener = byte == .openBrace || byte == .openBracket || byte == 0x28
        return isWordByte(byte) || isBlank(byte) || isQuote(byte) || isOpener
    }

    /// A word without a value: `allow_other`, `sigv2`. Lower case and at most three digits, so that no key is one.
    static func isFlag(_ text: borrowing UnescapedText, _ range: Range<Int>) -> Bool {
        guard range.count <= 40 else { return false }
        var digits = 0
        for index in range {
            let byte = text[index]
            if byte.isDigit { digits += 1 }
            guard byte.isDigit || isLower(byte) || byte == .underscore || byte == .minus || isBlank(byte) else {
                return false
            }
        }
        return digits <= 3
    }

    static func isWordByte(_ byte: UInt8) -> Bool {
        isLower(byte | 0x20) || byte.isDigit || byte == .underscore || byte == .minus || byte == .point
    }

    /// RFC 3986 section 3.1.
    static func isSchemeByte(_ byte: UInt8) -> Bool {
        isLower(byte | 0x20) || byte.isDigit || byte == .plus || byte == .minus || byte == .point
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte.isWhiteSpace }
    static func isQuote(_ byte: UInt8) -> Bool { byte == .quote || byte == .apostrophe }
    static func isCloser(_ byte: UInt8) -> Bool { byte == .closeBrace || byte == .closeBracket || byte == 0x29 }
    private static func isLower(_ byte: UInt8) -> Bool { byte >= 0x61 && byte <= 0x7A }
}
