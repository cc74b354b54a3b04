import Foundation
import Redaction
import Testing

/// Secrets of the request must not come back in the answer.
struct EchoTests {
    private let rules: RedactionRules

    init() throws { rules = try RedactionRules.compile(RedactionRule.shipped) }

    private func echoes(_ secrets: String...) -> SubmittedSecrets {
        let echoes = SubmittedSecrets()
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

    /// The secret is `HUSH "hush"/1+é\n` with what every escape changes.
    @Test(arguments: [
        #""HUSH \"hush\"/1+é\\n""#, #""\u0048USH \u0022hush\"\/1+\u00e9\u005cn""#,
        // As JSON in a string, and that in a string again.
        #""{\"secret_key\":\"HUSH \\\"hush\\\"/1+é\\\\n\"}""#, #""\"{\\\"k\\\":\\\"HUSH \\\\\\\"hush\\\\\\\"/1+\\\\\\u00E9\\\\\\\\n\\\"}\"""#,
        #""HUSH%20%22hush%22%2F1%2B%C3%A9%5Cn""#, #""x=HUSH+%22hush%22%2f1%2b%c3%a9%5cn&y=1""#, #""HUSH%2520%2522hush%2522%252F1%252B%25C3%25A9%255Cn""#,
        #""HUSH &quot;hush&quot;/1+é\\n""#, #""HUSH &#34;hush&#34;&#x2F;1+é\\n""#, #""HUSH &amp;quot;hush&amp;quot;/1+é\\n""#,
        #""HUSH%20\\\"hush\\\"/1+é\\n""#,
    ])
    func escapedSecrets(_ text: String) {
        let secrets = echoes("HUSH \"hush\"/1+é\\n")
        for input in ["[\(text)]", "{\"a\":\(text)}", "{\(text):1}"] {
            let bytes = Array(input.utf8)
            let masked = input.replacing(text, with: "\"[censored]\"")
            for cuts in everyCut(of: bytes.count) {
                let redacted = Redacted(bytes, rules: rules, cuts: cuts, echoes: secrets)
                #expect(redacted.output == Array(masked.utf8), "\(input), \(cuts)")
            }
        }
    }

    @Test(arguments: [
        ("{\"12345678\":{\"a\":1}}", "{\"[censored]\":{\"a\":1}}"), ("[12345678,-12345678,1]", "[\"[censored]\",\"[censored]\",1]"),
        ("{\"a\":[0.12345678e5,12]}", "{\"a\":[\"[censored]\",12]}"), ("[1234567]", nil), ("{\"b\":{\"secret_key\":12345678}}", nil),
        ("{\"x 12345678 y\":\"12345678\",\"b\":null}", "{\"[censored]\":\"[censored]\",\"b\":null}"),
        // A name that protects its value still does when it goes itself.
        ("{\"secret_key\":\"12345678\",\"url\\u005fproxy\":\"http://u:p@h\"}", "{\"secret_key\":\"[censored]\",\"url\\u005fproxy\":\"http://[censored]@h\"}"),
    ])
    func namesAndNumbersThatRepeatASecret(_ input: String, _ output: String?) {
        let bytes = Array(input.utf8)
        let output = output ?? input.replacing("\"secret_key\":12345678", with: "\"secret_key\":\"[censored]\"")
        for cuts in everyCut(of: bytes.count) {
            let redacted = Redacted(bytes, rules: rules, cuts: cuts, echoes: echoes("12345678"))
            #expect(redacted.refusal == nil && redacted.output == Array(output.utf8), "\(cuts)")
        }
    }

    @Test func aProtectedNameThatIsASecret() {
        let bytes = Array("{\"secret_key\":{\"a\":1},\"b\":2}".utf8)
        for cuts in everyCut(of: bytes.count) {
            let redacted = Redacted(bytes, rules: rules, cuts: cuts, echoes: echoes("secret_key"))
            #expect(redacted.output == Array("{\"[censored]\":\"[censored]\",\"b\":2}".utf8), "\(cuts)")
        }
    }

    /// Its end is the end of the body, when nothing can be put in its place any more.
    @Test func aNumberThatIsTheDocumentIsRefused() {
        #expect(Redacted(Array(" 12".utf8), rules: rules, echoes: echoes("12345678")).refusal == RedactionError(.unexpectedByte, at: 1))
        #expect(Redacted(Array(" 12".utf8), rules: rules).refusal == nil)
    }

    /// The answer may begin before the request has brought its secret.
    @Test func secretsThatComeDuringTheAnswer() {
        let text = #"{"a":"HUSHhush","b":"x HUSH"# + #"hush y","HUSHhush":[1,"HUSHhush"]}"#
        let input = Array(text.utf8)
        for cut in 0...input.count {
            let secrets = SubmittedSecrets()
            secrets.isOpen = true
            var redactor = JSONRedactor(rules: rules, active: rules.every, limits: RedactionLimits(), echoes: secrets)
            var output: [UInt8] = []
            func feed(_ range: Range<Int>) throws {
                var start = range.lowerBound
                while start < range.upperBound {
                    let rest = input.span.extracting(start..<range.upperBound)
                    let step = try redactor.next(rest)
                    for index in step.pass { output.append(rest[index]) }
                    if step.insertion == .mask { output += JSONRedactor.mask.bytes }
                    if step.insertion == .composed { for index in redactor.composed.indices { output.append(redactor.composed[index]) } }
                    start += step.consumed
                }
            }
            #expect(throws: Never.self) {
                try feed(0..<cut)
                secrets.remember("HUSHhush".utf8.span)
                secrets.isOpen = false
                try feed(cut..<input.count)
                try redactor.finish()
            }
            // Only texts that had ended before the secret came are as they were.
            let masks = String(decoding: output, as: UTF8.self).components(separatedBy: "[censored]").count - 1
            let ended = [#""HUSHhush","#, #"hush y","#, #"hush":"#, #""HUSHhush"]"#].filter { mark in
                text.range(of: mark).map { text.utf8.distance(from: text.startIndex, to: $0.upperBound) - 1 <= cut } ?? false
            }.count
            #expect(masks == 4 - ended, "\(cut): \(String(decoding: output, as: UTF8.self))")
        }
    }

