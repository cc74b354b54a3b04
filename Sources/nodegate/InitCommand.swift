import ArgumentParser
import AuditTrail
import Foundation
import Settings
import Store

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a directory with everything that a gateway needs.",
        discussion: """
            It holds the commented configuration, the operations table, an empty key store and its pepper, and the key \
            that signs checkpoints of the audit log.

            Examples:
              nodegate init /etc/nodegate --upstream http://nodeum.example:80 --credential passthrough
              nodegate init gateway --upstream http://10.0.0.5:3000 --credential-file appliance-key
            """)

    enum Choice: String, ExpressibleByArgument, CaseIterable {
        case passthrough
    }

    @Argument(help: ArgumentHelp("The directory; made when it does not exist, and empty otherwise.", valueName: "dir"))
    var directory: String

    @Option(help: ArgumentHelp("Where the appliance's web server is: http://HOST:PORT.", valueName: "url"))
    var upstream: String

    @Option(help: "The appliance sees the key that the client sent, so keys must be the appliance's own.")
    var credential: Choice?

    @Option(name: .customLong("credential-file"), help: ArgumentHelp(
        "The appliance sees the key in this file, whatever the client sent.", valueName: "file"))
    var credentialFile: String?

    @Flag(help: "The credential file holds user:password for Basic authentication.")
    var basic = false

    @Option(help: ArgumentHelp("The operations table to copy, instead of the one that ships.", valueName: "file"))
    var table: String?

    func validate() throws {
        guard (credential != nil) != (credentialFile != nil) else {
            throw ValidationError("Give either --credential passthrough or --credential-file FILE.")
        }
        guard !basic || credentialFile != nil else { throw ValidationError("--basic goes with --credential-file.") }
    }

    func run() throws {
        let folder = URL(fileURLWithPath: directory)
        let configuration = folder.appendingPathComponent("nodegate.yaml").path
        let text = SettingReference.file(values: values)
        let settings = try check(text, configuration)
        guard let shipped = table ?? OperationsLocation.shippedPath() else {
            throw CommandFailure(
                "the operations table that ships is not found beside this program.",
                advice: "Name one with --table FILE, such as config/operations.csv of the source tree.")
        }
        let operations = OperationsLocation.Source(path: shipped, additional: [])
        let count = try operations.compiled().operations.count
        let isMade = try makeFolder()
        do throws(CommandFailure) {
            try TextFile.write(try TextFile.read(shipped), to: settings.operations.file)
            do throws(StoreError) {
                _ = try KeyStore.open(path: settings.store.path, pepperPath: settings.store.pepper)
            } catch { throw CommandFailure(error) }
            let checkpoints = settings.audit.checkpoints
            do throws(AuditError) {
                _ = try CheckpointSigner(
                    path: settings.audit.path, keyFile: checkpoints.keyFile, file: checkpoints.file)
            } catch { throw CommandFailure(error) }
            // Last: whoever finds the configuration finds the rest.
            try TextFile.write(text, to: configuration)
        } catch {
            clear(isMade)
            throw error
        }
        try Console.writeLines(summary(configuration, count))
    }

    private var values: [String: String] {
        var values = ["upstream.url": upstream]
        if let credentialFile {
            values["upstream.credential.mode"] = basic ? "basic" : "bearer"
            // Relative paths of the configuration stand on its own folder.
            values["upstream.credential.file"] = URL(fileURLWithPath: credentialFile).path
        } else {
            values["upstream.credential.mode"] = Choice.passthrough.rawValue
        }
        return values
    }

    /// Before anything is made: the configuration must be one, and the credential must be there.
    private func check(_ text: String, _ path: String) throws(CommandFailure) -> Settings {
        do throws(SettingsErrors) {
            let settings = try Settings.parse(text: text, file: path, environment: [:])
            _ = try settings.upstreamAuthorization(environment: [:])
            return settings
        } catch {
            // The file of these places does not exist; the messages name the settings.
            throw CommandFailure("nothing was made: \(error.errors.map(\.message).joined(separator: "\n       "))")
        }
    }

    /// - Returns: Whether it had to be made.
    private func makeFolder() throws(CommandFailure) -> Bool {
        let files = FileManager.default
        guard files.fileExists(atPath: directory) else {
            do {
                try files.createDirectory(
                    atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch { throw CommandFailure("\(directory) cannot be made: \(TextFile.reason(error))") }
            return true
        }
        let content: [String]
        do { content = try files.contentsOfDirectory(atPath: directory) } catch {
            throw CommandFailure("\(directory) cannot be read: \(TextFile.reason(error))")
        }
        guard content.isEmpty else {
            throw CommandFailure(
                "\(directory) is not empty, and nothing in it is touched.", advice: "Name a new or an empty directory.")
        }
        return false
    }

    /// Takes back what was made in the folder, which was empty before.
    private func clear(_ isMade: Bool) {
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: directory)) ?? [] {
            try? files.removeItem(atPath: "\(directory)/\(name)")
        }
        if isMade { try? files.removeItem(atPath: directory) }
    }

    private func summary(_ configuration: String, _ count: Int) -> [String] {
        let option = "--config \(ShellWord.quoted(configuration))"
        let keys = credentialFile == nil
            ? "nodegate keys import NAME --grant 'cloud_connectors/*' \(option) < FILE-WITH-AN-APPLIANCE-KEY"
            : "nodegate keys create NAME --grant 'cloud_connectors/*' \(option)"
        return [
            "Made in \(directory):",
            "  nodegate.yaml        every setting with its meaning; the gateway listens on 127.0.0.1:8080",
            "  operations.csv       \(count) operations and the scopes they need",
            "  nodegate.db          the key store, empty",
            "  nodegate.db.pepper   its secret: back it up, apart from the store",
            "  audit.db.key         signs checkpoints of the audit log",
            "  audit.db.pub         its public half: keep a copy elsewhere, and the log cannot be rewritten unnoticed",
            "Next:",
            "  nodegate check \(option)",
            "  \(keys)",
            "  nodegate serve \(option)",
        ]
    }
}

/// A word as a shell reads it back.
enum ShellWord {
    static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "/._-+:@%,=".utf8.contains(byte)
        }
        guard !plain || word.isEmpty else { return word }
        return "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
