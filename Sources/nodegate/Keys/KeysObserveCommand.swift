import AccessControl
import ArgumentParser
import Store

struct KeysObserveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "observe",
        abstract: "Let a key through where only a grant is missing, and mark it in the audit log.",
        discussion: """
            For the time in which the needs of a job are found out: requests that would be refused with missing_scope \
            are let through, and recorded as would_deny. Denials, sensitive operations and secrets are not affected. \
            --off ends it.

            Example: what was let through, to be granted
              nodegate audit query --key reporting --decision would_deny --since 7d
            """)

    @Argument(help: ArgumentHelp("The key.", valueName: "id|name"))
    var key: String

    @Flag(help: "Refuse again what no grant covers.")
    var off = false

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var store: KeyStoreOptions

    @Flag(help: "The key as it is now, as one JSON object.")
    var json = false

    func run() throws {
        let store = try store.open(configuration)
        let result: (key: APIKey, changed: Bool)
        do { result = try store.setObserved(!off, of: key, by: .now) } catch { throw CommandFailure(error, in: store) }
        let row = KeyRow(result.key, at: WallClock.seconds)
        if json { return try Console.writeJSON(row) }
        let state = row.observed ? "observed: a missing grant does not refuse it" : "enforced: what no grant covers is refused"
        try Console.writeLine("key \(row.id) '\(row.name)' is \(state)")
    }
}
