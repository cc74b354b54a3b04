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

    /// Every rule.
    package let all: RuleMask
    private let names: [MemberName]
    /// The words of all names, eight for each. (To read one of an inline array would copy all eight.)
    private let words: [UInt64]
    /// The rules that mask the whole value, that leave four characters, and that look for credentials in a URL.
    private let masking: RuleMask
    private let shortening: RuleMask
    private let readingURLs: RuleMask

    private init(rules: [RedactionRule]) {
        self.rules = rules
        all = rules.indices.reduce(into: []) { $0.insert(RuleMask(rule: $1)) }
        names = rules.map { MemberName($0.field.utf8) }
        words = names.flatMap { name in name.words.indices.map { name.words[$0] } }
        func bits(_ treatment: RedactionTreatment) -> RuleMask {
            rules.indices.reduce(into: []) { mask, index in
                if rules[index].treatment == treatment { mask.insert(RuleMask(rule: index)) }
            }
        }
        masking = bits(.mask)
        shortening = bits(.lastFour)
        readingURLs = bits(.credentialsInURL)
    }

    /// What becomes of a value that all of `matched` protect; not empty.
    func treatment(of matched: RuleMask) -> RedactionTreatment {
        guard matched.isDisjoint(with: masking) else { return .mask }
        guard matched.isDisjoint(with: shortening) else { return .lastFour }
        if matched.isSubset(of: readingURLs) { return .credentialsInURL }
        // Read in two ways, it would be neither.
        return matched.isDisjoint(with: readingURLs) ? .credentialPairs : .mask
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
    ///
    /// - Parameter action: nil asks for rules that look at any action of the controller.
    package func applying(toController controller: String, action: String? = nil) -> RuleMask {
        mask { rule in
            switch rule.place {
            case .actions(let scopes):
                scopes.contains { $0.controller == controller && (action == nil || $0.action == action) }
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

    /// Bit n: a rule of `active` has a name of n + 1 bytes.
    func nameLengths(of active: RuleMask) -> UInt64 {
        var lengths: UInt64 = 0
        for (index, name) in names.enumerated() where active.contains(RuleMask(rule: index)) {
            lengths |= 1 << UInt64(name.count - 1)
        }
        return lengths
    }

    /// The rules of `active` whose name the bytes of `range` spell.
    @inline(never)
    func matching(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>, among active: RuleMask) -> RuleMask {
        guard !range.isEmpty else { return [] }
        var matched: UInt64 = 0
        var left = active.rawValue
        let beginning = bytes.word(at: range.lowerBound, count: min(8, range.count))
        while left != 0 {
            let rule = left.trailingZeroBitCount
            left &= left &- 1
            guard words[rule &* 8] == beginning, names[rule].count == range.count else { continue }
            var index = 8
            while index < range.count {
                let word = bytes.word(at: range.lowerBound &+ index, count: min(8, range.count &- index))
                guard word == words[rule &* 8 &+ index / 8] else { break }
                index &+= 8
            }
            if index >= range.count { matched |= 1 << UInt64(truncatingIfNeeded: rule) }
        }
        return RuleMask(rawValue: matched)
    }
}
