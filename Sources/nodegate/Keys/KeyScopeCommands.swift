import AccessControl
import ArgumentParser
import Store

/// The key and the scopes of `grant`, `deny`, `ungrant` and `undeny`.
struct KeyScopeArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("The key.", valueName: "id|name"))
    var key: String

    @Argument(help: ArgumentHelp("Scopes; either part may be '*'.", valueName: "controller/action"))
    var scopes: [ScopePattern]

    @OptionGroup var store: KeyStoreOptions

    @Flag(help: "The key as it is now, as one JSON object.")
    var json = false

    typealias Change = (KeyStore) throws(StoreError) -> (key: APIKey, changed: [ScopePattern])

    /// - Parameters:
    ///   - done: What is said of a scope that was changed: `granted`.
    ///   - already: What is said of one that was so before.
    func run(
        _ configuration: ConfigurationOptions, done: String, already: String, _ change: Change
    ) throws -> APIKey {
        let store = try store.open(configuration)
        let result: (key: APIKey, changed: [ScopePattern])
        do { result = try change(store) } catch { throw CommandFailure(error, in: store) }
        if json {
            try Console.writeJSON(KeyRow(result.key, at: WallClock.seconds))
        } else {
            try Console.writeLines(scopes.map { scope in
                "key \(result.key.id) '\(result.key.name)': \(scope) "
                    + (result.changed.contains(scope) ? done : already)
            })
        }
        return result.key
    }
}

struct KeysGrantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Let a key use scopes, beside those that it has.")

    @OptionGroup var arguments: KeyScopeArguments
    @OptionGroup var checking: ScopeChecking

    func run() throws {
        let table = try checking.check(arguments.scopes)
        let key = try arguments.run(checking.configuration, done: "granted", already: "was granted already") {
            store throws(StoreError) in
            try store.add(arguments.scopes, as: .grant, to: arguments.key, by: .now)
        }
        guard !arguments.json else { return }
        for grant in arguments.scopes {
            let open = table?.scopes(notCoveredBy: grant, of: key) ?? []
            guard !open.isEmpty else { continue }
            try Console.writeLine("""
                note: \(grant) does not cover \(open.map(\.description).joined(separator: ", ")), which need a grant \
                of exactly that scope
                """)
        }
    }
}

struct KeysDenyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deny", abstract: "Keep a key from scopes, whatever it is granted.")

    @OptionGroup var arguments: KeyScopeArguments
    @OptionGroup var checking: ScopeChecking

    func run() throws {
        try checking.check(arguments.scopes)
        _ = try arguments.run(checking.configuration, done: "denied", already: "was denied already") {
            store throws(StoreError) in
            try store.add(arguments.scopes, as: .deny, to: arguments.key, by: .now)
        }
    }
}

struct KeysUngrantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ungrant", abstract: "Take grants away from a key, as they were given.",
        discussion: "A grant is taken away as it is written: 'pools/*' goes as a whole, and no part of it alone.")

    @OptionGroup var arguments: KeyScopeArguments
    @OptionGroup var configuration: ConfigurationOptions

    func run() throws {
        _ = try arguments.run(configuration, done: "is no longer granted", already: "was not granted") {
            store throws(StoreError) in
            try store.remove(arguments.scopes, as: .grant, from: arguments.key, by: .now)
        }
    }
}

struct KeysUndenyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undeny", abstract: "Take denials away from a key, as they were given.")

    @OptionGroup var arguments: KeyScopeArguments
    @OptionGroup var configuration: ConfigurationOptions

    func run() throws {
        _ = try arguments.run(configuration, done: "is no longer denied", already: "was not denied") {
            store throws(StoreError) in
            try store.remove(arguments.scopes, as: .deny, from: arguments.key, by: .now)
        }
    }
}
