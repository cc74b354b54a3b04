/// SplitMix64: the same seed gives the same documents on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
    mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &self)] }

    /// A document with one to three bytes changed, added or taken out, or without its end.
    mutating func damage(_ document: [UInt8]) -> [UInt8] {
        var bytes = document
        let likely: [UInt8] = Array("\"\"\"\\{}[]:,,0-.eEunt \n\u{0}\u{1F}x".utf8)
            + [0x80, 0xBF, 0xC0, 0xC3, 0xE0, 0xED, 0xF0, 0xF4, 0xFF]
        for _ in 0..<Int.random(in: 1...3, using: &self) {
            let position = Int.random(in: 0...bytes.count, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: bytes.insert(pick(likely), at: position)
            case 1 where position < bytes.count: bytes.remove(at: position)
            case 2 where position < bytes.count: bytes[position] = pick(likely)
            case 3 where position + 1 < bytes.count: bytes.swapAt(position, position + 1)
            default: if chance(20) { bytes.removeLast(bytes.count - position) }
            }
        }
        return bytes
    }
}

/// A random document and what must become of it, written side by side.
struct GeneratedDocument {
    static let protectedNames = ["secret_key", "password", "k", "clé", "🔑"]
    private static let otherNames = [
        "id", "name", "access_key", "secret_ke", "secret_keys", "Password", "", "j", "cle", "🔒", "options",
        "a name with spaces and more than sixty-four bytes, so that it fits no rule at all",
    ]

    private(set) var input: [UInt8] = []
    private(set) var expected: [UInt8] = []
    /// Text that only stands in protected values.
    private(set) var secrets: [[UInt8]] = []
    private(set) var redactions = 0
    private var generator: SeededGenerator
    private var isProtected = false

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        value(depth: 0)
    }

    private mutating func write(_ text: String) { write(Array(text.utf8)) }

    private mutating func write(_ bytes: [UInt8]) {
        input += bytes
        if !isProtected { expected += bytes }
    }

    private mutating func space() {
        while generator.chance(15) { write(generator.pick([" ", "\n", "\t", "\r", "    "])) }
    }

    private mutating func value(depth: Int) {
        space()
        switch Int.random(in: 0..<10, using: &generator) {
        case 0...2 where depth < 7: object(depth: depth)
        case 3 where depth < 7: array(depth: depth)
        case 4: write(generator.pick(["null", "true", "false"]))
        case 5, 6: write(number())
        default:
            if isProtected {
                let secret = (0..<16).map { _ in generator.pick(Array("GHIJKLMNOPQRSTUVWXYZ+/%".utf8)) }
                secrets.append(secret)
                write("\"" + text() + String(decoding: secret, as: UTF8.self) + text() + "\"")
            } else {
                write("\"" + text() + "\"")
            }
        }
        space()
    }

    private mutating func array(depth: Int) {
        write("[")
        for index in 0..<Int.random(in: 0..<6, using: &generator) {
            if index > 0 { write(",") }
            value(depth: depth + 1)
        }
        if input.last == 0x5B { space() }
        write("]")
    }

    private mutating func object(depth: Int) {
        write("{")
        for index in 0..<Int.random(in: 0..<7, using: &generator) {
            if index > 0 { write(",") }
            member(depth: depth)
        }
        if input.last == 0x7B { space() }
        write("}")
    }

    private mutating func member(depth: Int) {
        let name = generator.chance(30) ? generator.pick(Self.protectedNames) : generator.pick(Self.otherNames)
        space()
        write("\"" + name.unicodeScalars.map { spelling(of: $0) }.joined() + "\"")
        space()
        write(":")
        guard !isProtected, Self.protectedNames.contains(name) else { return value(depth: depth + 1) }
        space()
        redactions += 1
        // White space around the value is not part of it, so the value is written on its own and trimmed.
        var inner = self
        inner.input = []
        inner.isProtected = true
        inner.value(depth: depth + 1)
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        let trimmed = inner.input.drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed()
        input += trimmed
        expected += Array("\"[censored]\"".utf8)
        secrets = inner.secrets
        generator = inner.generator
        space()
    }

    private mutating func spelling(of scalar: Unicode.Scalar) -> String {
        let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
        guard mustEscape || generator.chance(10) else { return String(scalar) }
        return String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16, uppercase: generator.chance(50))
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    private mutating func text() -> String {
        let pieces = [
            "a", "word ", "\\\"", "\\\\", "\\n", "\\/", "é", "€", "😀", "{", "]", ":", ",", "secret_key", "\u{7F}",
        ]
        return (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
            guard generator.chance(20) else { return generator.pick(pieces) }
            let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &generator)) ?? "\u{FFFD}"
            return spelling(of: scalar)
        }.joined()
    }

    private mutating func number() -> String {
        var text = generator.chance(30) ? "-" : ""
        text += generator.chance(20) ? "0" : String(UInt32.random(in: 1...UInt32.max, using: &generator))
        if generator.chance(30) { text += "." + generator.pick(["0", "5", "007", "123456789"]) }
        if generator.chance(20) { text += generator.pick(["e", "E", "e+", "E-"]) + generator.pick(["0", "07", "12"]) }
        return text
    }
}
