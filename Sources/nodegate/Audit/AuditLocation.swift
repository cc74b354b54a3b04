import ArgumentParser
import AuditTrail

/// Which audit log a command reads.
struct AuditLocation: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions

    @Option(name: .customLong("log"), help: ArgumentHelp(
        "The audit log's file, instead of the one that the configuration names.", valueName: "file"))
    var log: String?

    func path() throws(CommandFailure) -> String {
        if let log { return log }
        return try configuration.settings().audit.path
    }

    func reader() throws(CommandFailure) -> AuditReader {
        let path = try path()
        do { return try AuditReader(path: path) } catch { throw CommandFailure(error) }
    }
}
