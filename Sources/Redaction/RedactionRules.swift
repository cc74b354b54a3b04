/// Why a list of rules cannot be compiled. `rule` counts from 0.
package enum RedactionRuleError: Error, Sendable, Hashable {
    case tooManyRules(count: Int)
    case emptyField(rule: Int)
    case fieldTooLong(rule: Int, bytes: Int)
}

/// An immutable, compiled list of rules, shared by all lanes.
package final class RedactionRules: Sendable {
    package static let maximumRules = 64
    package static let maximumFieldBytes = 64

    /// The rules, in the order of their bits in a `RuleMask`.
    package let rules: [RedactionRule]

    private init(rules: [RedactionRule]) {
        self.rules = rules
    }

    package static func compile(_ rules: [RedactionRule]) throws(RedactionRuleError) -> RedactionRules {
        guard rules.count <= maximumRules else { throw .tooManyRules(count: rules.count) }
        for (index, rule) in rules.enumerated() {
            let bytes = rule.field.utf8.count
            guard bytes > 0 else { throw .emptyField(rule: index) }
            guard bytes <= maximumFieldBytes else { throw .fieldTooLong(rule: index, bytes: bytes) }
        }
        return RedactionRules(rules: rules)
    }

    /// The rules that look at answers of `controller`. For the compilation of operations, not for the hot path.
    package func applying(toController controller: String) -> RuleMask {
        mask { rule in
            switch rule.place {
            case .everywhere: true
            case .controllers(let names): names.contains(controller)
            }
        }
    }

    /// The rules that a caller's explicit scopes release. Compiled with the policy, subtracted per exchange.
    package func unlocked(where holds: (RedactionScope) -> Bool) -> RuleMask {
        mask { rule in rule.unlockedBy.map(holds) ?? false }
    }

    private func mask(where holds: (RedactionRule) -> Bool) -> RuleMask {
        var mask: RuleMask = []
        for (index, rule) in rules.enumerated() where holds(rule) { mask.insert(RuleMask(rule: index)) }
        return mask
    }
}
