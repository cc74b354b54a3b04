import Redaction
import Testing

/// A value of a treated member as sent, and what a caller without the scope gets of it (nil: all masked).
struct TreatedValue: Sendable, CustomTestStringConvertible {
    let value: String
    let shown: String?

    init(_ value: String, _ shown: String?) {
        self.value = value
        self.shown = shown
    }

    static func unchanged(_ value: String) -> TreatedValue { TreatedValue(value, value) }

    var testDescription: String { value }
}

struct TreatmentTests {
    private static let longKey = String(repeating: "K", count: 5000)

    @Test(arguments: [
        TreatedValue("\"abcdefghijklmnopqrstuvIwgo\"", "\"******************Iwgo\""),
        .unchanged("\"******************Iwgo\""),
        TreatedValue("\"abcdefghijklmnop\"", "\"******************mnop\""),
        TreatedValue("\"abcdefghijklmno\"", nil), TreatedValue("\"\"", nil), TreatedValue("\"[censored]\"", nil),
        TreatedValue("null", nil), TreatedValue("1234567890123456789", nil), TreatedValue("true", nil),
        TreatedValue("[\"abcdefghijklmnopqrstuv\"]", nil), TreatedValue("{\"a\":\"abcdefghijklmnopqrstuv\"}", nil),
        // The last four characters as text, never half an escape.
        TreatedValue("\"abcdefghijklmnopqrst\\u0049wg\\u006f\"", "\"******************Iwgo\""),
        TreatedValue("\"abcdefghijklmnopqrstI\\/go\"", "\"******************I/go\""),
        TreatedValue("\"abcdefghijklmnopqrstI\\\"go\"", nil), TreatedValue("\"abcdefghijklmnopqrstI\\\\go\"", nil),
        TreatedValue("\"abcdefghijklmnopqrstI\\ngo\"", nil), TreatedValue("\"abcdefghijklmnopqrstIwgé\"", nil),
        TreatedValue("\"abcdefghijklmnopqrst go \"", nil),
        TreatedValue("\"\(longKey)\"", nil),
    ])
    func lastFour(_ value: TreatedValue) throws { try check(value, .lastFour) }

    @Test(arguments: [
        .unchanged("\"http://proxy:3128\""), .unchanged("\"\""), .unchanged("null"), .unchanged("\"proxy\""),
        .unchanged("\"http:\\/\\/proxy.example.com:3128\\/\""), .unchanged("\"http://[::1]:3128/a?b=c\""),
        TreatedValue("\"http://user:HUSH@proxy:3128\"", "\"http://[censored]@proxy:3128\""),
        .unchanged("\"http://[censored]@proxy:3128\""),
        TreatedValue("\"http:\\/\\/user:HUSH@proxy\\/\"", "\"http:\\/\\/[censored]@proxy\\/\""),
        TreatedValue("\"http://user:HUSH\\u0040proxy\"", "\"http://[censored]\\u0040proxy\""),
        TreatedValue("\"h\\u0074tp://\\u0075ser:HUSH@proxy\"", "\"h\\u0074tp://[censored]@proxy\""),
        TreatedValue("\"HUSHTOKEN@proxy\"", "\"[censored]@proxy\""),
        TreatedValue("\"user:HUSH@proxy:3128\"", "\"[censored]@proxy:3128\""),
        TreatedValue("\"http://user:HU@SH@proxy\"", "\"http://[censored]@proxy\""),
        TreatedValue("\"http://user:HU/SH@proxy\"", "\"http://[censored]@proxy\""),
        TreatedValue("\"http://user:HU#SH?@proxy\"", "\"http://[censored]@proxy\""),
        TreatedValue("\"http://user:HUSH%40proxy\"", "\"http://[censored]%40proxy\""),
        TreatedValue("\"http:\\\\\\\\user:HUSH@proxy\"", "\"[censored]@proxy\""),
        TreatedValue("\"user:HUSH://x@proxy\"", "\"[censored]@proxy\""),
        TreatedValue("\"//user:HUSH@proxy\"", "\"[censored]@proxy\""),
        TreatedValue("\" http://user:HUSH@proxy\"", "\" http://[censored]@proxy\""),
        TreatedValue("\"http://u:HUSH@a,http://u:HUSH@b\"", "\"http://[censored]@b\""),
        TreatedValue("\"http://clé:HUSH🔑@proxy\"", "\"http://[censored]@proxy\""),
        TreatedValue("\"http://proxy/?token=HUSH&a=b\"", "\"http://proxy/?token=[censored]\""),
        TreatedValue("\"http://proxy/?password=HU@SH\"", "\"http://[censored]\""),
        TreatedValue("\"http://u:HUSH@proxy/?API_KEY=HUSH\"", "\"http://[censored]@proxy/?API_KEY=[censored]\""),
        TreatedValue("\"keyring://user:HUSH@h\"", "\"keyring:[censored]\""), TreatedValue("\"keyring://HUSH\"", "\"keyring:[censored]\""),
        TreatedValue("12", nil), TreatedValue("[\"http://u:HUSH@proxy\"]", nil), TreatedValue("{\"HUSH\":1}", nil),
        TreatedValue("true", nil), TreatedValue("\"\(longKey)\"", nil),
    ])
    func credentialsInURL(_ value: TreatedValue) throws { try check(value, .credentialsInURL) }

