import ArgumentParser
import AuditTrail

struct AuditKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Show the public key that checkpoints of the audit log are signed with.",
        discussion: """
            Keep it elsewhere, with the checkpoints: 'nodegate audit verify --public-key FILE --checkpoints FILE' then \
            finds a log that was rewritten or cut, whoever did it. The private key lies beside the log, in \
            audit.db.key, and is made when there is none.
            """)

    @OptionGroup var location: AuditLocation

    @Flag(help: "The key, its fingerprint and the checkpoints' file as one JSON object.")
    var json = false

    private struct Report: Encodable {
        let publicKey, fingerprint: String
        let checkpoints: String?
    }

    func run() throws {
        let path = try location.path()
        let signer: CheckpointSigner
        do { signer = try CheckpointSigner(path: path) } catch { throw CommandFailure(error) }
        if json {
            try Console.writeJSON(Report(
                publicKey: signer.publicKey, fingerprint: signer.fingerprint, checkpoints: signer.file))
        } else {
            try Console.write(signer.publicKey)
        }
    }
}
