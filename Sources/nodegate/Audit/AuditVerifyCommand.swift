import ArgumentParser
import AuditTrail
import Cryptography
import Foundation

struct AuditVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recompute the hash chain of the audit log and say where it is broken.",
        discussion: """
            Works while the gateway runs, and on a copy of the log's files on another machine. It finds records that \
            were changed, removed, inserted or moved, and partitions that are missing.

            A log that was cut at its end or rewritten as a whole shows only against signed checkpoints: give the \
            public key ('nodegate audit key', noted when the log was new) and the checkpoints that were kept \
            elsewhere. Without --public-key the one beside the log is used if it is there, which tells nothing about \
            somebody who could replace it.

            Exit status: 0 intact, 1 broken, 3 the log, the key or the checkpoints cannot be read.
            """)

    @OptionGroup var location: AuditLocation

    @Option(name: .customLong("public-key"), help: ArgumentHelp(
        "The public key that checkpoints are signed with, in PEM.", valueName: "file"))
    var publicKey: String?

    @Option(help: ArgumentHelp(
        "Signed checkpoints that were kept elsewhere, one JSON object a line; also an export in native JSON.", valueName: "file"))
    var checkpoints: String?

    @Flag(help: "The result as one JSON object.")
    var json = false

    /// Neither intact nor broken: there was nothing to judge.
    private static let unreadableStatus: Int32 = 3

    private struct Report: Encodable {
        let intact: Bool
        let records, first, last: Int64
        let partitions: Int
        let head: String
        let publicKey: String?
        let checkpoints, comparedCheckpoints: Int
        let signed: Int64
        let breaks: [String]
    }

    func run() throws {
        let path = try location.path()
        let keyPath = publicKey ?? keyBeside(path)
        let verification: AuditVerification
        do {
            verification = try AuditVerifier.verify(
                path: path, publicKey: keyPath.map(TextFile.read), checkpoints: checkpoints.map(TextFile.read))
        } catch let failure as CommandFailure {
            return try cannotRead(failure)
        } catch let error as AuditError { return try cannotRead(CommandFailure(error)) }
        if json {
            try writeJSON(verification, keyPath)
        } else {
            try Console.writeLines(lines(verification, path, keyPath))
        }
        guard verification.isIntact else { throw ExitCode(1) }
    }

    private func cannotRead(_ failure: CommandFailure) throws {
        Console.complain(failure.description)
        throw ExitCode(Self.unreadableStatus)
    }

    private func keyBeside(_ path: String) -> String? {
        let beside = AuditLayout(path: path).publicKey
        return FileManager.default.fileExists(atPath: beside) ? beside : nil
    }

    private func writeJSON(_ verification: AuditVerification, _ keyPath: String?) throws(CommandFailure) {
        try Console.writeJSON(Report(
            intact: verification.isIntact, records: verification.count, first: verification.first,
            last: verification.last, partitions: verification.partitions,
            head: Hexadecimal.encode(verification.head.span), publicKey: keyPath,
            checkpoints: verification.checkpoints, comparedCheckpoints: verification.comparedCheckpoints,
            signed: verification.signedSequence, breaks: verification.breaks.map(\.description)))
    }

    private func lines(_ verification: AuditVerification, _ path: String, _ keyPath: String?) -> [String] {
        let head = Hexadecimal.encode(verification.head.span)
        var lines = [
            verification.isIntact ? "intact: \(path)" : "BROKEN: \(path)",
            "records  \(verification.count) (\(verification.first) to \(verification.last)) in "
                + "\(verification.partitions) \(verification.partitions == 1 ? "partition" : "partitions")",
            "head     \(head.isEmpty ? "none" : head)",
        ]
        if let keyPath {
            lines.append(
                "signed   up to record \(verification.signedSequence), checkpoints: \(verification.checkpoints), by "
                    + keyPath + (publicKey == nil ? " (beside the log)" : ""))
        } else {
            lines.append("signed   not checked: there is no public key")
        }
        if checkpoints != nil {
            lines.append("compared \(verification.comparedCheckpoints) of the checkpoints that were kept elsewhere")
        }
        return lines + verification.breaks.map { "broken   \($0)" }
    }
}
