import ArgumentParser
import Foundation

@main
struct Nodegate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodegate",
        abstract: "The security gateway for Nodeum appliances.",
        discussion: """
            nodegate stands in front of the appliance's API: it checks the API key of each request and the scope that \
            the operation needs, hides secrets in the answers from keys that may not see them, and keeps an audit \
            record of every exchange.

            Start with 'nodegate demo', or 'nodegate init' and 'nodegate keys create' for an appliance of your own.
            Exit status: 0 done, 1 failed, 2 wrong usage.
            """,
        version: productVersion,
        subcommands: [
            InitCommand.self, ServeCommand.self, CheckCommand.self, StatusCommand.self, KeysCommand.self, ExplainCommand.self,
            ScopesCommand.self, OperationsCommand.self, AuditCommand.self, TLSCommand.self, DemoCommand.self,
            SimulatorCommand.self,
        ])

    /// argument-parser ends with 64 for wrong usage; here it is 2, as the shell's own commands have it.
    private static let usageStatus: Int32 = 2

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as CommandFailure {
            Console.complain(failure.description)
            Foundation.exit(1)
        } catch let code as ExitCode {
            Foundation.exit(code.rawValue)
        } catch {
            end(error)
        }
    }

    private static func end(_ error: any Error) -> Never {
        let code = exitCode(for: error)
        let message = fullMessage(for: error)
        // Help and the version are answers, not errors.
        guard code != .success else {
            print(message)
            Foundation.exit(0)
        }
        Console.complain(message)
        Foundation.exit(code == .validationFailure ? usageStatus : 1)
    }
}

let productVersion = "0.1.0"
