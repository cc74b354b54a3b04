import AccessControl
import ArgumentParser
import Store

struct KeysShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a key: its grants, its denials, and what its wildcards do not cover.",
        discussion: """
            A wildcard never covers scopes that unlock a secret, nor those of sensitive operations. They are listed \
            beside the wildcard unless the key has a grant of exactly that scope.
            """)

    @Argument(help: ArgumentHelp("The key.", valueName: "id|name"))
    var key: String

    @OptionGroup var operations: OperationsLocation
    @OptionGroup var store: KeyStoreOptions

    @Flag(help: "One JSON object.")
    var json = false

    private struct Grant: Encodable {
        let scope: String
        /// One scope, no wildcard.
        let exact: Bool
        /// Scopes that it matches and does not cover.
        let notCovered: [String]
    }

    private struct Report: Encodable {
        let id: Int64
        let name, owner, status, created: String
        let expires, revoked: String?
        let grants: [Grant]
        let denials: [String]
        let observed, bound: Bool
        let requiredCertificate, enrolledCertificate: String?
    }

    func run() throws {
        let store = try store.open(operations.configuration)
        let key: APIKey
        do { key = try store.find(self.key) } catch { throw CommandFailure(error, in: store) }
        let table = try operations.source().compiled()
        let row = KeyRow(key, at: WallClock.seconds)
        let grants = key.grants.map { grant in
            Grant(
                scope: grant.description, exact: grant.isExact,
                notCovered: table.scopes(notCoveredBy: grant, of: key).map(\.description))
        }
        if json {
            return try Console.writeJSON(Report(
                id: row.id, name: row.name, owner: row.owner, status: row.status, created: row.created,
                expires: row.expires, revoked: row.revoked, grants: grants, denials: row.denials,
                observed: row.observed, bound: row.bound, requiredCertificate: row.requiredCertificate,
                enrolledCertificate: row.enrolledCertificate))
        }
        var lines = [
            "id       \(row.id)", "name     \(row.name)", "owner    \(row.owner.isEmpty ? "-" : row.owner)",
            "status   \(row.status)", "created  \(row.created)", "expires  \(row.expires ?? "never")",
        ]
        if let revoked = row.revoked { lines.append("revoked  \(revoked)") }
        if row.observed { lines.append("observed yes: a missing grant does not refuse it, it is only marked in the audit log") }
        if let name = row.enrolledCertificate { lines.append("known by the client certificate \(name); it has no text") }
        if let name = row.requiredCertificate { lines.append("needs    the client certificate \(name)") }
        if row.bound { lines.append("upstream bound: the appliance sees a credential of this key's own") }
        lines.append("grants   \(grants.isEmpty ? "none: it may run nothing" : String(grants.count))")
        for grant in grants {
            lines.append("  \(grant.scope)  (\(grant.exact ? "exact" : "wildcard"))")
            if !grant.notCovered.isEmpty { lines.append("    not covered: \(grant.notCovered.joined(separator: " "))") }
        }
        lines.append("denials  \(row.denials.isEmpty ? "none" : String(row.denials.count))")
        lines += row.denials.map { "  \($0)" }
        try Console.writeLines(lines)
    }
}
