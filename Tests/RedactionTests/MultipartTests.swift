import Foundation
import Redaction
import Testing

struct MultipartTests {
    private static let boundary = "---x-B0undary"
    private let names: WatchedNames

    init() throws { names = try WatchedNames.compile(RedactionRule.shipped) }

    private func judge(_ body: [UInt8], cuts: [Int]) -> MultipartError? {
        guard var guardian = MultipartGuard(
            boundary: Self.boundary.utf8.span, names: names, active: RuleMask(rawValue: .max))
        else {
            Issue.record("the boundary is refused")
            return nil
        }
        do throws(MultipartError) {
            var start = 0
            for end in cuts + [body.count] {
                try guardian.next(body.span.extracting(start..<end))
                start = end
            }
            try guardian.finish()
            return nil
        } catch {
            #expect(throws: error) { try guardian.next(body.span) }
            #expect(throws: error) { try guardian.finish() }
            return error
        }
    }

    /// `|` stands for CRLF, `B` for the delimiter.
    private func body(_ text: String) -> [UInt8] {
        Array(text.replacing("|", with: "\r\n").replacing("<B>", with: "--" + Self.boundary).utf8)
    }

    private static let head = "Content-Disposition: form-data; name="

    @Test(arguments: [
        "<B>|\(head)\"file\"; filename=\"a.conf\"|Content-Type: text/plain||[censored]|<B>--|",
        "<B>|\(head)\"secret_key\"||new|<B>--",
        "<B>|\(head)secret_key||[censored|<B>|content-disposition:form-data ; name=b|||<B>--",
        "<B>|\(head)\"file\"; filename=\"a\"; filename*=utf-8''a||\r|--\r\n---x-B0undarx|-|<B>-|--|<B>--|",
        "<B>|\(head)\"name\"||[censored]|<B>--|", "<B>|\(head)\"secret_keys\"||[censored]|<B>--|",
    ])
    func formsThatPass(_ text: String) {
        let body = body(text)
        for cuts in everyCut(of: body.count) {
            // `|<B>-` inside of content is a delimiter with garbage after it.
            let expected = judge(body, cuts: [])
            #expect(judge(body, cuts: cuts) == expected, "\(cuts)")
            if !text.contains("<B>-|") { #expect(expected == nil) } else { #expect(expected != nil) }
        }
    }

    @Test(arguments: [
        ("\"secret_key\"", "[censored]"), ("secret_key", "[censored]"), ("\"cloud_connector[secret_key]\"", "[censored]"),
        ("cloud_connector[secret_key]", "x[censored]x"), ("\"a[][secret_key][]\"", "[censored]"),
        ("\"[secret_key]\"", "[censored]"), ("\"SECRET_key\"", "[censored]"), ("\"secret_key\"; filename=\"a\"", "[censored]"),
        ("\"url_proxy\"", "http://[censored]@h"), ("\"cloud_connector[options][password]\"", "[censored]"),
    ])
    func masksAreRefused(_ name: String, _ value: String) {
        let body = body("<B>|\(Self.head)a||b|<B>|\(Self.head)\(name)||\(value)|<B>--|")
        for cuts in everyCut(of: body.count) {
            guard case .mask(let rules) = judge(body, cuts: cuts) else {
                Issue.record("\(name) passes, cut at \(cuts)")
                return
            }
            #expect(!rules.isEmpty)
        }
    }

    @Test(arguments: [
        "", "preamble|<B>|\(head)a||b|<B>--|", "|<B>|\(head)a||b|<B>--|", "<B> |\(head)a||b|<B>--|",
        "<B>\n\(head)a||b|<B>--|", "<B>|\(head)a||b|<B>--|epilogue", "<B>|\(head)a||b|<B>--||", "<B>|\(head)a||b|<B>-x",
        "<B>|\(head)a||b|<B>", "<B>|\(head)a||b", "<B>|\(head)a|", "<B>|||b|<B>--|",
        "<B>|Content-Type: text/plain||b|<B>--|", "<B>|\(head)a|\(head)b||b|<B>--|",
        "<B>|\(head)a; name=b||b|<B>--|", "<B>|\(head)\"a\"; filename=\"x; name=secret_key\"||b|<B>--|",
        "<B>|\(head)\"a\\\"b\"||b|<B>--|", "<B>|\(head)\"secret%5fkey\"||[censored]|<B>--|", "<B>|\(head)||b|<B>--|",
        "<B>|\(head)\"\"||b|<B>--|", "<B>|\(head)\"a||b|<B>--|", "<B>|\(head)a; name*=utf-8''b||b|<B>--|",
        "<B>|Content-Disposition: attachment; name=a||b|<B>--|", "<B>|Content-Disposition: form-data; filename=a||b|<B>--|",
        "<B>|\(head)a|Content-Transfer-Encoding: base64||W2NlbnNvcmVkXQ==|<B>--|", "<B>|\(head)a|X: y||b|<B>--|",
        "<B>|\(head)a|Content-Type: x|Content-Type: y||b|<B>--|", "<B>|\(head)a\n\n||b|<B>--|",
        "<B>|\(head)a| folded||b|<B>--|", "<B>|Content-Disposition : form-data; name=a||b|<B>--|", "<B>--|",
        "<B>|\(head)a||b|<B>--|<B>|\(head)secret_key||[censored]|<B>--|",
    ])
    func malformedBodiesAreRefused(_ text: String) {
        let body = body(text)
        let whole = judge(body, cuts: [])
        if text == "<B>--|" { return #expect(whole == nil) }
        #expect(whole != nil)
        for cuts in everyCut(of: body.count) { #expect(judge(body, cuts: cuts) == whole, "\(cuts)") }
    }

    private func submitted(_ body: [UInt8], cut: Int) throws -> (parts: MultipartGuard, secrets: SubmittedSecrets) {
        let secrets = SubmittedSecrets()
        let made = MultipartGuard(
            boundary: Self.boundary.utf8.span, names: names, active: RuleMask(rawValue: .max), submitted: secrets)
        var guardian = try #require(made)
        try guardian.next(body.span.extracting(0..<cut))
        return (guardian, secrets)
    }

    private func repeats(_ secrets: SubmittedSecrets, _ text: String) -> Bool { secrets.areRepeated(inText: text.utf8.span) }

    @Test(arguments: [
        ("\"secret_key\"", "HUSH/hush", "HUSH/hush"), ("cloud_connector[secret_key]", "HUSH\"hush", "HUSH\"hush"),
        ("\"secret_key\"; filename=\"a\"", "HUSHhush", "HUSHhush"), ("url_proxy", "http://user:HUSH@h", "user:HUSH"),
        ("options", "ro,password=HUSHhush,rw", "HUSHhush"), ("\"password\"", "HUSH\r\n--hush", "HUSH\r\n--hush"),
    ])
    func secretsAreRemembered(_ name: String, _ value: String, _ secret: String) throws {
        let body = body("<B>|\(Self.head)a||harmless|<B>|\(Self.head)\(name)||") + Array(value.utf8) + self.body("|<B>--|")
        for cut in 0...body.count {
            var (guardian, secrets) = try submitted(body, cut: cut)
            // What has been let through of a secret is known, if it is long enough to be told from anything else, and
            // cannot be the delimiter's beginning.
            if value == secret, !value.contains("\r\n"), name != "options", let start = body.firstIndex(of: UInt8(ascii: "H")), cut >= start + 6 {
                let seen = String(decoding: body[start..<min(cut, start + secret.utf8.count)], as: UTF8.self)
                #expect(repeats(secrets, "the \(seen) is"), "\(cut)")
            }
            try guardian.next(body.span.extracting(cut..<body.count))
            try guardian.finish()
            #expect(secrets.count == 1 && secrets.missedCount == 0)
            #expect(repeats(secrets, "the \(secret) is") && !repeats(secrets, "harmless"), "\(cut)")
            #expect(repeats(secrets, secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""))
        }
    }

    @Test func redirectsAreSeen() throws {
        for (name, fields) in [("url", ["url"]), ("cloud_connector[url_proxy]", ["url_proxy"]), ("OPTIONS", ["options"]), ("name", [])] {
            let body = body("<B>|\(Self.head)\(name)||x|<B>|\(Self.head)secret_key||new|<B>--|")
            let guardian = try submitted(body, cut: body.count).parts
            #expect(names.redirectFields(in: guardian.redirects) == fields)
        }
    }

    @Test func aMethodOverrideIsRefused() {
        for name in ["_method", "\"_METHOD\"", "\"[_method]\""] {
            #expect(judge(body("<B>|\(Self.head)\(name)||delete|<B>--|"), cuts: []) == .methodOverride)
        }
    }

    @Test func limits() {
        let part = "<B>|\(Self.head)a||b|"
        let most = String(repeating: part, count: MultipartGuard.maximumParts)
        #expect(judge(body(most + "<B>--|"), cuts: []) == nil)
        #expect(judge(body(most + part + "<B>--|"), cuts: []) == .tooManyParts)
        let long = String(repeating: "x", count: MultipartGuard.heldBytes)
        #expect(judge(body("<B>|\(Self.head)a||\(long)\(long)|<B>--|"), cuts: [5000]) == nil)
        #expect(judge(body("<B>|\(Self.head)secret_key||\(long)|<B>--|"), cuts: []) == nil)
        guard case .partLimit = judge(body("<B>|\(Self.head)secret_key||\(long)x|<B>--|"), cuts: []) else {
            Issue.record("a protected value over the limit passes")
            return
        }
        guard case .partLimit = judge(body("<B>|\(Self.head)\"\(long)\"||x|<B>--|"), cuts: []) else {
            Issue.record("a head over the limit passes")
            return
        }
    }

    @Test func boundaries() {
        for (text, isAllowed) in [
            ("a", true), ("'()+_,-./:=?", true), (String(repeating: "a", count: 70), true), ("", false), ("a b", false),
            (String(repeating: "a", count: 71), false), ("a\r\n", false), ("a*", false), ("é", false), ("a\"", false),
        ] {
            let guardian = MultipartGuard(boundary: text.utf8.span, names: names, active: [])
            #expect((guardian != nil) == isAllowed, "\(text)")
        }
    }
}
