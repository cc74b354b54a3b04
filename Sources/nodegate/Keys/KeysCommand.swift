import ArgumentParser

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "The API keys of clients and what they may run.",
        discussion: """
            A key holds grants and denials of scopes, 'controller/action', where either part may be '*'. A denial wins \
            over any grant. Scopes that unlock a secret and scopes of sensitive operations need a grant of exactly \
            that scope ('nodegate scopes list' marks them).

            A running gateway follows each change within a second. Keys are named by id or name, never by their text.
            """,
        subcommands: [
            KeysCreateCommand.self, KeysImportCommand.self, KeysListCommand.self, KeysShowCommand.self,
            KeysGrantCommand.self, KeysDenyCommand.self, KeysUngrantCommand.self, KeysUndenyCommand.self,
            KeysRevokeCommand.self, KeysExpireCommand.self, KeysObserveCommand.self,
            KeysBindCommand.self, KeysRebindCommand.self, KeysEnrolCommand.self, KeysRequireCommand.self,
        ])
}
