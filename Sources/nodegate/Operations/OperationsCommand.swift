import ArgumentParser

struct OperationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operations",
        abstract: "The operations of the appliance's API and the scopes they need.",
        subcommands: [OperationsListCommand.self, OperationsImportCommand.self])
}
