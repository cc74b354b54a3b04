import ArgumentParser
import AuditTrail

struct AuditKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Show the public key that checkpoints of the audit log are signed with.",
        discussion: """
            Keep it elsewhere, with the checkpoints: 'nodegate audit verify --public-key FILE --checkpoints FILE' then \
            finds a log that was rewritten or cut, whoever did it. The private key is audit.checkpoints.key_file \
            of the configuration, or audit.db.key beside the log, and is made when there is none.
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
        let settings = location.log == nil ? try location.configuration.settings().audit.checkpoints : nil
        let signer: CheckpointSigner
        do {
            signer = try CheckpointSigner(path: path, keyFile: settings?.keyFile, file: settings?.file)
        } catch { throw CommandFailure(error) }
        if json {
            try Console.writeJSON(Report(
                publicKey: signer.publicKey, fingerprint: signer.fingerprint, checkpoints: signer.file))
        } else {
            try Console.write(signer.publicKey)
        }
    }
}
