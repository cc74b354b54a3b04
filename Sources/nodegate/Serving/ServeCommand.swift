import ArgumentParser
import Cryptography
import Dispatch
import Foundation
import Gateway
import Logging
import Settings

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway.",
        discussion: """
            It prints one line per listener when it accepts connections, and logs to standard error.

            SIGTERM and SIGINT: accept nothing more, let exchanges in flight end, store every audit record, exit.
            SIGHUP: read the configuration, the operations table and the credential again, and open files that audit \
            exporters write to anew; what is wrong with the configuration is logged, and the old ones stay in force. Keys and scopes need no signal.

            Exit status: 0 stopped by a signal, 1 it could not start, or records could not be stored.
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        // First, while this is the only thread. A signal that comes before it is looked for waits.
        guard let reload = ReloadSignal() else { throw CommandFailure("the system provides no way to hear SIGHUP.") }
        // Clients and the appliance may close at any time; writing to them then fails instead.
        Signals.ignore(SIGPIPE)
        do { try ProcessSecrecy.begin() } catch { throw CommandFailure(error) }
        FileDescriptors.raiseLimit()
        let loader = PlanLoader(options: options)
        let plan = try loader.load()
        let log = OperatorLog.logger(plan.settings.log)
        // Signals are heard before the first client is, so that none is lost.
        let end = EndOfRun()
        let server: GatewayServer
        do { server = try GatewayServer(plan, log: log) } catch { throw CommandFailure(error) }
        reload.begin(on: DispatchQueue(label: "nodegate.reload")) { author in
            Self.reload(server, loader, log, by: author)
        }
        for origin in server.origins { try Console.writeLine("nodegate ready on \(origin)") }
        if let address = server.statusAddress { try Console.writeLine("nodegate status on http://\(address)") }
        end.wait()
        reload.end()
        log.notice("stopping: no new connections; exchanges in flight may end")
        let outcome = server.stop()
        if outcome.cutExchanges {
            log.warning("exchanges in flight were cut when timeouts.drain had passed")
        }
        guard outcome.recordsStored else {
            throw CommandFailure("audit records could not all be stored before the end; see the log above.")
        }
        log.notice("stopped")
    }

    private static func reload(_ server: GatewayServer, _ loader: PlanLoader, _ log: Logger, by author: ReloadAuthor) {
        // Whatever the configuration is like.
        server.reopenExports()
        do {
            let plan: GatewayPlan
            do throws(CommandFailure) { plan = try loader.load() } catch {
                server.recordRefusedReload(error.message, by: author)
                throw error
            }
            let ignored = try server.reload(plan, by: author)
            log.notice("configuration reloaded")
            if !ignored.isEmpty {
                log.warning("changed, but only after a restart: \(ignored.joined(separator: ", "))")
            }
        } catch let failure as CommandFailure {
            log.error("the configuration stays as it was: \(failure.message)")
        } catch {
            log.error("the configuration stays as it was: \(error)")
        }
    }
}

/// Reads everything a gateway is started or reloaded with.
struct PlanLoader: Sendable {
    /// The configuration file that was given, if one was.
    private let config: String?

    init(options: ConfigurationOptions) { config = options.config }

    func load() throws(CommandFailure) -> GatewayPlan {
        var options = ConfigurationOptions()
        options.config = config
        return try GatewayPlan(try options.settings(), environment: ConfigurationOptions.environment)
    }
}

extension GatewayPlan {
    /// Reads what settings point at.
    init(_ settings: Settings, environment: [String: String]) throws(CommandFailure) {
        let authorization: CredentialLine?
        do {
            try settings.verifyFiles(environment: environment)
            authorization = try settings.upstreamAuthorization(environment: environment)
        } catch { throw CommandFailure("the configuration cannot be used:\n\(error)") }
        let source = OperationsLocation.Source(settings.operations)
        self.init(settings: settings, operations: try source.compiled(), authorization: authorization)
    }
}

/// How many files the process may have open.
enum FileDescriptors {
    /// Takes what the system allows: each connection needs one.
    static func raiseLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

extension OperatorLog {
    static func logger(_ settings: Settings.Log) -> Logger {
        Logger(label: "nodegate") { _ in
            OperatorLog(
                format: settings.format == .json ? .json : .text,
                level: Logger.Level(rawValue: settings.level.rawValue) ?? .info)
        }
    }
}
