import ArgumentParser

/// Which object of the appliance records are of.
struct ObjectOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only what concerns one cloud connector.", valueName: "id"))
    var connector: String?

    @Option(help: ArgumentHelp("Only what concerns one object, such as users/3.", valueName: "controller/id"))
    var object: String?

    func validate() throws {
        guard connector == nil || object == nil else {
            throw ValidationError("Give --connector or --object, not both.")
        }
    }

    /// nil: any.
    var name: String? { object ?? connector.map { "cloud_connectors/\($0)" } }
}
