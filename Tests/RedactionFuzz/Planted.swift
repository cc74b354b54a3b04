/// Documents that are made from the input, with secrets of letters that stand nowhere else: not one of these may come
/// out, plain, escaped or percent-encoded.
func checkPlanted(_ input: [UInt8], _ cut: Int) {
    var maker = PlantedDocument(input)
    maker.list()
    let document = maker.text
    for cuts in [[document.count], [min(cut, document.count), document.count], Array(0...document.count)] {
        let redacted = Redacted(document, cuts, connectors)
        precondition(redacted.refusal == nil, "a document of the fuzzer is refused")
        guard let parsed = PlainJSON.parse(redacted.output) else { preconditionFailure("the output is no JSON") }
        precondition(!shows(parsed), "a letter of a secret comes out")
        precondition(!holdsSecret(redacted.output), "a letter of a secret comes out as it was")
    }
    // The same letters submitted with a request, and echoed anywhere.
    let secrets = SubmittedSecrets()
    secrets.remember(maker.submitted.span)
    let echo = maker.echo()
    for cuts in [[echo.count], Array(0...echo.count)] {
        let redacted = Redacted(echo, cuts, [], echoes: secrets)
        precondition(redacted.refusal == nil, "an echo of the fuzzer is refused")
        precondition(!holdsSecret(redacted.output), "an echo comes out")
        guard let parsed = PlainJSON.parse(redacted.output) else { preconditionFailure("the output is no JSON") }
        precondition(!shows(parsed), "an echo comes out, escaped")
    }
}

private func holdsSecret(_ bytes: [UInt8]) -> Bool { bytes.contains { PlantedDocument.letters.contains($0) } }

private func shows(_ value: PlainJSON) -> Bool {
    switch value {
    case .text(let text): holdsSecret(text) || holdsSecret(percentDecoded(text))
    case .word(let word): holdsSecret(word)
    case .array(let elements): elements.contains(where: shows)
    case .object(let members): members.contains { holdsSecret($0.name) || shows($0.value) }
    }
}

private func percentDecoded(_ text: [UInt8]) -> [UInt8] {
    var decoded: [UInt8] = []
    var index = 0
    while index < text.count {
        if text[index] == 0x25, index + 2 < text.count,
            let code = UInt8(String(decoding: text[index + 1...index + 2], as: UTF8.self), radix: 16)
        {
            decoded.append(code)
            index += 3
        } else {
            decoded.append(text[index])
            index += 1
        }
    }
    return decoded
}

/// Writes a document as the input's bytes choose.
struct PlantedDocument {
    static let letters = Set("JQXZ".utf8)

    private(set) var text: [UInt8] = []
    /// One secret, with marks between its letters.
    let submitted: [UInt8]
    private var choices: ArraySlice<UInt8>

    init(_ input: [UInt8]) {
        choices = input[...]
        var secret: [UInt8] = []
        let marks = Array("\"\\/%+&= <ab1\n".utf8)
        for index in 0..<8 {
            secret.append(Array(Self.letters.sorted())[index % 4])
            if let choice = input.dropFirst(index).first { secret.append(marks[Int(choice) % marks.count]) }
        }
        submitted = secret
    }

    private mutating func choose(_ count: Int) -> Int { Int(choices.popFirst() ?? 0) % count }

    private mutating func put(_ string: String) { text += Array(string.utf8) }

    private mutating func space() { if choose(8) == 1 { put([" ", "\n", "\t", "\r\n"][choose(4)]) } }

    mutating func list() {
        put("{\"cloud_connectors\":[")
        connector(0)
        while choose(3) == 1, !choices.isEmpty {
            put(",")
            connector(0)
        }
        put("]}")
    }

    private mutating func connector(_ depth: Int) {
        put("{\"id\":1")
        for _ in 0..<1 + choose(6) {
            space()
            put(",")
            space()
            let name = choose(6)
            string(Array(["secret_key", "url_proxy", "options", "name", "cloud_connector", "secret_key"][name].utf8))
            space()
            put(":")
            space()
            switch name {
            case 0, 5: secretValue()
            case 1: proxy()
            case 2: options()
            case 3: string(Array(["", "a", "user:pass@host", "secret_key", "[censored]", "é€😀"][choose(6)].utf8))
            default: if depth < 3 { connector(depth + 1) } else { put("null") }
            }
        }
        put("}")
    }

