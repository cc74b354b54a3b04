/// The member names that a `WriteBackGuard` or a `SecretFinder` stops at, compiled once: those of the redaction rules,
/// with the same bits; those that tell the appliance where to send a stored secret; and `id`.
package final class WatchedNames: Sendable {
    /// Rules that a `WatchedNames` can be made for; the other bits are taken.
    package static let maximumRules = RedactionRules.maximumRules - 5

    let rules: RedactionRules
    /// Where the secret goes; bits beyond those of the rules.
    let redirecting: RuleMask
    /// The secret that must come with them.
    let renewing: RuleMask
    /// What tells objects apart.
    let identifying: RuleMask

    private init(rules: RedactionRules, count: Int) {
        self.rules = rules
        let redirects = Self.redirectFields.count
        redirecting = Self.redirectFields.indices.reduce(into: []) { $0.insert(RuleMask(rule: count + $1)) }
        renewing = RuleMask(rule: count + redirects)
        identifying = RuleMask(rule: count + redirects + 1)
    }

    /// The fields of a cloud connector that decide where its `secret_key` is sent.
    package static let redirectFields = ["url", "url_proxy", "options"]
    package static let secretField = "secret_key"
    package static let identifierField = "id"

    package static func compile(_ rules: [RedactionRule]) throws(RedactionRuleError) -> WatchedNames {
        guard rules.count <= maximumRules else { throw .tooManyRules(count: rules.count) }
        let fields = redirectFields + [secretField, identifierField]
        let watched = fields.map { RedactionRule(field: $0, place: .everywhere, unlockedBy: nil) }
        return WatchedNames(rules: try RedactionRules.compile(rules + watched), count: rules.count)
    }

    /// The names of redirects in `mask`, for messages and records.
    package func redirectFields(in mask: RuleMask) -> [String] {
        let first = rules.rules.count - Self.redirectFields.count - 2
        return Self.redirectFields.indices.filter { mask.contains(RuleMask(rule: first + $0)) }
            .map { Self.redirectFields[$0] }
    }

    /// The bits of `mask` that are redaction rules.
    func protecting(_ mask: RuleMask) -> RuleMask {
        mask.subtracting(redirecting).subtracting(renewing).subtracting(identifying).intersection(rules.all)
    }
}
