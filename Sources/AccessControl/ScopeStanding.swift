/// How a key stands to a scope, and by which of its grants or denials.
package enum ScopeStanding: Equatable, Sendable {
    case granted(by: ScopePattern)
    case denied(by: ScopePattern)
    /// Only a grant of exactly this scope would do. `wildcard` is one that would cover an ordinary scope.
    case exactGrantRequired(wildcard: ScopePattern?)
    case missing
}

extension APIKey {
    /// The one reading of grants and denials: snapshots are compiled from it and explanations quote it.
    ///
    /// A denial wins over any grant. With `exactOnly` no wildcard grants the scope.
    package func standing(on scope: Scope, exactOnly: Bool) -> ScopeStanding {
        if let denial = denials.first(where: { $0.matches(scope) }) { return .denied(by: denial) }
        let exact = ScopePattern(scope)
        if grants.contains(exact) { return .granted(by: exact) }
        let wildcard = grants.first { $0.matches(scope) }
        if exactOnly { return .exactGrantRequired(wildcard: wildcard) }
        return wildcard.map { .granted(by: $0) } ?? .missing
    }

    /// Holds an explicit scope: by a grant of exactly it, and no denial.
    package func holdsExplicitly(_ scope: Scope) -> Bool {
        switch standing(on: scope, exactOnly: true) {
        case .granted: true
        case .denied, .exactGrantRequired, .missing: false
        }
    }
}
