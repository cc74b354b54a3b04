import Redaction
import Testing

/// Secrets of the request must not come back in the answer.
struct EchoTests {
    private let rules: RedactionRules

    init() throws { rules = try RedactionRules.compile(RedactionRule.shipped) }

    private func echoes(_ secrets: String...) -> SubmittedSecrets {
        var echoes = SubmittedSecrets()
        for secret in secrets { echoes.remember(secret.utf8.span) }
        return echoes
    }

    @Test(arguments: [
        ("{\"value\":\"HUSHhush\"}", "{\"value\":\"[censored]\"}"),
        ("{\"error\":\"HUSHhush is too short\"}", "{\"error\":\"[censored]\"}"),
        ("{\"error\":\"no HUSH\\u0068ush\",\"b\":[\"HUSHhush\",1]}", "{\"error\":\"[censored]\",\"b\":[\"[censored]\",1]}"),
        ("{\"details\":{\"secret_key\":[{\"value\":\"HUSHhush\"}]}}", "{\"details\":{\"secret_key\":\"[censored]\"}}"),
        ("\"HUSHhush\"", "\"[censored]\""), ("[\"a\",\"HUSHhus\",\"USHhush\",\"hushhush\"]", nil),
        ("{\"a\\n\":\"b\\n\",\"c\":[null,true,1.5,{}]}", nil),
        // Two letters are too common to be looked for inside of strings.
        ("[\"ab\",\"grab\"]", "[\"[censored]\",\"grab\"]"),
        ("{\"url_proxy\":\"http://HUSHhush\"}", "{\"url_proxy\":\"[censored]\"}"),
        ("{\"url_proxy\":\"http://u:p@h\"}", "{\"url_proxy\":\"http://[censored]@h\"}"),
    ])
    func stringsThatRepeatASecret(_ input: String, _ output: String?) {
        let input = Array(input.utf8)
        for cuts in everyCut(of: input.count) {
            let redacted = Redacted(input, rules: rules, cuts: cuts, echoes: echoes("HUSHhush", "ab"))
            #expect(redacted.refusal == nil)
            #expect(redacted.output == output.map { Array($0.utf8) } ?? input, "\(cuts)")
        }
    }

    @Test func theBeginningOfALongSecretIsEnough() {
        let secret = String(repeating: "HUSH", count: 100)
        let redacted = Redacted(Array("[\"\(secret)\"]".utf8), rules: rules, echoes: echoes(secret))
        #expect(redacted.output == Array("[\"[censored]\"]".utf8) && redacted.echoes == 1 && redacted.count == 0)
    }

    @Test func aStringTooLongToBeLookedIntoGoes() {
        for (count, isMasked) in [(JSONRedactor.heldBytes - 2, false), (JSONRedactor.heldBytes - 1, true)] {
            let input = Array("[\"\(String(repeating: "x", count: count))\"]".utf8)
            let redacted = Redacted(input, rules: rules, cuts: [100], echoes: echoes("HUSHhush"))
            #expect(redacted.output == (isMasked ? Array("[\"[censored]\"]".utf8) : input))
        }
    }

    @Test func secretsBeyondTheLimitAreCounted() {
        var echoes = SubmittedSecrets()
        for number in 0..<10 { echoes.remember("secret-\(number)".utf8.span) }
        echoes.remember("".utf8.span)
        #expect(echoes.count == SubmittedSecrets.maximumCount && echoes.missedCount == 2)
        #expect(SubmittedSecrets().isEmpty)
    }

    @Test func refusalsStayTheSame() {
        for text in ["[\"a\"", "\"a\" 1", "{\"a\":\"\u{1}\"}", "[\"\\ud800\"]"] {
            let input = Array(text.utf8)
            let plain = Redacted(input, rules: rules).refusal
            for cuts in everyCut(of: input.count) {
                #expect(Redacted(input, rules: rules, cuts: cuts, echoes: echoes("abcdefgh")).refusal == plain)
            }
        }
    }
}
