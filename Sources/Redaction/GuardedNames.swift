/// The member names that request bodies are watched for, compiled once: those of the redaction rules, with the same
/// bits, and those that tell the appliance where to send a stored secret.
package final class GuardedNames: Sendable {
    /// Rules that a `GuardedNames` can be made for; the other bits name redirects.
    package static let maximumRules = RedactionRules.maximumRules - 4

    let rules: RedactionRules
    /// Where the secret goes; bits beyond those of the rules.
    let redirecting: RuleMask
    /// The secret that must come with them.
    let renewing: RuleMask

    private init(rules: RedactionRules, redirecting: RuleMask, renewing: RuleMask) {
        self.rules = rules
        self.redirecting = redirecting
        self.renewing = renewing
    }

    /// The fields of a cloud connector that decide where its `secret_key` is sent.
    package static let redirectFields = ["url", "url_proxy", "options"]
    package static let secretField = "secret_key"

    package static func compile(_ rules: [RedactionRule]) throws(RedactionRuleError) -> GuardedNames {
        guard rules.count <= maximumRules else { throw .tooManyRules(count: rules.count) }
        let fields = redirectFields + [secretField]
        let watched = fields.map { RedactionRule(field: $0, place: .everywhere, unlockedBy: nil) }
        var redirecting: RuleMask = []
        for index in redirectFields.indices { redirecting.insert(RuleMask(rule: rules.count + index)) }
        return GuardedNames(
            rules: try RedactionRules.compile(rules + watched), redirecting: redirecting,
            renewing: RuleMask(rule: rules.count + redirectFields.count))
    }

    /// The names of redirects in `mask`, for messages and records.
    package func redirectFields(in mask: RuleMask) -> [String] {
        let first = rules.rules.count - Self.redirectFields.count - 1
        return Self.redirectFields.indices.filter { mask.contains(RuleMask(rule: first + $0)) }
            .map { Self.redirectFields[$0] }
    }

    /// The bits of `mask` that are redaction rules.
    func protecting(_ mask: RuleMask) -> RuleMask { mask.subtracting(redirecting).subtracting(renewing) }
}
