import AccessControl
import ArgumentParser

struct ScopesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scopes",
        abstract: "The scopes that keys can be granted.",
        subcommands: [ScopesListCommand.self])
}

struct ScopesListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List every scope and what it opens.",
        discussion: """
            NEEDS 'exact' marks scopes that only a grant of exactly that scope gives: those that unlock a secret, and \
            those of sensitive operations. Others are also covered by 'controller/*', '*/action' and '*/*'.
            """)

    @OptionGroup var location: OperationsLocation

    @Flag(help: "One JSON object a line.")
    var json = false

    private struct Row: Encodable {
        let scope: String
        /// Only a grant of exactly this scope gives it.
        let exact: Bool
        let operations: [String]
        /// Operations whose answers hold a secret that this scope unlocks.
        let unlocks: [String]
    }

    func run() throws {
        let table = try location.source().compiled()
        let rows = table.scopes.map { scope in
            Row(
                scope: scope.description, exact: table.needsExactGrant(scope),
                operations: table.operations.filter { $0.scope == scope }.map(\.id),
                unlocks: table.operations.filter { $0.explicitScope == scope }.map(\.id))
        }
        if json { return try Console.writeLines(try rows.map { try Console.json($0) }) }
        try Console.writeLines(TextTable.lines(
            ["SCOPE", "NEEDS", "OPENS"],
            rows.map { row in
                let opened = row.operations.isEmpty
                    ? "a secret in the answers of: \(row.unlocks.joined(separator: " "))"
                    : row.operations.joined(separator: " ")
                return [row.scope, row.exact ? "exact" : "", opened]
            }))
    }
}
