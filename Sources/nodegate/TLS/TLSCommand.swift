import ArgumentParser

struct TLSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tls",
        abstract: "Certificates for listeners: make one for first steps, show what a file holds.",
        subcommands: [TLSSelfSignedCommand.self, TLSShowCommand.self])
}
