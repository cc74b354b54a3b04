/// A place in a text; both count from 1, columns in Unicode scalars, as libyaml does.
struct TextPosition: Hashable, Comparable {
    var line: Int
    var column: Int

    static let start = TextPosition(line: 1, column: 1)

    static func < (left: TextPosition, right: TextPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }

    /// Moves past `scalar`; `next` decides whether a carriage return ends the line by itself.
    mutating func pass(_ scalar: Unicode.Scalar, before next: Unicode.Scalar?) {
        switch scalar {
        case "\r" where next == "\n": break
        case "\r", "\n", "\u{85}", "\u{2028}", "\u{2029}":
            line += 1
            column = 1
        default: column += 1
        }
    }
}

/// What is wrong with a text, and where.
struct TextProblem: Error {
    let position: TextPosition
    let message: String
}

/// Text from bytes that anybody may have written.
enum TextScreen {
    /// - Throws: the position of the first byte that is not UTF-8.
    static func text(_ bytes: [UInt8], atMost limit: Int) throws(TextProblem) -> String {
        guard bytes.count <= limit else {
            throw TextProblem(position: .start, message: "the file has more than \(limit >> 10) KiB")
        }
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        throw TextProblem(
            position: firstInvalid(bytes),
            message: "the file is not UTF-8 from here on; save it as UTF-8")
    }

    /// - Throws: the position of the first character that YAML does not allow (YAML 1.1 section 5.1).
    static func check(_ text: String) throws(TextProblem) {
        var position = TextPosition.start
        var scalars = text.unicodeScalars.makeIterator()
        var next = scalars.next()
        while let scalar = next {
            next = scalars.next()
            guard isAllowed(scalar) else {
                let number = String(scalar.value, radix: 16, uppercase: true)
                let padding = String(repeating: "0", count: max(0, 4 - number.count))
                throw TextProblem(position: position, message: "the character U+\(padding)\(number) is not allowed here")
            }
            position.pass(scalar, before: next)
        }
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    /// Decodes with repair, and stops at the first replacement that the bytes do not spell.
    private static func firstInvalid(_ bytes: [UInt8]) -> TextPosition {
        var position = TextPosition.start
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            // A line feed after a carriage return does not matter here: one of the two ends the line.
            position.pass(scalar, before: scalar == "\r" ? "\n" : nil)
        }
        return position
    }
}
