import ArgumentParser
import Foundation
import NodeumSimulator

struct SimulatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator",
        abstract: "Run a simulated Nodeum appliance.",
        discussion: """
            It answers the whole API below /api/v2 from memory: the cloud connectors with real semantics, every other \
            operation with plausible JSON that names the controller and action it ran. What is changed is forgotten \
            at the end. For trying the gateway and for tests; never a substitute for an appliance.

            It prints one line with its URL when it is ready, and runs until Ctrl-C.
            """)

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "Port to listen on; 0 takes any free one.")
    var port: UInt16 = 3000

    @Option(name: .customLong("api-key"), help: ArgumentHelp(
        "A key that it accepts, besides its own; may be repeated.", valueName: "key"))
    var keys: [String] = []

    @Flag(help: "Let everybody in, without any credential too.")
    var open = false

    func run() throws {
        var settings = SimulatorSettings()
        settings.host = host
        settings.port = port
        settings.credentials.keys += keys
        settings.credentials.acceptsAny = open
        let server = SimulatorServer(settings)
        let bound: UInt16
        do { bound = try server.start() } catch { throw CommandFailure(error) }
        // A client that closes early must not end the process.
        Signals.ignore(SIGPIPE)
        let end = EndOfRun()
        let address = host.contains(":") ? "[\(host)]" : host
        try Console.writeLine("simulator ready on http://\(address):\(bound)/api/v2")
        end.wait()
        server.stop()
    }
}
