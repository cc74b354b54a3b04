import HTTPWire
import Testing

@testable import AccessControl

@Suite struct CredentialTests {
    private func read(_ value: String) -> (credential: Credential, part: String) {
        let bytes = Array("Authorization: \(value)\r\n".utf8)
        let range = ByteRange(start: 15, count: value.utf8.count)
        let credential = Credential(bytes.span, range)
        switch credential {
        case .key(let part), .basic(let part), .token(let part):
            return (credential, String(decoding: bytes[part.range], as: UTF8.self))
        case .none, .malformed, .several, .unsupported:
            return (credential, "")
        }
    }

    @Test(arguments: [
        ("abc", "abc"), ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER abc", "abc"), ("Bearer   abc", "abc"),
        ("aB-._~+/9==", "aB-._~+/9=="), ("Bearer a.b", "a.b"), ("bearerabc", "bearerabc"), ("Basics", "Basics"),
        ("a..b", "a..b"), ("a+b.c.d", "a+b.c.d"),
        (String(repeating: "k", count: 512), String(repeating: "k", count: 512)),
    ])
    func keys(value: String, key: String) {
        let (credential, part) = read(value)
        #expect(part == key)
        guard case .key = credential else {
            Issue.record("\(value) is \(credential)")
            return
        }
        #expect(credential.refusal == nil)
    }

    @Test(arguments: [
        ("Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"), ("basic YTpi", "YTpi"), ("BASIC YQ==", "YQ=="),
    ])
    func basic(value: String, part: String) {
        let (credential, found) = read(value)
        #expect(found == part)
        guard case .basic = credential else {
            Issue.record("\(value) is \(credential)")
            return
        }
    }

    /// Whatever is shaped like a token is never a key.
    @Test(arguments: [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "a.b.c", "Bearer a.b.c", "a.b.", "a.b.c.d.e", "a..c.d.e",
        "eyJ.x", "eyJhbGciOiJIUzI1NiJ9.a+b.c", "eyJhbGciOiJIUzI1NiJ9..c",
    ])
    func tokens(value: String) {
        guard case .token = read(value).credential else {
            Issue.record("\(value) is \(read(value).credential)")
            return
        }
    }

    @Test(arguments: [
        ("", Credential.malformed), ("Bearer", .malformed), ("bearer", .malformed), ("Basic", .malformed),
        ("Digest", .malformed), ("Token", .malformed), ("Bearer ", .malformed), ("Bearer a b", .malformed),
        ("Bearer \"abc\"", .malformed), ("Bearer abc\"", .malformed), ("Bearer ab\tc", .malformed), ("=", .malformed),
        ("a=b", .malformed), ("a:b", .malformed), ("\u{E9}", .malformed), ("abc\u{E9}", .malformed),
        ("Bearer \u{E9}", .malformed), ("Bearer\tabc", .malformed), ("Basic a:b", .malformed), ("Basic ", .malformed),
        (String(repeating: "k", count: 513), .malformed), ("Bearer " + String(repeating: "k", count: 513), .malformed),
        ("Basic " + String(repeating: "k", count: 513), .malformed),
        ("eyJ." + String(repeating: "k", count: 8190), .malformed),
        ("abc, def", .several), ("abc,def", .several), ("Bearer abc, Bearer def", .several), ("abc,", .several),
        (",abc", .several), ("Bearer a,b", .several), ("Digest username=\"a\", realm=\"b\"", .several),
        ("Digest abc", .unsupported), ("Token token=abc", .unsupported), ("Negotiate abc", .unsupported),
        ("ApiKey abc", .unsupported), ("Bearerx abc", .unsupported), ("abc def", .unsupported),
    ])
    func refused(value: String, expected: Credential) {
        let credential = read(value).credential
        #expect(credential == expected)
        #expect(credential.refusal?.status == 401)
    }

    @Test func keysThatCanBeImported() {
        func isKey(_ text: String) -> Bool { Credential.isKey(text.utf8.span) }
        #expect(isKey("abc-123"))
        for text in ["", "a b", "Bearer abc", "bearer", "a.b.c", "a,b", "a\nb", "eyJ.x", "é"] { #expect(!isKey(text)) }
    }

    @Test func fieldsOfAHead() throws {
        func credential(_ fields: String) throws -> Credential {
            let bytes = Array("GET / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n".utf8)
            let limits = HTTPLimits()
            let head = RequestHead(limits: limits)
            var parser = RequestParser(limits: limits)
            #expect(try parser.parse(bytes.span, into: head) == bytes.count)
            return Credential(of: head, in: bytes.span)
        }
        #expect(try credential("") == .none)
        #expect(Credential.none.refusal == .noCredential)
        #expect(try credential("Authorization: Bearer k\r\n") == .key(ByteRange(start: 47, count: 1)))
        #expect(try credential("Authorization: k\r\nauthorization: k\r\n") == .several)
        #expect(try credential("Authorization: \r\n") == .malformed)
    }
}
