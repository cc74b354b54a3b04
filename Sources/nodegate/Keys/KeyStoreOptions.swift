import ArgumentParser
import class Foundation.FileManager
import Settings
import Store

/// Which key store a command opens.
struct KeyStoreOptions: ParsableArguments {
    @Option(name: .customLong("store"), help: ArgumentHelp(
        "The key store's file, instead of the one that the configuration names.", valueName: "file"))
    var store: String?

    @Option(name: .customLong("pepper"), help: ArgumentHelp(
        "The pepper's file. With --store the default is that file with '.pepper' behind it.", valueName: "file"))
    var pepper: String?

    struct Location {
        let path, pepper, masterKeys: String
    }

    func location(_ configuration: ConfigurationOptions) throws(CommandFailure) -> Location {
        if let store {
            return Location(path: store, pepper: pepper ?? store + ".pepper", masterKeys: store + ".master-keys")
        }
        let settings = try configuration.settings().store
        return Location(path: settings.path, pepper: pepper ?? settings.pepper, masterKeys: settings.masterKeys)
    }

    /// Opens the store for changes.
    ///
    /// - Parameter isMade: It is made where there is none; otherwise its absence is an error, so that a mistyped path
    ///   does not look like a store without keys.
    func open(_ configuration: ConfigurationOptions, made isMade: Bool = false) throws(CommandFailure) -> KeyStore {
        let location = try location(configuration)
        guard isMade || FileManager.default.fileExists(atPath: location.path) else {
            throw CommandFailure(
                "there is no key store \(location.path).", advice: "'nodegate keys create' makes it with its first key.")
        }
        do { return try KeyStore.open(path: location.path, pepperPath: location.pepper) } catch {
            throw CommandFailure(error)
        }
    }
}

extension CommandFailure {
    /// What the store said, with the name that was probably meant.
    init(_ error: StoreError, in store: KeyStore) {
        guard case .noSuchKey(let text) = error, let keys = try? store.keys() else {
            self.init(error)
            return
        }
        let near = Spelling.nearest(to: text, among: keys.map(\.name))
        self.init(
            "\(error).", advice: near.map { "Did you mean '\($0)'?" } ?? "'nodegate keys list' shows all keys.")
    }
}

extension Authorship {
    /// Whoever runs this command, now.
    static var now: Authorship { currentUser(at: WallClock.microseconds) }
}
