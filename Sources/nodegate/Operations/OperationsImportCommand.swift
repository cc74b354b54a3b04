import AccessControl
import ArgumentParser
import Settings

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
        /// The version of the API that is described; empty where the description does not say.
        let version: String
        let operations: Int
        let new, gone, changedScope, changedExplicitScope, withoutScope: [OperationsDifference.Change]
        let remarks: [OperationsDescription.Remark]
        let output: String?
    }

    func run() throws {
        let source = try location.source()
        let current = try source.operations()
        let text = try TextFile.read(file)
        let name = file == "-" ? "standard input" : file
        let description: OperationsDescription
        do { description = try OperationsDescription.parse(text: text, file: name, current: current) } catch {
            throw CommandFailure(error)
        }
        // A table that the gateway could not load must not be written.
        do { _ = try OperationTable(description.operations) } catch {
            throw CommandFailure("the description gives no usable table: \(error).")
        }
        if let output {
            let comment = "Operations of the Nodeum API, made by 'nodegate operations import'."
            try TextFile.write(OperationFile.serialise(description.operations, comment: comment), to: output)
        }
        let difference = OperationsDifference(from: current, to: description.operations)
        if json {
            try Console.writeJSON(Report(
                version: description.version, operations: description.operations.count, new: difference.new,
                gone: difference.gone, changedScope: difference.changedScope,
                changedExplicitScope: difference.changedExplicitScope, withoutScope: difference.withoutScope,
                remarks: description.remarks, output: output))
        } else {
            try Console.write(summary(difference, description, against: source.path))
        }
    }

    private func summary(
        _ difference: OperationsDifference, _ description: OperationsDescription, against path: String
    ) -> String {
        let version = description.version.isEmpty ? "" : " of API version \(description.version)"
        let remarks = description.remarks.map { "  line \($0.line): \($0.message)\n" }
        return "\(description.operations.count) operations\(version) read; against \(path):\n"
            + difference.text
            + "remarks: \(remarks.isEmpty ? "none" : String(remarks.count))\n" + remarks.joined()
            + (output.map { "Written to \($0).\n" } ?? "Nothing written; --output FILE writes the new table.\n")
    }
}
