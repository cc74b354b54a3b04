import ArgumentParser
import AuditTrail

/// Which audit log a command reads.
struct AuditLocation: ParsableArguments {
    @Option(name: .customLong("log"), help: ArgumentHelp(
        "The audit log's file, instead of the one that the configuration names.", valueName: "file"))
    var log: String?

    func path() throws -> String {
        if let log { return log }
        throw CommandFailure("no audit log is given.", advice: "Give it with --log FILE.")
    }

    func reader() throws -> AuditReader {
        do { return try AuditReader(path: try path()) } catch let error as AuditError { throw CommandFailure(error) }
    }
}