    @Test func tooManySecretsHideEveryText() {
        let secrets = echoes("0", "1", "2", "3", "4", "5", "6", "7", "8")
        let input = Array("{\"a\":\"b\",\"c\":[true,null,5]}".utf8)
        #expect(secrets.missedCount == 1)
        #expect(Redacted(input, rules: rules, echoes: secrets).output
            == Array("{\"[censored]\":\"[censored]\",\"[censored]\":[true,null,\"[censored]\"]}".utf8))
    }

    @Test func theBeginningOfALongSecretIsEnough() {
        let secret = String(repeating: "HUSH", count: 100)
        let redacted = Redacted(Array("[\"\(secret)\"]".utf8), rules: rules, echoes: echoes(secret))
        #expect(redacted.output == Array("[\"[censored]\"]".utf8) && redacted.echoes == 1 && redacted.count == 0)
    }

    /// As when a message cuts what it repeats.
    @Test func theFirstBytesAreEnough() {
        let secret = "HUSHhush%41\\nHUSH-and-much-more-of-it-than-any-message-would-repeat-in-full"
        let beginning = secret.prefix(SubmittedSecrets.comparedBytes)
        let input = Array("[\"not \(beginning.replacing("\\", with: "\\\\"))...\",\"HUSHhush%2541%5cnHUSH-and\",\"HUSHhush\"]".utf8)
        let redacted = Redacted(input, rules: rules, echoes: echoes(secret))
        #expect(redacted.output == Array("[\"[censored]\",\"[censored]\",\"HUSHhush\"]".utf8))
    }

    @Test func aStringTooLongToBeLookedIntoGoes() {
        for (count, isMasked) in [(JSONRedactor.heldBytes - 2, false), (JSONRedactor.heldBytes - 1, true)] {
            let input = Array("[\"\(String(repeating: "x", count: count))\"]".utf8)
            let redacted = Redacted(input, rules: rules, cuts: [100], echoes: echoes("HUSHhush"))
            #expect(redacted.output == (isMasked ? Array("[\"[censored]\"]".utf8) : input))
        }
    }

    @Test func secretsBeyondTheLimitAreCounted() {
        let echoes = SubmittedSecrets()
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
