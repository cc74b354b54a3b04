/// A second opinion on JSON: a recursive descent that shares nothing with the scanner. Simple, and slow.
indirect enum PlainJSON: Equatable, Sendable {
    /// A string, unescaped.
    case text([UInt8])
    /// A number or a literal, as sent.
    case word([UInt8])
    case array([PlainJSON])
    case object([Member])

    struct Member: Equatable, Sendable {
        let name: [UInt8]
        let value: PlainJSON
    }

    /// Deeper nested than any limit.
    var isDeep: Bool { depth > 500 }

    private var depth: Int {
        switch self {
        case .text, .word: 0
        case .array(let elements): 1 + (elements.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.map(\.value.depth).max() ?? 0)
        }
    }

    /// Nil for what is not one well-formed value in UTF-8 without halves of surrogate pairs.
    static func parse(_ bytes: [UInt8]) -> PlainJSON? {
        var reader = Reader(bytes: bytes)
        guard let value = reader.value(0), reader.index == bytes.count else { return nil }
        return value
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        private var next: Unicode.Scalar? { index < bytes.count ? Unicode.Scalar(bytes[index]) : nil }

        private mutating func space() { while let next, " \t\r\n".unicodeScalars.contains(next) { index += 1 } }

        private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard next == scalar else { return false }
            index += 1
            return true
        }

        mutating func value(_ depth: Int) -> PlainJSON? {
            space()
            defer { space() }
            guard depth < 1_000, let first = next else { return nil }
            switch first {
            case "\"": return text().map { .text($0) }
            case "{":
                index += 1
                var members: [Member] = []
                space()
                if take("}") { return .object([]) }
                repeat {
                    space()
                    guard let name = text() else { return nil }
                    space()
                    guard take(":"), let value = value(depth + 1) else { return nil }
                    members.append(Member(name: name, value: value))
                } while take(",")
                return take("}") ? .object(members) : nil
            case "[":
                index += 1
                var elements: [PlainJSON] = []
                space()
                if take("]") { return .array([]) }
                repeat {
                    guard let element = value(depth + 1) else { return nil }
                    elements.append(element)
                } while take(",")
                return take("]") ? .array(elements) : nil
            default: return word().map { .word($0) }
            }
        }

        private mutating func word() -> [UInt8]? {
            let start = index
            while let next, next.properties.isAlphabetic && next.isASCII || "+-.0123456789".unicodeScalars.contains(next) { index += 1 }
            let word = bytes[start..<index]
            if ["null", "true", "false"].contains(where: { word.elementsEqual($0.utf8) }) { return Array(word) }
            return Self.isNumber(Array(word)) ? Array(word) : nil
        }

        /// -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
        private static func isNumber(_ word: [UInt8]) -> Bool {
            var rest = word[...]
            func digits() -> Int {
                let count = rest.prefix { (0x30...0x39).contains($0) }.count
                rest = rest.dropFirst(count)
                return count
            }
            if rest.first == 0x2D { rest = rest.dropFirst() }
            let startsWithZero = rest.first == 0x30
            let whole = digits()
            guard whole > 0, !startsWithZero || whole == 1 else { return false }
            if rest.first == 0x2E {
                rest = rest.dropFirst()
                guard digits() > 0 else { return false }
            }
            if let mark = rest.first, mark | 0x20 == 0x65 {
                rest = rest.dropFirst()
                if let sign = rest.first, sign == 0x2B || sign == 0x2D { rest = rest.dropFirst() }
                guard digits() > 0 else { return false }
            }
            return rest.isEmpty
        }

        private mutating func text() -> [UInt8]? {
            guard take("\"") else { return nil }
            var text: [UInt8] = []
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                switch byte {
                case 0x22: return String(validating: text, as: UTF8.self) == nil ? nil : text
                case 0x5C:
                    guard let escaped = escape() else { return nil }
                    text += escaped
                case ..<0x20: return nil
                default: text.append(byte)
                }
            }
            return nil
        }

        private mutating func escape() -> [UInt8]? {
            guard let mark = next else { return nil }
            index += 1
            switch mark {
            case "\"", "\\", "/": return [UInt8(mark.value)]
            case "b": return [0x08]
            case "f": return [0x0C]
            case "n": return [0x0A]
            case "r": return [0x0D]
            case "t": return [0x09]
            case "u":
                guard let first = unit() else { return nil }
                var units = [first]
                if UTF16.isLeadSurrogate(first) {
                    guard take("\\"), take("u"), let second = unit() else { return nil }
                    units.append(second)
                }
                return String(validating: units, as: UTF16.self).map { Array($0.utf8) }
            default: return nil
            }
        }

        private mutating func unit() -> UInt16? {
            guard index + 4 <= bytes.count else { return nil }
            let digits = bytes[index..<index + 4]
            index += 4
            guard digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }) else { return nil }
            return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        }
    }
}
