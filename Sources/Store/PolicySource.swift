import AccessControl
import Redaction

/// The store as the running gateway reads it: notices changes, compiles snapshots, writes nothing.
///
/// Confined to one queue at a time by its owner.
package final class PolicySource {
    private let connection: StoreConnection
    private let pepper: Pepper
    /// Of the last snapshot that was tried to the end; nil: none yet.
    private var compiled: UInt64?
    /// The change count when `hasChanged` last looked at the generation.
    private var seen: Int64?

    /// Opens a store that exists.
    ///
    /// - Throws: what is wrong with the file; `.olderSchema` until a `KeyStore` has opened it once;
    ///   `.pepperMismatch`.
    package init(path: String, pepper: Pepper) throws(StoreError) {
        guard try StoreFile.check(path) else { throw .cannotOpen(path: path, "there is no such file") }
        self.pepper = pepper
        let connection = try StoreConnection(
            path: path, access: .readOnly, busyMilliseconds: StoreLimits.busyMilliseconds)
        self.connection = connection
        try connection.read { () throws(StoreError) in
            try StoreSchema.checkReadable(connection)
            try StoreSchema.recognise(pepper, connection)
        }
    }

    /// Differs whenever another connection wrote (`PRAGMA data_version`). Cheap.
    ///
    /// - Throws: `.replaced` when the file of that name is another by now, whose changes would never be seen.
    package func changeCount() throws(StoreError) -> Int64 {
        guard !connection.database.hasMoved else { throw .replaced(path: connection.path) }
        return try connection.integer("PRAGMA data_version") ?? 0
    }

    /// Whether keys or scopes differ from what `snapshot` last read. Cheap, to be called a few times a second.
    ///
    /// After a snapshot that failed over an invalid row it says no until the store changes again; after one that
    /// failed for another reason it goes on saying yes.
    package func hasChanged() throws(StoreError) -> Bool {
        let count = try changeCount()
        guard let compiled else { return true }
        guard count != seen else { return false }
        // Also the outbox's cursor changes the count; only the generation tells of keys.
        guard try connection.generation() == compiled else { return true }
        seen = count
        return false
    }

    /// Credentials that are sealed for keys.
    package func sealed() throws(StoreError) -> [SealedCredential] {
        try connection.read { () throws(StoreError) in try SealedCredential.all(connection) }
    }

    /// The keys of one moment and the credentials sealed for them.
    package struct Compiled {
        package let snapshot: PolicySnapshot
        package let sealed: [SealedCredential]
    }

    package func snapshot(
        operations: OperationTable, rules: RedactionRules, principals: [(digest: KeyDigest, key: APIKey)] = []
    ) throws(StoreError) -> PolicySnapshot {
        try compile(operations: operations, rules: rules, principals: principals).snapshot
    }

    /// Compiles the policy of one moment.
    ///
    /// - Parameter principals: Of the configuration, beside the keys of the store.
    /// - Throws: `.invalidRow` for a row that the store itself would not write; the snapshot in use should stay.
    package func compile(
        operations: OperationTable, rules: RedactionRules, principals: [(digest: KeyDigest, key: APIKey)] = []
    ) throws(StoreError) -> Compiled {
        typealias Read = (UInt64, [KeyRows.Row], [SealedCredential])
        let (generation, rows, sealed) = try connection.read { () throws(StoreError) -> Read in
            try StoreSchema.checkReadable(connection)
            try StoreSchema.recognise(pepper, connection)
            let generation = try connection.generation()
            let count = try changeCount()
            do throws(StoreError) {
                let rows = try KeyRows(connection: connection).all()
                let sealed = try SealedCredential.all(connection)
                (compiled, seen) = (generation, count)
                return (generation, rows, sealed)
            } catch {
                switch error {
                case .invalidRow, .tooManyKeys, .tooManyScopesInAll: (compiled, seen) = (generation, count)
                default: break
                }
                throw error
            }
        }
        let snapshot = PolicySnapshot(
            generation: generation, operations: operations, keys: rows.map { ($0.digest, $0.key) } + principals,
            rules: ProtectionRules(rules))
        return Compiled(snapshot: snapshot, sealed: sealed)
    }
}

extension ProtectionRules {
    /// What redaction rules ask of a policy.
    package init(_ rules: RedactionRules) {
        let every = rules.rules.indices.reduce(into: RuleMask()) { $0.insert(RuleMask(rule: $1)) }
        self.init(
            fields: rules.rules.map(\.field),
            // Which answers an operation without a scope gives is not known; all rules look at them.
            applying: { scope in
                let applying = scope.map { rules.applying(toController: $0.controller, action: $0.action) }
                return (applying ?? every).rawValue
            },
            unlocked: { holds in
                rules.unlocked { scope in
                    Scope(controller: scope.controller, action: scope.action).map(holds) ?? false
                }.rawValue
            })
    }
}
