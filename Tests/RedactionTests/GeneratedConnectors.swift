/// A random list of connectors as the appliance could answer, with secrets in every place that the shipped rules know,
/// and what must become of it, written side by side.
///
/// The letters J, Q, X and Z stand in secrets and nowhere else.
struct GeneratedConnectors {
    static let secretLetters: Set<UInt8> = Set("JQXZ".utf8)

    private(set) var input: [UInt8] = []
    private(set) var expected: [UInt8] = []
    private(set) var secrets: [String] = []
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        both("{\"count\":7,")
        space()
        both("\"cloud_connectors\":[")
        for index in 0..<Int.random(in: 1...4, using: &generator) {
            if index > 0 { both(",") }
            connector(depth: 0)
        }
        both("]}")
    }

    private mutating func both(_ text: String) {
        input += Array(text.utf8)
        expected += Array(text.utf8)
    }

    private mutating func space() { while generator.chance(15) { both(generator.pick([" ", "\n", "\t", "\r\n"])) } }

    /// Characters of a string, each perhaps as an escape.
    private mutating func spelled(_ text: String, inSecret: Bool = false) {
        let bytes = text.unicodeScalars.flatMap { scalar -> [UInt8] in
            let mustEscape = scalar == "\"" || scalar == "\\" || scalar.value < 0x20
            guard mustEscape || generator.chance(8) else { return Array(String(scalar).utf8) }
            if scalar == "/", generator.chance(50) { return Array("\\/".utf8) }
            return String(scalar).utf16.flatMap { unit in
                let digits = String(unit, radix: 16, uppercase: generator.chance(50))
                return Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
            }
        }
        input += bytes
        if !inSecret { expected += bytes }
    }

    /// A credential in a string: in its place the mask is expected.
    private mutating func credential(_ marks: String) {
        let text = secret(marks)
        spelled(text, inSecret: true)
        expected += Array("[censored]".utf8)
    }

    private mutating func secret(_ marks: String) -> String {
        let letters = Array("JQXZ")
        let others = Array(marks)
        let text = String((0..<Int.random(in: 1...24, using: &generator)).map { index in
            index % 2 == 0 || others.isEmpty ? generator.pick(letters) : generator.pick(others)
        })
        secrets.append(text)
        return text
    }

    private mutating func connector(depth: Int) {
        both("{")
        space()
        var members = ["id", "name", "url", "secret_key", "url_proxy", "options", "region"]
        if depth < 2, generator.chance(30) { members.append("cloud_connector") }
        if generator.chance(20) { members.append("secret_key") }
        members.shuffle(using: &generator)
        for (index, name) in members.enumerated() {
            if index > 0 { both(",") }
            space()
            both("\"")
            spelled(name)
            both("\"")
            space()
            both(":")
            space()
            value(name, depth: depth)
            space()
        }
        both("}")
    }

    private mutating func value(_ name: String, depth: Int) {
        switch name {
        case "id": both(String(Int.random(in: 1...999, using: &generator)))
        case "cloud_connector": connector(depth: depth + 1)
        case "secret_key": secretValue()
        case "url_proxy": proxy()
        case "options": options()
        default:
            both("\"")
            spelled(generator.pick(["", "eu-west-1", "a \"b\"", "é€😀", "[censored]", "user:pass@host", "secret_key", "{,}"]))
            both("\"")
        }
    }

    private mutating func secretValue() {
        expected += Array("\"[censored]\"".utf8)
        switch generator.pick([0, 0, 0, 1, 2, 3]) {
        case 0:
            input += Array("\"".utf8)
            spelled(secret("a/+=\"\\\né@"), inSecret: true)
            input += Array("\"".utf8)
        case 1: input += Array("null".utf8)
        case 2: input += Array("[1,{\"a\":\"\(secret(""))\"}]".utf8)
        default: input += Array("-1.5e3".utf8)
        }
    }

    private mutating func proxy() {
        guard generator.chance(80) else { return both("null") }
        both("\"")
        spelled(generator.pick(["http://", "https://", "socks5://", ""]))
        if generator.chance(70) {
            credential("ab:/?#@%&=+é ")
            spelled("@")
        }
        spelled(generator.pick(["proxy.example.com:3128", "10.0.0.1/", "[::1]:80", "h?a=b"]))
        both("\"")
    }

    private mutating func options() {
        switch generator.pick([0, 1, 1, 1, 2, 3]) {
        case 0: both(generator.pick(["null", "\"\"", "[]", "{}", "true"]))
        case 1:
            both("\"")
            optionList()
            both("\"")
        case 2:
            both("[\"ro\",\"")
            optionList()
            both("\" ,12]")
        default:
            both("{\"retries\": 5,\"")
            spelled(generator.pick(["password", "Secret", "api_key"]))
            both("\" : ")
            input += Array("\"".utf8)
            spelled(secret("a,=:"), inSecret: true)
            input += Array("\"".utf8)
            expected += Array("\"[censored]\"".utf8)
            both(",\"endpoint\":\"eu\"}")
        }
    }

    private mutating func optionList() {
        for index in 0..<Int.random(in: 1...4, using: &generator) {
            if index > 0 { spelled(",") }
            switch generator.pick([0, 1, 2]) {
            case 0: spelled(generator.pick(["allow_other", "ro", "use_cache=/tmp", "url=https://s3.example.com"]))
            case 1:
                spelled(generator.pick(["passwd_file", "PASSWORD", "x_token", "secret", "sig", "aws_key"]))
                spelled("=")
                credential("a/=:;&|%é")
            default:
                spelled("proxy=http://")
                credential("ab:/é")
                spelled("@host")
            }
        }
    }
}