    @Test(arguments: [
        .unchanged("null"), .unchanged("\"\""), .unchanged("true"), .unchanged("\"allow_other\""),
        .unchanged("\"allow_other,use_path_request_style,sigv2\""), .unchanged("[]"), .unchanged("{}"),
        .unchanged("\"use_cache=/tmp/a,url=https://s3.example.com:9000,endpoint=eu-west-1\""),
        .unchanged("[\"ro\",\"vers=3.0\",[true,null,12]]"), .unchanged("{\"retries\":5,\"path\":\"/etc/passwd\"}"),
        .unchanged("\"passwd_file=[censored],ro\""),
        TreatedValue("\"passwd_file=/etc/HUSH,allow_other\"", "\"passwd_file=[censored],allow_other\""),
        TreatedValue("\"ro,PassWord=HUSH\"", "\"ro,PassWord=[censored]\""),
        TreatedValue("\"-o passwd_file=/etc/HUSH -o allow_other\"", "\"-o passwd_file=[censored]\""),
        TreatedValue("\"password=HU=SH:HUSH,ro\"", "\"password=[censored],ro\""),
        TreatedValue("\"password=HUSH\\\\,HUSH,ro\"", "\"password=[censored],ro\""),
        TreatedValue("\"password=\\\"HU,SH\\\",ro\"", "\"password=\\\"[censored]\\\",ro\""),
        TreatedValue("\"password='HU,SH'HUSH,ro\"", "\"password=[censored],ro\""),
        TreatedValue("\"password='HU,SH\"", "\"password=[censored]\""),
        TreatedValue("\"pass\\u0077ord\\u003dHUSH\\u002cro\"", "\"pass\\u0077ord\\u003d[censored]\\u002cro\""),
        TreatedValue("\"username=a,password=HUSH,domain=b\"", "\"username=a,password=[censored],domain=b\""),
        TreatedValue("\"ro,UserName=dom/a%HUSH,vers=3\"", "\"ro,UserName=[censored],vers=3\""),
        TreatedValue("\"a=1;secret=HUSH;ro\"", "\"a=1;secret=[censored]\""),
        TreatedValue("\"sig=HUSH,x=1\"", "\"sig=[censored],x=1\""),
        TreatedValue("\"access_key=HUSH,session_token=HUSH\"", "\"access_key=[censored],session_token=[censored]\""),
        TreatedValue("\"proxy=http://u:HUSH@h:1,ro\"", "\"proxy=http://[censored]@h:1,ro\""),
        TreatedValue("\"{\\\"password\\\": \\\"HUSH\\\"}\"", "\"{\\\"password\\\": \\\"[censored]\\\"}\""),
        TreatedValue("\"{:password=>\\\"HUSH\\\"}\"", "\"{:password=>\\\"[censored]\\\"}\""),
        TreatedValue("[\"password=HUSH\",\"ro\"]", "[\"password=[censored]\",\"ro\"]"),
        TreatedValue("{ \"passwd_file\" : \"HUSH\" , \"ro\":true}", "{ \"passwd_file\" : \"[censored]\" , \"ro\":true}"),
        TreatedValue("{\"token\":[\"HUSH\",{\"a\":\"HUSH\"}],\"b\":1}", "{\"token\":\"[censored]\",\"b\":1}"),
        TreatedValue("{\"pin\":1234,\"b\":{\"pw\":null}}", "{\"pin\":\"[censored]\",\"b\":{\"pw\":\"[censored]\"}}"),
        TreatedValue("{\"secr\\u0065t\":\"HUSH\"}", "{\"secr\\u0065t\":\"[censored]\"}"),
        TreatedValue("{\"proxy\":\"http://u:HUSH@h\"}", "{\"proxy\":\"http://[censored]@h\"}"),
        TreatedValue("{\"extra\":\"a password=HUSH\"}", "{\"extra\":\"a password=[censored]\"}"),
        TreatedValue(
            "{\"x\":\"{'a':'b','password':'HU,SH','token':'HUSH'}\"}",
            "{\"x\":\"{'a':'b','password':'[censored]','token':'[censored]'}\"}"),
        TreatedValue("\"x={'password':'HU,SH','b':1},ro\"", "\"x={'password':'[censored]','b':1},ro\""),
        TreatedValue("\"x=token=HUSH http://u@h,ro\"", "\"x=[censored],ro\""),
        // Forms that are not understood.
        TreatedValue("\"HUSHhush\"", nil), TreatedValue("\"ro,HUSH9000\"", nil), TreatedValue("\"password\"", nil),
        TreatedValue("\"password hush\"", nil), TreatedValue("\"--password hush,url=x\"", nil),
        TreatedValue("\"password = hush\"", "\"password = [censored]\""),
        TreatedValue("\"pass%77ord=HUSH\"", nil), TreatedValue("\"paßword=HUSH\"", nil), TreatedValue("12", nil),
        TreatedValue("\"password=a,HUSH\"", nil), TreatedValue("\"proxy=http://u:HU,SH@h\"", nil),
        TreatedValue("\"proxy=http://u:HU,q=SH@h\"", nil), TreatedValue("[\"password\",\"hush\"]", nil),
        TreatedValue("[{\"key\":\"password\",\"value\":\"hush\"}]", nil),
        TreatedValue("{\"name\":\"password\",\"value\":\"hush\"}", nil),
        TreatedValue("\"0123456789\"", nil), TreatedValue("\"\(longKey)\"", nil),
        TreatedValue("\"" + String(repeating: "key=HUSH,", count: 33) + "\"", nil),
    ])
    func credentialPairs(_ value: TreatedValue) throws { try check(value, .credentialPairs) }

