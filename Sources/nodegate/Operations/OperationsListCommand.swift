import AccessControl
import ArgumentParser
import HTTPWire

struct OperationsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the operations that the gateway knows, and the scope that each needs.",
        discussion: """
            EXPLICIT is the scope that unlocks a secret in the answer. Operations marked 'sensitive' need a grant of \
            exactly their scope; a wildcard does not cover them. An operation without a scope is denied to every key.
            """)

    @OptionGroup var location: OperationsLocation

    @Option(help: "Only operations of this controller.")
    var controller: String?

    @Flag(help: "One JSON object a line.")
    var json = false

    private struct Row: Encodable {
        let id, method, path: String
        let scope, explicitScope: String?
        let sensitive: Bool
    }

    func run() throws {
        let table = try location.source().compiled()
        let operations = table.operations.filter { controller == nil || $0.scope?.controller == controller }
        if json {
            return try Console.writeLines(try operations.map { operation in
                try Console.json(Row(
                    id: operation.id, method: operation.method.name.description,
                    path: operation.template.description, scope: operation.scope?.description,
                    explicitScope: operation.explicitScope?.description, sensitive: operation.isSensitive))
            })
        }
        try Console.writeLines(TextTable.lines(
            ["METHOD", "PATH", "SCOPE", "EXPLICIT", "MARK"],
            operations.map { operation in
                [
                    operation.method.name.description, operation.template.description,
                    operation.scope?.description ?? "", operation.explicitScope?.description ?? "",
                    operation.isSensitive ? "sensitive" : "",
                ]
            }))
    }
}
