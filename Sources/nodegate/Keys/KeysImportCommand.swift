import AccessControl
import ArgumentParser
import Foundation
import Store

struct KeysImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take over a key that clients have already, read from standard input.",
        discussion: """
            So a site moves behind the gateway without new keys. The key is one line of standard input, never an \
            argument, which others could see and the shell would remember.

            Example:
              nodegate keys import reporting --grant 'cloud_connectors/*' < appliance-key
            """)

    @OptionGroup var options: NewKeyOptions
    @OptionGroup var scopes: ScopeChecking
    @OptionGroup var store: KeyStoreOptions

    @Flag(help: "The new key, without its text, as one JSON object.")
    var json = false

    func run() throws {
        let table = try scopes.check(options.grants + options.denials)
        if isatty(STDIN_FILENO) != 0 { Console.complain("Paste the key and press Return, then Ctrl-D.") }
        var text = try TextFile.read("-")
        // Swift holds CR LF for one character.
        if text.last?.isNewline == true { text.removeLast() }
        guard !text.isEmpty else {
            throw CommandFailure("standard input is empty.", advice: "Give the key there: nodegate keys import NAME < FILE")
        }
        let store = try store.open(scopes.configuration, made: true)
        let key: APIKey
        do { key = try store.importKey(text, options.draft, by: .now) } catch { throw CommandFailure(error, in: store) }
        if json { return try Console.writeJSON(KeyRow(key, at: WallClock.seconds)) }
        try Console.writeLines(
            ["Key \(key.id) '\(key.name)' is imported; clients go on using it as it is."]
                + NewKeyOptions.remarks(key, table))
    }
}
