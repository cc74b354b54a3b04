import Redaction
import Testing

struct FinderTests {
    private let names: WatchedNames

    init() throws { names = try WatchedNames.compile(RedactionRule.shipped) }

    /// `id: field=secret`, in the order found.
    private func find(
        _ text: String, revealed: RuleMask = RuleMask(rawValue: .max), cuts: [Int] = []
    ) throws -> (found: [String], missed: Int) {
        let document = Array(text.utf8)
        var finder = SecretFinder(names, revealed: revealed, limits: RedactionLimits())
        var found: [String] = []
        var start = 0
        for end in cuts + [document.count] {
            while start < end {
                start += try finder.next(document.span.extracting(start..<end))
                for index in 0..<finder.foundCount {
                    let secret = finder.found(index)
                    let rule = secret.rules.rawValue.trailingZeroBitCount
                    let identifier = plain(finder.identifier)
                    let value = plain(finder[secret])
                    let mark = secret.isWhole ? "" : "..."
                    found.append("\(identifier): \(RedactionRule.shipped[rule].field)=\(value)\(mark)")
                }
            }
        }
        try finder.finish()
        return (found, finder.missedCount)
    }

    private func plain(_ span: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        for index in span.indices { bytes.append(span[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        (#"{"id":7,"secret_key":"HUSH"}"#, ["7: secret_key=HUSH"]),
        (#"{"secret_key":"HUSH","id":7}"#, ["7: secret_key=HUSH"]),
        (#"{"secret_key":"HUSH"}"#, [": secret_key=HUSH"]),
        (#"{"i\u0064":"a\/b","secret\u005fkey":"HU\u0053H\n"}"#, ["a/b: secret_key=HUSH\n"]),
        (#"{"count":2,"cloud_connectors":[{"id":1,"secret_key":"A"},{"secret_key":"B","id":2},{"id":3}]}"#,
            ["1: secret_key=A", "2: secret_key=B"]),
        // Inner objects have ids of their own.
        (#"{"id":1,"bucket":{"id":2},"secret_key":"A"}"#, ["1: secret_key=A"]),
        (#"{"secret_key":"A","inner":{"secret_key":"B","id":2},"id":1}"#, ["2: secret_key=B", "1: secret_key=A"]),
        (#"{"inner":[{"x":{"secret_key":"B"}}],"id":1}"#, [": secret_key=B"]),
        // Several, and duplicates.
        (#"{"id":1,"secret_key":"A","secret_key":"B","password":"C","id":9}"#,
            ["9: secret_key=A", "9: secret_key=B", "9: password=C"]),
        (#"{"id":null,"secret_key":12345}"#, [": secret_key=12345"]),
        (#"{"id":{"id":5},"secret_key":["a",{"b":1}]}"#, [#": secret_key=["a",{"b":1}]"#]),
        // What is no secret.
        (#"{"id":1,"secret_key":null,"password":"","key":"******************Iwgo","x":"y"}"#, []),
        (#"{"id":1,"password":"[censored]","secret_key":"[censored] "}"#, ["1: secret_key=[censored] "]),
        (#"{"id":1,"url_proxy":"http://proxy","options":"ro,vers=3"}"#, []),
        (#"{"id":1,"url_proxy":"http://u:p@proxy","options":"ro,password=x"}"#,
            ["1: url_proxy=http://u:p@proxy", "1: options=ro,password=x"]),
        (#"{"id":1,"key":"abcdefghijklmnopqrst"}"#, ["1: key=abcdefghijklmnopqrst"]),
        ("[]", []), ("{}", []), ("\"secret_key\"", []),
    ] as [(String, [String])])
    func secretsAreFoundWithTheirObjects(_ text: String, _ expected: [String]) throws {
        for cuts in everyCut(of: text.utf8.count) {
            let outcome = try find(text, cuts: cuts)
            #expect(outcome.found == expected, "\(cuts)")
            #expect(outcome.missed == 0)
        }
    }

    @Test func onlyWhatIsRevealedIsFound() throws {
        let text = #"{"id":1,"secret_key":"A","password":"B"}"#
        #expect(try find(text, revealed: RuleMask(rule: 1)).found == ["1: password=B"])
        #expect(try find(text, revealed: []).found == [])
    }

    @Test func whatDoesNotFitIsCounted() throws {
        let many = (0..<40).map { #""secret_key":"s\#($0)""# }.joined(separator: ",")
        let outcome = try find("[{\"id\":1,\(many)},{\"id\":2,\"secret_key\":\"A\"}]")
        #expect(outcome.found.count == SecretFinder.maximumPending - 1 + 1 && outcome.missed == 9)
        #expect(outcome.found.first == "1: secret_key=s0" && outcome.found.last == "2: secret_key=A")
        let long = String(repeating: "x", count: 5000)
        let cut = try find("{\"id\":1,\"secret_key\":\"\(long)\",\"key\":\"0123456789abcdefgh\"}")
        #expect(cut.found.count == 2 && cut.found[0].hasSuffix("x...") && cut.found[1] == "1: key=0123456789abcdefgh")
        let most = try find("{\"id\":1,\"secret_key\":\"\(long)\",\"password\":\"\(long)\",\"options\":\"\(long)\"}")
        #expect(most.found.count == 2 && most.missed == 1)
    }

    @Test func brokenDocumentsAreRefused() {
        #expect(throws: RedactionError(.truncated, at: 18)) { try find(#"{"secret_key":"A","#) }
        #expect(throws: RedactionError(.unexpectedByte, at: 1)) { try find("{secret_key:1}") }
    }

    /// Finding is another pass: what a redactor would mask wholly is what a finder finds.
    @Test func aFinderFindsWhatARedactorMasks() throws {
        let rules = try RedactionRules.compile(RedactionRule.shipped)
        for seed in 1...400 as ClosedRange<UInt64> {
            let document = GeneratedDocument(seed: seed)
            let active: RuleMask = [RuleMask(rule: 0), RuleMask(rule: 1)]
            let masked = Redacted(document.input, rules: rules, active: active).count
            let outcome = try find(String(decoding: document.input, as: UTF8.self), revealed: active)
            // Null and empty strings are masked, but show nothing.
            #expect(outcome.found.count + outcome.missed <= masked, "seed \(seed)")
            if masked == 0 { #expect(outcome.found.isEmpty) }
        }
    }
}
