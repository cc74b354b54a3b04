import AccessControl
import ArgumentParser
import Settings
import Store

/// What a key is made with, for `create` and `import`.
struct NewKeyOptions: ParsableArguments {
    @Argument(help: "What the key is called: letters, digits and any of ._-@+: , not a number alone.")
    var name: String

    @Option(help: ArgumentHelp("Whose key it is, and what for.", valueName: "note"))
    var owner = ""

    @Option(help: ArgumentHelp("When it ends, \(TimeArgument.help). Default: never.", valueName: "time"))
    var expires: TimeArgument?

    @Option(name: .customLong("grant"), help: ArgumentHelp(
        "A scope that it may use; either part may be '*'. May be repeated.", valueName: "controller/action"))
    var grants: [ScopePattern] = []

    @Option(name: .customLong("deny"), help: ArgumentHelp(
        "A scope that it may never use, whatever is granted. May be repeated.", valueName: "controller/action"))
    var denials: [ScopePattern] = []

    func validate() throws {
        guard KeyName.isValid(name) else { throw ValidationError("\(StoreError.invalidName(name)).") }
        if let expires, expires.future(WallClock.microseconds) <= WallClock.microseconds {
            throw ValidationError("--expires lies in the past, so the key would never work.")
        }
    }

    var draft: KeyDraft {
        KeyDraft(
            name: name, ownerNote: owner, expires: expires.map { $0.future(WallClock.microseconds) / 1_000_000 },
            grants: grants, denials: denials)
    }

    /// What deserves a thought about a key just made.
    static func remarks(_ key: APIKey, _ table: OperationTable?) -> [String] {
        guard !key.grants.isEmpty else {
            return ["note: it has no grant yet, so it may run nothing; see 'nodegate keys grant --help'"]
        }
        guard let table else { return [] }
        return key.grants.compactMap { grant in
            let open = table.scopes(notCoveredBy: grant, of: key)
            guard !open.isEmpty else { return nil }
            return "note: \(grant) does not cover \(open.map(\.description).joined(separator: ", ")), "
                + "which need a grant of exactly that scope"
        }
    }
}
