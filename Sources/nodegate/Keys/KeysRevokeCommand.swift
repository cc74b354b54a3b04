import AccessControl
import ArgumentParser
import Store

struct KeysRevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "End a key for good, from now on.",
        discussion: "A key that is revoked already stays so since when it was.")

    @Argument(help: ArgumentHelp("The key.", valueName: "id|name"))
    var key: String

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var store: KeyStoreOptions

    @Flag(help: "The key as it is now, as one JSON object.")
    var json = false

    func run() throws {
        let store = try store.open(configuration)
        let result: (key: APIKey, changed: Bool)
        do { result = try store.revoke(key, by: .now) } catch { throw CommandFailure(error, in: store) }
        let row = KeyRow(result.key, at: WallClock.seconds)
        if json { return try Console.writeJSON(row) }
        try Console.writeLine(
            "key \(row.id) '\(row.name)' \(result.changed ? "is revoked since" : "was revoked already at") "
                + (row.revoked ?? "never"))
    }
}

/// A moment or `never`.
struct ExpiryArgument: ExpressibleByArgument, Equatable {
    /// nil: never.
    let time: TimeArgument?

    init?(argument: String) {
        if argument == "never" {
            time = nil
        } else if let time = TimeArgument(argument: argument) {
            self.time = time
        } else {
            return nil
        }
    }
}

struct KeysExpireCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire",
        abstract: "Set when a key ends, or that it never does.",
        discussion: """
            Examples:
              nodegate keys expire reporting 90d
              nodegate keys expire reporting 2027-01-01
              nodegate keys expire reporting never
            """)

    @Argument(help: ArgumentHelp("The key.", valueName: "id|name"))
    var key: String

    @Argument(help: ArgumentHelp("From now on so long, \(TimeArgument.help); or 'never'.", valueName: "time"))
    var expiry: ExpiryArgument

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var store: KeyStoreOptions

    @Flag(help: "The key as it is now, as one JSON object.")
    var json = false

    func run() throws {
        let store = try store.open(configuration)
        let seconds = expiry.time.map { $0.future(WallClock.microseconds) / 1_000_000 }
        let result: (key: APIKey, changed: Bool)
        do { result = try store.setExpiry(seconds, of: key, by: .now) } catch { throw CommandFailure(error, in: store) }
        let row = KeyRow(result.key, at: WallClock.seconds)
        if json { return try Console.writeJSON(row) }
        let verb = row.status == "expired" ? "expired" : "expires"
        try Console.writeLine(
            "key \(row.id) '\(row.name)' " + (row.expires.map { "\(verb) at \($0)" } ?? "never expires")
                + (row.revoked.map { ", but is revoked since \($0)" } ?? ""))
    }
}
