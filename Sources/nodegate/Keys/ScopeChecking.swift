import AccessControl
import ArgumentParser
import Settings

/// Scopes on the command line, held against the operations table so that a typo does not pass for a grant.
struct ScopeChecking: ParsableArguments {
    @OptionGroup var operations: OperationsLocation

    @Flag(name: .customLong("any-scope"), help: "Take scopes that no operation of the table has.")
    var takesAny = false

    var configuration: ConfigurationOptions { operations.configuration }

    /// - Returns: The table; nil where it was not needed.
    @discardableResult
    func check(_ patterns: [ScopePattern]) throws(CommandFailure) -> OperationTable? {
        guard !takesAny, !patterns.isEmpty else { return nil }
        let table = try operations.source().compiled()
        let unknown = patterns.filter { pattern in !table.scopes.contains(where: pattern.matches) }
        guard unknown.isEmpty else {
            let lines = unknown.map { pattern in
                "no operation has the scope \(pattern)" + (Self.near(pattern, table).map { "; did you mean \($0)?" } ?? "")
            }
            throw CommandFailure(
                lines.joined(separator: "\n       "),
                advice: "'nodegate scopes list' shows all scopes; --any-scope takes others too.")
        }
        return table
    }

    /// What was probably meant: a scope, or a wildcard with a part that exists.
    private static func near(_ pattern: ScopePattern, _ table: OperationTable) -> String? {
        let controllers = Set(table.scopes.map(\.controller)).sorted()
        let actions = Set(table.scopes.map(\.action)).sorted()
        let candidates = switch (pattern.controller, pattern.action) {
        case ("*", _): actions.map { "*/\($0)" }
        case (_, "*"): controllers.map { "\($0)/*" }
        default: table.scopes.map(\.description)
        }
        return Spelling.nearest(to: pattern.description, among: candidates)
    }
}

extension OperationTable {
    /// Scopes that a wildcard matches and yet does not grant, because they need a grant of exactly themselves, and
    /// the key has none.
    func scopes(notCoveredBy pattern: ScopePattern, of key: APIKey) -> [Scope] {
        guard !pattern.isExact else { return [] }
        return scopes.filter {
            pattern.matches($0) && needsExactGrant($0) && !key.grants.contains(ScopePattern($0))
        }
    }
}
