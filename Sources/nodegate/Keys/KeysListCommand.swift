import AccessControl
import ArgumentParser
import Store

struct KeysListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List all keys.")

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var store: KeyStoreOptions

    @Flag(name: .customLong("active"), help: "Leave out keys that are expired or revoked.")
    var onlyActive = false

    @Flag(help: "One JSON object a line.")
    var json = false

    func run() throws {
        let store = try store.open(configuration)
        let now = WallClock.seconds
        let keys: [APIKey]
        do { keys = try store.keys() } catch { throw CommandFailure(error) }
        let rows = keys.map { KeyRow($0, at: now) }.filter { !onlyActive || $0.status == "active" }
        if json { return try Console.writeLines(try rows.map { try Console.json($0) }) }
        try Console.writeLines(TextTable.lines(
            ["ID", "NAME", "STATUS", "CREATED", "EXPIRES", "GRANTS", "DENIALS", "UPSTREAM", "OWNER"],
            rows.map { row in
                [
                    String(row.id), row.name, row.status, row.created, row.expires ?? "never",
                    Self.short(row.grants), Self.short(row.denials), row.bound ? "bound" : "", row.owner,
                ]
            }))
    }

    /// A few scopes; `keys show` has them all.
    private static func short(_ scopes: [String]) -> String {
        let most = 2
        let more = scopes.count > most ? " +\(scopes.count - most)" : ""
        return scopes.prefix(most).joined(separator: " ") + more
    }
}
