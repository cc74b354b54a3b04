import Redaction
import Testing

struct RuleTests {
    @Test func shippedRulesLookWhereTheApplianceProtects() throws {
        let rules = try RedactionRules.compile(RedactionRule.shipped)
        func fields(_ controller: String) -> [String] {
            let mask = rules.applying(toController: controller)
            return rules.rules.indices.filter { mask.contains(RuleMask(rule: $0)) }.map { rules.rules[$0].field }
        }
        #expect(fields("cloud_connectors") == ["secret_key", "url_proxy", "options"])
        #expect(fields("cloud_buckets") == ["secret_key", "url_proxy", "options"])
        #expect(fields("nas_shares") == ["secret_key", "password", "url_proxy", "options"])
        #expect(fields("api_keys") == ["secret_key", "key", "url_proxy"])
        #expect(fields("pools") == ["secret_key", "url_proxy"])
        #expect(fields("") == ["secret_key", "url_proxy"])
    }

    @Test func onlyTheExactScopeUnlocks() throws {
        let rules = try RedactionRules.compile(RedactionRule.shipped)
        func unlocked(_ controller: String, _ action: String) -> RuleMask {
            rules.unlocked { $0 == RedactionScope(controller: controller, action: action) }
        }
        func mask(_ indices: Int...) -> RuleMask { indices.reduce(into: []) { $0.insert(RuleMask(rule: $1)) } }
        #expect(unlocked("cloud_connectors", "get_secret_key") == mask(0, 3, 4))
        #expect(unlocked("nas_shares", "get_password") == mask(1, 5))
        #expect(unlocked("nas_shares", "get_secret_key").isEmpty)
        #expect(unlocked("cloud_connectors", "show").isEmpty)
        // Nothing releases a key of the appliance.
        #expect(rules.unlocked { _ in true } == mask(0, 1, 3, 4, 5))
    }

    @Test func aRuleWithoutAScopeIsNeverUnlocked() throws {
        let rules = try RedactionRules.masking(["token"])
        #expect(rules.unlocked { _ in true }.isEmpty)
    }

    @Test func onlyActiveRulesMask() throws {
        let rules = try RedactionRules.masking(["a", "b", "c"])
        let input = Array("{\"a\":1,\"b\":2,\"c\":3}".utf8)
        let redacted = Redacted(input, rules: rules, active: [RuleMask(rule: 0), RuleMask(rule: 2)])
        #expect(redacted.output == Array("{\"a\":\"[censored]\",\"b\":2,\"c\":\"[censored]\"}".utf8))
        #expect(redacted.count == 2)
        #expect(redacted.rules == [RuleMask(rule: 0), RuleMask(rule: 2)])
        #expect(Redacted(input, rules: rules, active: RuleMask(rule: 1)).rules == RuleMask(rule: 1))
    }

    /// Of two rules with one name, the one that stays locked still masks.
    @Test func unlockingOneRuleLeavesAnotherWithTheSameName() throws {
        let scope = RedactionScope(controller: "x", action: "get_key")
        let rules = try RedactionRules.compile([
            RedactionRule(field: "key", place: .everywhere, unlockedBy: scope),
            RedactionRule(field: "key", place: .controllers(["x"]), unlockedBy: nil),
        ])
        let active = rules.applying(toController: "x").subtracting(rules.unlocked { $0 == scope })
        let redacted = Redacted(Array("{\"key\":1}".utf8), rules: rules, active: active)
        #expect(redacted.output == Array("{\"key\":\"[censored]\"}".utf8))
    }

    @Test func sixtyFourRules() throws {
        let names = (0..<64).map { "field_\($0)" }
        let rules = try RedactionRules.masking(names)
        let input = "{" + names.map { "\"\($0)\":\"x\"" }.joined(separator: ",") + ",\"field_64\":\"x\"}"
        let output = "{" + names.map { "\"\($0)\":\"[censored]\"" }.joined(separator: ",") + ",\"field_64\":\"x\"}"
        let redacted = Redacted(Array(input.utf8), rules: rules)
        #expect(redacted.output == Array(output.utf8))
        #expect(redacted.rules.rawValue == .max)
    }

    @Test func rulesThatCannotBeCompiled() {
        #expect(throws: RedactionRuleError.tooManyRules(count: 65)) {
            try RedactionRules.masking((0..<65).map { "field_\($0)" })
        }
        #expect(throws: RedactionRuleError.emptyField(rule: 1)) { try RedactionRules.masking(["a", ""]) }
        #expect(throws: RedactionRuleError.fieldTooLong(rule: 0, bytes: 66)) {
            try RedactionRules.masking([String(repeating: "é", count: 33)])
        }
        #expect(throws: Never.self) { try RedactionRules.masking([String(repeating: "é", count: 32)]) }
    }

    @Test func emptySpansChangeNothing() throws {
        let rules = try RedactionRules.compile(RedactionRule.shipped)
        var redactor = JSONRedactor(rules: rules, active: rules.every, limits: RedactionLimits())
        let nothing: [UInt8] = []
        let step = try redactor.next(nothing.span)
        #expect(step.consumed == 0 && step.pass.isEmpty && step.insertion == .none)
        #expect(throws: RedactionError(.empty, at: 0)) { try redactor.finish() }
    }

    @Test func maskAndPassAreStepsInOrder() throws {
        let rules = try RedactionRules.compile(RedactionRule.shipped)
        var redactor = JSONRedactor(rules: rules, active: rules.every, limits: RedactionLimits())
        let document = Array("{\"secret_key\":\"x\",\"b\":1}".utf8)
        let first = try redactor.next(document.span)
        #expect(first.consumed == 17 && first.pass == 0..<14 && first.insertion == .mask)
        let second = try redactor.next(document.span.extracting(17..<24))
        #expect(second.consumed == 7 && second.pass == 0..<7 && second.insertion == .none)
        try redactor.finish()
    }
}
