import AccessControl
import ArgumentParser

struct OperationsImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Build the operations table from the appliance's own API description.",
        discussion: """
            Reads an OpenAPI 3 description (JSON or YAML, of any release; '-' is standard input), takes each \
            operation's scope from its 'API Key Scope' line, and shows what differs from the table in use. With \
            --output the new table is written, else nothing is.

            Whether an operation is sensitive is the gateway's own judgement and is carried over by operation id and \
            by scope; look at the new ones and mark them in the table where it is due.
            """)

    @Argument(help: ArgumentHelp("The API description.", valueName: "file"))
    var file: String

    @OptionGroup var location: OperationsLocation

    @Option(name: [.short, .long], help: ArgumentHelp("Write the new table to this file.", valueName: "file"))
    var output: String?

    @Flag(help: "The changes as one JSON object.")
    var json = false

    private struct Report: Encodable {
        let operations: Int
        let new, gone, changed, withoutScope: [OperationChanges.Change]
        let remarks: [String]
        let output: String?
    }

    func run() throws {
        let source = try location.source()
        let current = try source.operations()
        let sensitiveIDs = Set(current.filter(\.isSensitive).map(\.id))
        let sensitiveScopes = Set(current.filter(\.isSensitive).compactMap(\.scope))
        let description = try OpenAPIDescription(try TextFile.read(file)) { id, scope in
            sensitiveIDs.contains(id) || scope.map(sensitiveScopes.contains) == true
        }
        // A table that the gateway could not load must not be written.
        do { _ = try OperationTable(description.operations) } catch {
            throw CommandFailure("the description gives no usable table: \(error).")
        }
        if let output {
            let comment = "Operations of the Nodeum API, made by 'nodegate operations import'."
            try TextFile.write(OperationFile.serialise(description.operations, comment: comment), to: output)
        }
        let changes = OperationChanges(current: current, imported: description.operations)
        if json {
            try Console.writeJSON(Report(
                operations: description.operations.count, new: changes.new, gone: changes.gone,
                changed: changes.changed, withoutScope: changes.withoutScope, remarks: description.remarks,
                output: output))
        } else {
            try Console.writeLines(lines(changes, description, against: source.path))
        }
    }

    private func lines(
        _ changes: OperationChanges, _ description: OpenAPIDescription, against path: String
    ) -> [String] {
        var lines = ["\(description.operations.count) operations read; against \(path):"]
        lines += section("new", changes.new) { "\($0.method) \($0.path)  \(scopes($0))" }
        lines += section("gone", changes.gone) { "\($0.method) \($0.path)  \(scopes($0))" }
        lines += section("changed scope", changes.changed) { change in
            let before = [change.previousScope, change.previousExplicitScope].compactMap(\.self)
            return "\(change.method) \(change.path)  \(before.isEmpty ? "no scope" : before.joined(separator: " + "))"
                + " -> \(scopes(change))"
        }
        lines += section("no scope stated, denied to every key", changes.withoutScope) { "\($0.method) \($0.path)" }
        lines += section("remarks", description.remarks, \.self)
        lines.append(output.map { "Written to \($0)." } ?? "Nothing written; --output FILE writes the new table.")
        return lines
    }

    private func section<Element>(_ title: String, _ elements: [Element], _ line: (Element) -> String) -> [String] {
        ["\(title): \(elements.isEmpty ? "none" : String(elements.count))"] + elements.map { "  \(line($0))" }
    }

    private func scopes(_ change: OperationChanges.Change) -> String {
        guard let scope = change.scope else { return "no scope" }
        return change.explicitScope.map { "\(scope) + \($0)" } ?? scope
    }
}