    private func check(_ value: TreatedValue, _ treatment: RedactionTreatment) throws {
        let rules = try RedactionRules.treating("field", treatment)
        let shown = value.shown ?? "\"[censored]\""
        let input = Array("{ \"a\" : 1, \"fi\\u0065ld\":\(value.value) ,\"z\":[{\"field\":\(value.value)}]}".utf8)
        let expected = "{ \"a\" : 1, \"fi\\u0065ld\":\(shown) ,\"z\":[{\"field\":\(shown)}]}"
        let every = value.value.utf8.count < 200 ? everyCut(of: input.count) : [[], [10, 20, 300], [5, input.count - 9, input.count - 1]]
        for cuts in every {
            let redacted = Redacted(input, rules: rules, cuts: cuts)
            #expect(redacted.refusal == nil, "\(cuts)")
            #expect(String(decoding: redacted.output, as: UTF8.self) == expected, "\(cuts)")
        }
        let once = Redacted(input, rules: rules)
        #expect(once.count == (shown == value.value && !shown.contains("[censored]") && !shown.contains("***") ? 0 : 2))
        #expect(Redacted(once.output, rules: rules).output == once.output)
        #expect(!once.output.contains(run: Array("HUSH".utf8)))
    }

    /// The limit is in bytes as sent: at it a value is looked into, beyond it nothing of it passes.
    @Test func valuesAreHeldUpToTheLimit() throws {
        let rules = try RedactionRules.treating("url_proxy", .credentialsInURL)
        for (extra, isMasked) in [(0, false), (1, true)] {
            let padding = String(repeating: "p", count: JSONRedactor.heldBytes - 2 - 9 + extra)
            let text = "{\"url_proxy\":\"http://u@\(padding)\"}"
            let output = Redacted(Array(text.utf8), rules: rules).output
            // The mask is longer than what it replaces, so it does not fit either.
            #expect(output == Array("{\"url_proxy\":\"[censored]\"}".utf8))
            let plain = "{\"url_proxy\":\"http://pp\(padding)\"}"
            let expected = isMasked ? "{\"url_proxy\":\"[censored]\"}" : plain
            #expect(Redacted(Array(plain.utf8), rules: rules).output == Array(expected.utf8))
        }
    }

    @Test func whatShowsLeastDecides() throws {
        func output(_ treatments: [RedactionTreatment]) throws -> String {
            let rules = try RedactionRules.compile(treatments.map {
                RedactionRule(field: "f", place: .everywhere, unlockedBy: nil, treatment: $0)
            })
            let input = Array("{\"f\":\"http://u:p@hosthosthosthost\"}".utf8)
            return String(decoding: Redacted(input, rules: rules).output, as: UTF8.self)
        }
        #expect(try output([.credentialsInURL]) == "{\"f\":\"http://[censored]@hosthosthosthost\"}")
        #expect(try output([.credentialsInURL, .mask]) == "{\"f\":\"[censored]\"}")
        #expect(try output([.credentialsInURL, .lastFour]) == "{\"f\":\"******************host\"}")
        #expect(try output([.credentialsInURL, .credentialPairs]) == "{\"f\":\"[censored]\"}")
        #expect(try output([.credentialsInURL, .credentialsInURL]) == "{\"f\":\"http://[censored]@hosthosthosthost\"}")
    }

    @Test func nothingOfARefusedCredentialHasPassed() throws {
        let rules = try RedactionRules.treating("f", .credentialsInURL)
        for tail in ["", "\\q", "\u{1}", "@h\"]"] {
            let input = Array("{\"f\":\"http://u:HUSH\(tail)".utf8)
            for cuts in everyCut(of: input.count) {
                let redacted = Redacted(input, rules: rules, cuts: cuts)
                #expect(redacted.refusal != nil && !redacted.output.contains(run: Array("HU".utf8)))
            }
        }
    }
}
