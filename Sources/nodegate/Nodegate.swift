import ArgumentParser

@main
struct Nodegate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodegate",
        abstract: "The security gateway for Nodeum appliances.")
}
