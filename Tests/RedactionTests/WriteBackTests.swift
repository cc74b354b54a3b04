import Foundation
import Redaction
import Testing

struct WriteBackTests {
    private let names: WatchedNames

    init() throws { names = try WatchedNames.compile(RedactionRule.shipped) }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(arguments: [
        // First, middle, last, only, all.
        (#"{"secret_key":"[censored]","a":1}"#, #"{"a":1}"#),
        (#"{"a":1,"secret_key":"[censored]","b":2}"#, #"{"a":1,"b":2}"#),
        (#"{"a":1,"secret_key":"[censored]"}"#, #"{"a":1}"#),
        (#"{"secret_key":"[censored]"}"#, "{}"),
        (#"{"secret_key":"[censored]","password":"[censored]","key":"[censored]"}"#, "{}"),
        (#"{"secret_key":"[censored]","password":"[censored]","a":1,"b":2}"#, #"{"a":1,"b":2}"#),
        (#"{"a":1,"secret_key":"[censored]","password":"[censored]"}"#, #"{"a":1}"#),
        // White space.
        ("{ \"secret_key\" : \"[censored]\" , \"a\" : 1 }", "{  \"a\" : 1 }"),
        ("{ \"a\" : 1 ,\n \"secret_key\" : \"[censored]\"\t}", "{ \"a\" : 1 \t}"),
        // Wrapped, nested, in arrays, beside others.
        (#"{"cloud_connector":{"secret_key":"[censored]","name":"x"}}"#, #"{"cloud_connector":{"name":"x"}}"#),
        (#"[{"secret_key":"[censored]"},{"secret_key":"[censored]","b":{}}]"#, #"[{},{"b":{}}]"#),
        (#"{"secret_key":"[censored]","a":{"b":{},"password":"[censored]"},"c":[{}]}"#, #"{"a":{"b":{}},"c":[{}]}"#),
        // Spellings.
        (#"{"secret\u005fkey":"\u005bcensored\u005D","a":1}"#, #"{"a":1}"#),
        (#"{"secret_key":" [censored] ","a":1}"#, #"{"a":1}"#),
        (#"{"secret_key":["[censored]"],"a":1,"password":{"x":[{"y":"[censored]"}]}}"#, #"{"a":1}"#),
        (#"{"url_proxy":"http:\/\/[censored]@proxy","a":1}"#, #"{"a":1}"#),
        (#"{"options":"passwd_file=[censored],ro"}"#, "{}"),
        (#"{"options":{"password":"[censored]"},"a":1}"#, #"{"a":1}"#),
        (#"{"key":"******************Iwgo","a":1}"#, #"{"a":1}"#),
        // Duplicates.
        (#"{"secret_key":"new","secret_key":"[censored]"}"#, #"{"secret_key":"new"}"#),
        (#"{"secret_key":"[censored]","secret_key":"new"}"#, #"{"secret_key":"new"}"#),
        // What is no mask, or no secret.
        (#"{"secret_key":"new","name":"[censored]","a":{"key":"[CENSORED]"}}"#, nil),
        (#"{"secret_key":null,"password":"","key":12,"url":"[censored]","options":[]}"#, nil),
        (#"{"secret_key":"******************Iwgo","":"[censored]"}"#, nil),
        (#"[ [ ] , { } , "a,b" , -1.5e3 , true ,{"a":[1,2],"b":"\u00e9,{}é"} ]"#, nil), ("{}", nil), (" \"[censored]\" ", nil),
    ])
    func masksAreDropped(_ input: String, _ expected: String?) {
        let input = Array(input.utf8)
        let whole = Guarded(input, names: names)
        #expect(whole.refusal == nil)
        #expect(text(whole.output) == expected ?? text(input))
        #expect((whole.dropped > 0) == (expected != nil))
        #expect((try? JSONSerialization.jsonObject(with: Data(whole.output), options: .fragmentsAllowed)) != nil)
        for cuts in everyCut(of: input.count) { #expect(Guarded(input, names: names, cuts: cuts) == whole, "\(cuts)") }
        let again = Guarded(whole.output, names: names)
        #expect(again.output == whole.output && again.dropped == 0)
        let strict = Guarded(input, names: names, mode: .refuse)
        if expected == nil {
            #expect(strict.refusal == nil && strict.output == input)
        } else {
            guard case .mask(let rules) = strict.refusal else {
                Issue.record("not refused")
                return
            }
            #expect(rules.isSubset(of: whole.rules) && !rules.isEmpty)
        }
    }

    @Test func onlyActiveRulesAreGuarded() {
        let input = Array(#"{"secret_key":"[censored]","password":"[censored]"}"#.utf8)
        let guarded = Guarded(input, names: names, active: RuleMask(rule: 0))
        #expect(text(guarded.output) == #"{"password":"[censored]"}"#)
        #expect(guarded.rules == RuleMask(rule: 0) && guarded.dropped == 1)
        #expect(Guarded(input, names: names, active: []).output == input)
    }

    @Test(arguments: [
        ("", .empty, 0), ("{\"a\":1", .truncated, 6), ("{\"a\":1}x", .trailingContent, 7), ("{\"a\":1,}", .unexpectedByte, 7),
        ("a=b", .unexpectedByte, 0), ("{\"secret_key\":\"\u{1}\"}", .controlCharacter, 15), ("{}{}", .trailingContent, 2),
        ("{\"secret_key\":\"[censored]\"", .truncated, 26), ("{\"a\":01}", .invalidNumber, 6), ("{\"a\\ud800\":1}", .loneSurrogate, 9),
    ] as [(String, RedactionError.Reason, Int)])
    func malformedBodiesAreRefused(_ body: String, _ reason: RedactionError.Reason, _ offset: Int) {
        let input = Array(body.utf8)
        for cuts in everyCut(of: input.count) {
            let guarded = Guarded(input, names: names, cuts: cuts)
            #expect(guarded.refusal == .malformed(RedactionError(reason, at: offset)), "\(cuts)")
        }
    }

    @Test func membersUpToTheLimit() {
        let room = WriteBackGuard.memberBytes - #","secret_key":"""#.utf8.count
        for (count, isRefused) in [(room, false), (room + 1, true)] {
            let input = Array(#"{"a":1,"secret_key":"\#(String(repeating: "x", count: count))"}"#.utf8)
            let guarded = Guarded(input, names: names, cuts: [50, 500])
            #expect(guarded.refusal == (isRefused ? .memberLimit(at: 6) : nil))
            if !isRefused { #expect(guarded.output == input) }
        }
        // Blanks before a name are held too; an unprotected value is not.
        let blanks = String(repeating: " ", count: WriteBackGuard.memberBytes)
        #expect(Guarded(Array("{\(blanks) \"a\":1}".utf8), names: names).refusal == .memberLimit(at: 1))
        let long = Array("{\"a\": \(blanks)\"\(blanks)\(blanks)\" \(blanks)}".utf8)
        #expect(Guarded(long, names: names).output == long)
    }

    /// Random bodies: what is left is what Foundation's parser finds without the masked members.
    @Test func generatedBodiesLoseMaskedMembersAndNothingElse() throws {
        var dropped = 0
        for seed in 1...1500 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let body = Array(object(&generator, depth: 0).utf8)
            let cuts = (0..<5).map { _ in Int.random(in: 0...body.count, using: &generator) }.sorted()
            let guarded = Guarded(body, names: names, active: RuleMask(rule: 0), cuts: cuts)
            #expect(guarded.refusal == nil, "seed \(seed)")
            let before = try JSONSerialization.jsonObject(with: Data(body))
            let after = try JSONSerialization.jsonObject(with: Data(guarded.output))
            let wanted = NSDictionary(object: pruned(before), forKey: "a" as NSString)
            #expect(wanted == NSDictionary(object: after, forKey: "a" as NSString), "seed \(seed)")
            if guarded.dropped == 0 { #expect(guarded.output == body) }
            dropped += guarded.dropped
        }
        #expect(dropped > 500)
    }

    private func object(_ generator: inout SeededGenerator, depth: Int) -> String {
        func space() -> String { generator.pick(["", "", "", " ", "\n\t"]) }
        var members: [String] = []
        for name in ["a", "secret_key", "b", "secret\\u005fkeys", "c"].shuffled(using: &generator) where generator.chance(60) {
            var value = generator.pick(["1", "\"x,y\"", "[]", "[{},{\"secret_key\":\"[censored]\"}]", "null", "{}"])
            if name == "secret_key" {
                value = generator.pick(["\"[censored]\"", "\"\\u005bcensored]\"", "\"x,y\"", "[{}]", "null"])
            }
            if name != "secret_key", depth < 3, generator.chance(40) { value = object(&generator, depth: depth + 1) }
            members.append("\(space())\"\(name)\"\(space()):\(space())\(value)\(space())")
        }
        return "{" + (members.isEmpty ? space() : members.joined(separator: ",")) + "}"
    }

    private func pruned(_ value: Any) -> Any {
        switch value {
        case let object as [String: Any]:
            object.filter { $0.key != "secret_key" || ($0.value as? String) != "[censored]" }.mapValues(pruned)
        case let array as [Any]: array.map(pruned)
        default: value
        }
    }
}
