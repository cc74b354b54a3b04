import AccessControl
import ArgumentParser
import Cryptography
import Foundation
import Store

struct KeysBindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bind",
        abstract: "Give a key an appliance credential of its own, so that the appliance's log names the right user.",
        discussion: """
            In requests of this key the appliance sees that credential instead of upstream.credential. It is one line of \
            standard input, never an argument, which others could see and the shell would remember. The store has it \
            sealed (AES-256-GCM) under the master key file (store.master_keys), which the first bind makes; no command \
            shows it again.

            Examples:
              nodegate keys bind reporting --upstream-credential - < appliance-key
              nodegate keys bind reporting --remove
            """)

    @Argument(help: ArgumentHelp("The key.", valueName: "id|name"))
    var key: String

    @Option(name: .customLong("upstream-credential"), help: ArgumentHelp(
        "Where the credential is read from: '-', standard input.", valueName: "-"))
    var source: String?

    @Flag(help: "The credential is user:password for Basic authentication, not an API key of the appliance.")
    var basic = false

    @Flag(help: "Take the key's own credential away.")
    var remove = false

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var store: KeyStoreOptions
    @OptionGroup var masterKeys: MasterKeyOptions

    @Flag(help: "The key as it is now, as one JSON object.")
    var json = false

    func validate() throws {
        guard (source != nil) != remove else { throw ValidationError("Give either --upstream-credential - or --remove.") }
        // The text is not repeated: it may be the credential itself.
        guard source == nil || source == "-" else {
            throw ValidationError("A credential is read from standard input: --upstream-credential - < FILE")
        }
        guard !(basic && remove) else { throw ValidationError("--basic goes with --upstream-credential.") }
    }

    func run() throws {
        let result = try remove ? unbind() : bind()
        let row = KeyRow(result.key, at: WallClock.seconds)
        if json { return try Console.writeJSON(row) }
        let state = switch (remove, result.changed) {
        case (false, true): "is bound: the appliance sees its own credential from now on"
        case (false, false): "is bound to the new credential; the one before is gone"
        case (true, true): "is no longer bound: the appliance sees the gateway's credential"
        case (true, false): "was not bound"
        }
        try Console.writeLine("key \(row.id) '\(row.name)' \(state)")
    }

    private func bind() throws -> (key: APIKey, changed: Bool) {
        // A key that does not exist is known before anybody has typed a secret.
        let store = try store.open(configuration)
        do { _ = try store.find(key) } catch { throw CommandFailure(error, in: store) }
        if isatty(STDIN_FILENO) != 0 { Console.complain("Paste the credential and press Return, then Ctrl-D.") }
        let line: CredentialLine
        do {
            let secret = try SecretFile.readInput(atMost: CredentialLine.greatestSecret + 2)
            line = try CredentialLine(basic ? .basic : .bearer, secret.span)
        } catch let fault as CredentialFault {
            throw CommandFailure("\(fault).", advice: "Give it there: nodegate keys bind KEY --upstream-credential - < FILE")
        } catch let error as SecretFileError {
            throw CommandFailure(error)
        }
        do {
            let keys = try MasterKeyFile.open(try masterKeys.path(self.store, configuration), store: store)
            return try store.bind(line, to: key, under: keys, by: .now)
        } catch let error as StoreError {
            throw CommandFailure(error, in: store)
        }
    }

    private func unbind() throws(CommandFailure) -> (key: APIKey, changed: Bool) {
        let store = try store.open(configuration)
        do { return try store.unbind(key, by: .now) } catch { throw CommandFailure(error, in: store) }
    }
}

struct KeysRebindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebind",
        abstract: "Seal all bound credentials anew under the first key of the master key file.",
        discussion: """
            With --rotate a new key is put above the others of the file before. Afterwards nothing is sealed under the \
            older keys: take their lines out once no backup of the store needs them.
            """)

    @Flag(help: "Make a new master key first.")
    var rotate = false

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var store: KeyStoreOptions
    @OptionGroup var masterKeys: MasterKeyOptions

    @Flag(help: "One JSON object.")
    var json = false

    private struct Report: Encodable {
        let masterKey: UInt32
        let resealed, bound: Int
    }

    func run() throws {
        let store = try store.open(configuration)
        let path = try masterKeys.path(self.store, configuration)
        let report: Report
        do {
            var keys = try MasterKeyFile.open(path, store: store)
            if rotate { keys = try MasterKeyFile.addKey(to: path) }
            let (resealed, count) = try store.rebind(under: keys, by: .now)
            report = Report(masterKey: keys.currentNumber, resealed: resealed, bound: count)
        } catch {
            throw CommandFailure(error)
        }
        if json { return try Console.writeJSON(report) }
        try Console.writeLine(
            "\(report.resealed) of \(report.bound) bound credentials are sealed anew; all are under master key "
                + "\(report.masterKey) of \(path)")
    }
}

/// Which master key file a command uses.
struct MasterKeyOptions: ParsableArguments {
    @Option(name: .customLong("master-keys"), help: ArgumentHelp(
        "The master key file. With --store the default is that file with '.master-keys' behind it.", valueName: "file"))
    var file: String?

    func path(_ store: KeyStoreOptions, _ configuration: ConfigurationOptions) throws(CommandFailure) -> String {
        if let file { return file }
        return try store.location(configuration).masterKeys
    }
}
