/// JSON of headers, claims and key sets.
indirect enum TokenJSON: Equatable {
    case object([String: TokenJSON])
    case array([TokenJSON])
    case string(String)
    /// As it is written: what a number may be depends on the claim.
    case number(String)
    case bool(Bool)
    case null

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var members: [String: TokenJSON]? { if case .object(let members) = self { members } else { nil } }

    /// A list of strings; a single string is a list of one (RFC 7519 section 4.1.3).
    var texts: [String]? {
        switch self {
        case .string(let text): return [text]
        case .array(let values):
            let texts = values.compactMap(\.text)
            return texts.count == values.count ? texts : nil
        case .object, .number, .bool, .null: return nil
        }
    }
}

/// Reads one JSON text (RFC 8259) and nothing that readers may disagree on: no name twice in an object, no half of a
/// surrogate pair, no bytes that are not UTF-8.
struct TokenJSONReader {
    enum Failure: Error, Equatable {
        case malformed
        case duplicate(String)
    }

    /// Objects and arrays within one another; claims have two or three.
    private static let greatestDepth = 16

    private let bytes: [UInt8]
    private var position = 0

    static func read(_ bytes: [UInt8]) throws(Failure) -> TokenJSON {
        var reader = TokenJSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == bytes.count else { throw .malformed }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipSpace() {
        while current == 0x20 || current == 0x09 || current == 0x0a || current == 0x0d { position += 1 }
    }

    private mutating func take(_ byte: Character) -> Bool {
        guard let byte = byte.asciiValue, position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(Failure) -> TokenJSON {
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ word: String, _ value: TokenJSON) throws(Failure) -> TokenJSON {
        let letters = Array(word.utf8)
        guard bytes[position...].starts(with: letters) else { throw .malformed }
        position += letters.count
        return value
    }

    private mutating func object(depth: Int) throws(Failure) -> [String: TokenJSON] {
        guard depth < Self.greatestDepth, take("{") else { throw .malformed }
        var members: [String: TokenJSON] = [:]
        skipSpace()
        if take("}") { return members }
        repeat {
            skipSpace()
            let name = try string()
            skipSpace()
            guard take(":") else { throw .malformed }
            let value = try value(depth: depth + 1)
            guard members.updateValue(value, forKey: name) == nil else { throw .duplicate(name) }
            skipSpace()
        } while take(",")
        guard take("}") else { throw .malformed }
        return members
    }

    private mutating func array(depth: Int) throws(Failure) -> [TokenJSON] {
        guard depth < Self.greatestDepth, take("[") else { throw .malformed }
        var values: [TokenJSON] = []
        skipSpace()
        if take("]") { return values }
        repeat {
            values.append(try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("]") else { throw .malformed }
        return values
    }

    private mutating func number() throws(Failure) -> String {
        let start = position
        _ = take("-")
        let integer = digits()
        guard integer > 0, integer == 1 || bytes[position - integer] != UInt8(ascii: "0") else { throw .malformed }
        if take(".") {
            guard digits() > 0 else { throw .malformed }
        }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            guard digits() > 0 else { throw .malformed }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = position
        while (0x30...0x39).contains(current) { position += 1 }
        return position - start
    }

    private mutating func string() throws(Failure) -> String {
        guard take("\"") else { throw .malformed }
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: text, as: UTF8.self) else { throw .malformed }
                return text
            case UInt8(ascii: "\\"): try escape(&text)
            case 0..<0x20: throw .malformed
            default: text.append(byte)
            }
        }
        throw .malformed
    }

    private mutating func escape(_ text: inout [UInt8]) throws(Failure) {
        let byte = current
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var scalar = try unit()
            if (0xd800...0xdbff).contains(scalar) {
                guard take("\\"), take("u") else { throw .malformed }
                let low = try unit()
                guard (0xdc00...0xdfff).contains(low) else { throw .malformed }
                scalar = 0x10000 + (scalar - 0xd800) << 10 + (low - 0xdc00)
            }
            // Half of a pair is no scalar.
            guard let scalar = Unicode.Scalar(scalar) else { throw .malformed }
            text.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw .malformed
        }
    }

    private mutating func unit() throws(Failure) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            switch current {
            case 0x30...0x39: unit = unit << 4 | UInt32(current - 0x30)
            case 0x41...0x46: unit = unit << 4 | UInt32(current - 0x37)
            case 0x61...0x66: unit = unit << 4 | UInt32(current - 0x57)
            default: throw .malformed
            }
            position += 1
        }
        return unit
    }
}
