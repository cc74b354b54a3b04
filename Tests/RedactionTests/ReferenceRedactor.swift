/// A second opinion: a recursive descent over the whole document that shares nothing with the scanner. Slow,
/// unlimited and simple.
struct ReferenceRedactor {
    struct Refused: Error {}

    private let input: [UInt8]
    private let names: Set<[UInt8]>
    private var index = 0
    private(set) var output: [UInt8] = []

    /// The redacted document, or nil if `input` is not one well-formed JSON value.
    static func redact(_ input: [UInt8], names: [String]) -> [UInt8]? {
        var reference = ReferenceRedactor(input: input, names: Set(names.map { Array($0.utf8) }))
        do {
            try reference.value()
            guard reference.index == input.count else { return nil }
            return reference.output
        } catch {
            return nil
        }
    }

    private init(input: [UInt8], names: Set<[UInt8]>) {
        self.input = input
        self.names = names
    }

    private var peek: UInt8? { index < input.count ? input[index] : nil }

    private mutating func take(_ wanted: (UInt8) -> Bool) throws -> UInt8 {
        guard let byte = peek, wanted(byte) else { throw Refused() }
        index += 1
        output.append(byte)
        return byte
    }

    private mutating func take(_ character: Unicode.Scalar) throws { _ = try take { $0 == UInt8(ascii: character) } }

    private mutating func space() { while (try? take { [0x20, 0x09, 0x0A, 0x0D].contains($0) }) != nil {} }

    private mutating func value() throws {
        space()
        switch peek.map(Unicode.Scalar.init) {
        case "{": try object()
        case "[": try array()
        case "\"": _ = try string()
        case "n": for letter in "null".unicodeScalars { try take(letter) }
        case "t": for letter in "true".unicodeScalars { try take(letter) }
        case "f": for letter in "false".unicodeScalars { try take(letter) }
        default: try number()
        }
        space()
    }

    private mutating func array() throws {
        try take("[")
        space()
        if peek != UInt8(ascii: "]") {
            try value()
            while peek == UInt8(ascii: ",") {
                try take(",")
                try value()
            }
        }
        try take("]")
    }

    private mutating func object() throws {
        try take("{")
        space()
        if peek != UInt8(ascii: "}") {
            try member()
            while peek == UInt8(ascii: ",") {
                try take(",")
                space()
                try member()
            }
        }
        try take("}")
    }

    private mutating func member() throws {
        let name = try string()
        space()
        try take(":")
        guard names.contains(name) else { return try value() }
        space()
        let before = output
        try value()
        var trailing: [UInt8] = []
        while let last = output.last, [0x20, 0x09, 0x0A, 0x0D].contains(last) {
            trailing.insert(output.removeLast(), at: 0)
        }
        output = before + Array("\"[censored]\"".utf8) + trailing
    }

    private mutating func number() throws {
        if peek == UInt8(ascii: "-") { try take("-") }
        if peek == UInt8(ascii: "0") { try take("0") } else { try digits() }
        if peek == UInt8(ascii: ".") {
            try take(".")
            try digits()
        }
        if let byte = peek, byte | 0x20 == UInt8(ascii: "e") {
            _ = try take { _ in true }
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { _ = try take { _ in true } }
            try digits()
        }
    }

    private mutating func digits() throws {
        repeat { _ = try take { (0x30...0x39).contains($0) } } while peek.map { (0x30...0x39).contains($0) } ?? false
    }

    /// The unescaped text.
    private mutating func string() throws -> [UInt8] {
        try take("\"")
        var text: [UInt8] = []
        while true {
            let byte = try take { $0 >= 0x20 }
            switch Unicode.Scalar(byte) {
            case "\"":
                guard String(validating: text, as: UTF8.self) != nil else { throw Refused() }
                return text
            case "\\":
                text += try escape()
            default:
                text.append(byte)
            }
        }
    }

    private mutating func escape() throws -> [UInt8] {
        let byte = try take { _ in true }
        switch Unicode.Scalar(byte) {
        case "\"", "\\", "/": return [byte]
        case "b": return [0x08]
        case "f": return [0x0C]
        case "n": return [0x0A]
        case "r": return [0x0D]
        case "t": return [0x09]
        case "u":
            var units = [try unit()]
            if UTF16.isLeadSurrogate(units[0]) {
                try take("\\")
                try take("u")
                units.append(try unit())
            }
            guard let text = String(validating: units, as: UTF16.self) else { throw Refused() }
            return Array(text.utf8)
        default: throw Refused()
        }
    }

    private mutating func unit() throws -> UInt16 {
        var digits: [UInt8] = []
        for _ in 0..<4 { digits.append(try take { Unicode.Scalar($0).properties.isASCIIHexDigit }) }
        guard let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else { throw Refused() }
        return unit
    }
}
