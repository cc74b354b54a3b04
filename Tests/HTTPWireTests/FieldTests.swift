import HTTPWire
import Testing

@Suite("Field names and values")
struct FieldTests {
    @Test("every known name is found in any case, and only whole", arguments: FieldID.allCases)
    func names(_ id: FieldID) {
        guard let name = id.name.map({ "\($0)" }) else { return }
        #expect(FieldID(name) == id)
        #expect(FieldID(name.uppercased()) == id)
        #expect(FieldID(name + "x") != id)
        #expect(FieldID(String(name.dropLast())) != id)
        #expect(FieldID(name + ":") == .other)
        if name.contains("-") {
            #expect(FieldID(name.replacing("-", with: "_")) == .forwardingAlias)
        }
    }

    @Test("known names are in lower case, unique, and 32 bytes at most")
    func table() {
        let names = FieldID.allCases.compactMap { $0.name.map { "\($0)" } }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0 == $0.lowercased() && $0.utf8.count <= 32 })
    }

    @Test("what is no token is no known name", arguments: ["", "Host ", "Ho st", "Host\r", "Content\rLength", "ho\u{308}st"])
    func notTokens(_ name: String) {
        #expect(FieldID(name) == .other)
    }

    @Test("names that a client must not strip")
    func protected() {
        for id in [FieldID.host, .authorization, .contentLength, .contentOther, .cookie, .forwarded, .via, .xRequestID,
            .xForwardedFor, .xForwardedOther, .setCookie, .date, .cacheControl, .ifMatch] {
            #expect(id.isProtectedFromNomination && !id.isHopByHop, "\(id)")
        }
        for id in [FieldID.connection, .transferEncoding, .te, .upgrade, .proxyAuthorization, .keepAlive, .trailer] {
            #expect(id.isHopByHop, "\(id)")
        }
        #expect(!FieldID.other.isProtectedFromNomination)
        #expect(FieldID.forwardingAlias.isForwardingClaim && FieldID.xHTTPMethodOverride.isForwardingClaim)
        #expect(!FieldID.host.isForwardingClaim && !FieldID.authorization.isForwardingClaim)
    }

    @Test("elements of a list", arguments: [
        ("", []), (" , ,\t", []), ("a", ["a"]), ("a,b", ["a", "b"]), (" a b ,\tc\t", ["a b", "c"]),
        (#""a,b",c"#, [#""a,b""#, "c"]), (#""a\",b",c"#, [#""a\",b""#, "c"]), (#"a,"b"#, ["a", #""b"#]),
        (#"a,"b\"#, ["a", #""b\"#]),
    ] as [(String, [String])])
    func lists(_ text: String, _ expected: [String]) {
        let value = bytes(text)
        var cursor = ListCursor(ByteRange(0..<value.count))
        var found: [String] = []
        while let element = cursor.next(in: value.span) {
            found.append(String(decoding: value[element.range], as: UTF8.self))
        }
        #expect(found == expected)
    }

    @Test("letters compare without case, other bytes exactly")
    func comparison() {
        #expect(equal("CHunked", ignoringCase: "chunked" as StaticString))
        #expect(!equal("chunke", ignoringCase: "chunked" as StaticString))
        #expect(!equal("a\u{1f}", ignoringCase: "a?" as StaticString))
        #expect(!equal("a@", ignoringCase: "a`" as StaticString))
        #expect(equal("A.B", ignoringCase: "a.b" as String))
        #expect(!equal("A@", ignoringCase: "a`" as String))
        #expect(equal("GET", "GET"))
        #expect(!equal("get", "GET"))
    }

    @Test("classes of bytes agree with the grammar", arguments: UInt8.min...UInt8.max)
    func classes(_ byte: UInt8) {
        let letters = bytes("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        let digits = bytes("0123456789")
        #expect(ASCII.isLetter(byte) == letters.contains(byte))
        #expect(ASCII.isDigit(byte) == digits.contains(byte))
        #expect(ASCII.isToken(byte) == (letters + digits + bytes("!#$%&'*+-.^_`|~")).contains(byte))
        #expect(ASCII.isFieldValue(byte) == (byte == 9 || (byte >= 32 && byte != 127)))
        #expect(ASCII.hexadecimalValue(byte).map(Int.init) == (byte < 128 ? Character(UnicodeScalar(byte)).hexDigitValue : nil))
    }

    @Test("every method name reads back", arguments: Method.allCases)
    func methods(_ method: Method) {
        #expect(Method("\(method.name)") == method)
        #expect(Method("\(method.name)".lowercased()) == .unknown)
    }

    @Test("an authority yields host and port")
    func authority() {
        #expect(Authority("a.example:8443")?.port == 8443)
        #expect(Authority("[::1]:1")?.host == ByteRange(0..<5))
        #expect(Authority("a")?.port == nil)
        #expect(Authority("a:") == nil)
        #expect(isIPv4("10.0.0.255"))
        #expect(!isIPv4("10.0.0.01"))
        #expect(!isIPv4("10.0.0."))
    }

    private func isIPv4(_ text: String) -> Bool { Authority.isIPv4(bytes(text).span) }
}