    /// Characters, some of them escaped.
    private mutating func string(_ bytes: [UInt8]) {
        put("\"")
        inner(bytes)
        put("\"")
    }

    private mutating func inner(_ bytes: [UInt8]) {
        for byte in bytes {
            let mustEscape = byte == 0x22 || byte == 0x5C || byte < 0x20
            guard byte < 0x80, mustEscape || choose(6) == 1 else {
                text.append(byte)
                continue
            }
            let digits = String(byte, radix: 16, uppercase: choose(2) == 1)
            put(byte == 0x2F && choose(2) == 1 ? "\\/" : "\\u00" + (digits.count < 2 ? "0" : "") + digits)
        }
    }

    private mutating func secret(_ marks: String) -> [UInt8] {
        let letters = Self.letters.sorted()
        let others = Array(marks.utf8)
        return (0..<1 + choose(12)).map { index in
            index % 2 == 0 || others.isEmpty ? letters[choose(4)] : others[choose(others.count)]
        }
    }

    private mutating func secretValue() {
        switch choose(5) {
        case 0, 1: string(secret("a/+=\"\\\n@{[,:"))
        case 2: put(["null", "true", "1.5e3", "-0", "{}"][choose(5)])
        case 3:
            put("[1,")
            string(secret("\"\\]"))
            put("]")
        default:
            put("{")
            string(secret("\"}"))
            put(":")
            string(secret(","))
            put("}")
        }
    }

    private mutating func proxy() {
        put("\"")
        inner(Array(["http://", "https://", "socks5://", ""][choose(4)].utf8))
        if choose(4) > 0 {
            inner(secret("ab:/?#@%&=+;, '"))
            inner(Array("@".utf8))
        }
        inner(Array(["proxy.example.com:3128", "10.0.0.1/", "[::1]:80", "h?a=b"][choose(4)].utf8))
        put("\"")
    }

    private mutating func options() {
        switch choose(3) {
        case 0:
            put("\"")
            optionList()
            put("\"")
        case 1:
            put("[\"ro\",\"")
            optionList()
            put("\" ,true]")
        default:
            put("{\"retries\":5,")
            string(Array(["password", "Secret", "api_key"][choose(3)].utf8))
            put(":")
            string(secret("a,=:\"\\"))
            put("}")
        }
    }

    private mutating func optionList() {
        for index in 0..<1 + choose(4) {
            if index > 0 { inner(Array(",".utf8)) }
            switch choose(3) {
            case 0: inner(Array(["allow_other", "ro", "use_cache=/tmp", "url=https://s3.example.com"][choose(4)].utf8))
            case 1:
                inner(Array(["passwd_file", "PASSWORD", "x_token", "secret", "sig", "aws_key"][choose(6)].utf8))
                inner(Array("=".utf8))
                inner(secret("a/=:;&|%@"))
            default:
                inner(Array("proxy=http://".utf8))
                inner(secret("ab:/"))
                inner(Array("@host".utf8))
            }
        }
    }

    /// An error that repeats what was submitted, in some spelling.
    mutating func echo() -> [UInt8] {
        text = []
        put("{\"messages\":[")
        string(Array("the value ".utf8) + spelled() + Array(" is weak".utf8))
        put("],")
        string(spelled())
        put(":[{\"value\":")
        string(spelled())
        put("}],\"ok\":\"yes\"}")
        return text
    }

    private mutating func spelled() -> [UInt8] {
        switch choose(5) {
        case 0: return submitted
        case 1: return percentEncoded(submitted)
        case 2: return percentEncoded(percentEncoded(submitted))
        case 3: return escaped(submitted)
        default: return escaped(escaped(submitted))
        }
    }

    private mutating func percentEncoded(_ bytes: [UInt8]) -> [UInt8] {
        let isAll = choose(2) == 1
        return bytes.flatMap { byte -> [UInt8] in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            if isPlain && !isAll { return [byte] }
            let digits = String(byte, radix: 16, uppercase: true)
            return Array(("%" + (digits.count < 2 ? "0" : "") + digits).utf8)
        }
    }

    private func escaped(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case 0x22, 0x5C: [0x5C, byte]
            case 0x0A: Array("\\n".utf8)
            default: [byte]
            }
        }
    }
}
