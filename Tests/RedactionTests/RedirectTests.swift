import Redaction
import Testing

/// A stored secret must not be sent to another place by a caller who does not know it.
struct RedirectTests {
    private let names: WatchedNames

    init() throws { names = try WatchedNames.compile(RedactionRule.shipped) }

    @Test(arguments: [
        (#"{"name":"x"}"#, [], []),
        (#"{"url":"https://evil"}"#, ["url"], ["url"]),
        (#"{"url":"https://evil","secret_key":"new"}"#, ["url"], []),
        (#"{"secret_key":"new","url_proxy":"http://evil"}"#, ["url_proxy"], []),
        (#"{"options":"ro","url":null}"#, ["url", "options"], ["url", "options"]),
        (#"{"u\u0072l":"https://evil"}"#, ["url"], ["url"]),
        // What is no new secret.
        (#"{"url":"https://evil","secret_key":null}"#, ["url"], ["url"]),
        (#"{"url":"https://evil","secret_key":" "}"#, ["url"], ["url"]),
        (#"{"url":"https://evil","secret_key":"[censored]"}"#, ["url"], ["url"]),
        (#"{"url":"https://evil","secret_key":["new"]}"#, ["url"], ["url"]),
        (#"{"url":"https://evil","secret_key":true}"#, ["url"], ["url"]),
        (#"{"url":"https://evil","secret_key":12345678}"#, ["url"], []),
        (#"{"url":"https://evil","Secret_Key":"new","secret_keys":"new"}"#, ["url"], ["url"]),
        // Duplicates: the last wins at the appliance, so every one must be new.
        (#"{"url":"https://evil","secret_key":"new","secret_key":null}"#, ["url"], ["url"]),
        (#"{"url":"https://evil","secret_key":null,"secret_key":"new"}"#, ["url"], ["url"]),
        // Wrapped, and both levels, each on its own.
        (#"{"cloud_connector":{"url":"https://evil"}}"#, ["url"], ["url"]),
        (#"{"cloud_connector":{"url":"https://evil","secret_key":"new"}}"#, ["url"], []),
        (#"{"cloud_connector":{"url":"https://evil"},"secret_key":"new"}"#, ["url"], ["url"]),
        (#"{"url":"https://evil","cloud_connector":{"secret_key":"new"}}"#, ["url"], ["url"]),
        (#"{"cloud_connector":{"secret_key":"new"},"cloud_connector":{"url":"https://evil"}}"#, ["url"], ["url"]),
        (#"{"cloud_connector":{"url":"https://evil"},"cloud_connector":{"secret_key":"new"}}"#, ["url"], ["url"]),
        (#"[{"url":"https://evil"}]"#, ["url"], ["url"]),
        // Deeper than the appliance reads.
        (#"{"a":{"b":{"url":"https://evil"}}}"#, [], []),
        // Dropped, so not sent.
        (#"{"url_proxy":"http://[censored]@evil"}"#, [], []),
        (#"{"options":{"password":"[censored]"}}"#, [], []),
    ] as [(String, [String], [String])])
    func redirects(_ body: String, _ fields: [String], _ withoutSecret: [String]) {
        let input = Array(body.utf8)
        for cuts in everyCut(of: input.count) {
            let guarded = Guarded(input, names: names, cuts: cuts)
            #expect(guarded.refusal == nil)
            #expect(names.redirectFields(in: guarded.redirects) == fields, "\(cuts)")
            #expect(names.redirectFields(in: guarded.withoutSecret) == withoutSecret, "\(cuts)")
        }
    }

    @Test func submittedSecretsAreRemembered() throws {
        let body = Array(
            #"{"secret_key":"HUSHfirst\/","url_proxy":"http://u:HUSHproxy@h","options":"a=b,password=HUSHword","url":"https://x"}"#.utf8)
        var guardian = WriteBackGuard(names, active: RuleMask(rawValue: 0b111111), mode: .drop, limits: RedactionLimits())
        var start = 0
        while start < body.count { start += try guardian.next(body.span.extracting(start..<body.count)).consumed }
        try guardian.finish()
        #expect(guardian.submitted.count == 3)
        let rules = try RedactionRules.compile(RedactionRule.shipped)
        for echo in ["HUSHfirst/", "u:HUSHproxy", "a HUSHword b", "HUSHfirs\\u0074/"] {
            let answer = Array("{\"value\":\"\(echo)\"}".utf8)
            let redacted = Redacted(answer, rules: rules, active: [], echoes: guardian.submitted)
            #expect(redacted.output == Array("{\"value\":\"[censored]\"}".utf8), "\(echo)")
        }
        let innocent = Array("[\"https://x\",\"a=b\"]".utf8)
        #expect(Redacted(innocent, rules: rules, active: [], echoes: guardian.submitted).output == innocent)
    }

    @Test func rulesThatLeaveNoRoom() {
        let rules = (0...WatchedNames.maximumRules).map {
            RedactionRule(field: "field_\($0)", place: .everywhere, unlockedBy: nil)
        }
        #expect(throws: RedactionRuleError.tooManyRules(count: 60)) { try WatchedNames.compile(rules) }
    }
}
