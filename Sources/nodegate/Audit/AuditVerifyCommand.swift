import ArgumentParser
import AuditTrail
import Cryptography

struct AuditVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recompute the hash chain of the audit log and say where it is broken.",
        discussion: """
            Works while the gateway runs. It finds records that were changed, removed or moved. What a chain cannot \
            show by itself is a log cut at its end or rewritten as a whole: compare the last sequence number and the \
            head with what you noted elsewhere.

            Exit status: 0 intact, 1 broken or not readable.
            """)

    @OptionGroup var location: AuditLocation

    @Flag(help: "The result as one JSON object.")
    var json = false

    private struct Report: Encodable {
        let intact: Bool
        let records, first, last: Int64
        let head: String
        let breaks: [String]
    }

    func run() throws {
        let path = try location.path()
        let verification: AuditVerification
        do { verification = try AuditVerifier.verify(path: path) } catch { throw CommandFailure(error) }
        let head = Hexadecimal.encode(verification.head.span)
        if json {
            try Console.writeJSON(Report(
                intact: verification.isIntact, records: verification.count, first: verification.first,
                last: verification.last, head: head, breaks: verification.breaks.map(\.description)))
        } else {
            try Console.writeLines(
                [
                    verification.isIntact ? "intact: \(path)" : "BROKEN: \(path)",
                    "records  \(verification.count) (\(verification.first) to \(verification.last))",
                    "head     \(head.isEmpty ? "none" : head)",
                ] + verification.breaks.map { "broken   \($0)" })
        }
        guard verification.isIntact else { throw ExitCode(1) }
    }
}
