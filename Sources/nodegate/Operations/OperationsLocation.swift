import AccessControl
import ArgumentParser

/// Which operations table a command reads.
struct OperationsLocation: ParsableArguments {
    @Option(name: .customLong("table"), help: ArgumentHelp(
        "The operations table's file, instead of the one that the configuration names.", valueName: "file"))
    var table: String?

    func path() throws -> String {
        table ?? "config/operations.csv"
    }

    func operations() throws -> [Operation] {
        let path = try path()
        do { return try OperationFile.parse(try TextFile.read(path)) } catch let errors as OperationFileErrors {
            throw CommandFailure(
                "the operations table \(path) has errors:\n\(errors)",
                advice: "Correct them, or make the table anew with 'nodegate operations import'.")
        }
    }
}
