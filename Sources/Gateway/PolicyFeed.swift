import AccessControl
import Redaction
import Settings
import Store

/// Where the gateway's policy comes from: looks at the store, compiles what changed. Confined to the control queue.
final class PolicyFeed {
    private let source: PolicySource
    private let store: KeyStore
    let pepper: Pepper
    private(set) var snapshot: PolicySnapshot
    private var operations: OperationTable
    private var rules: RedactionRules

    /// Opens the store, making it if there is none, and reads the first policy.
    init(settings: Settings.Store, operations: OperationTable, rules: RedactionRules) throws(StoreError) {
        pepper = try Pepper.open(path: settings.pepper, store: settings.path)
        store = try KeyStore(path: settings.path, pepper: pepper)
        source = try PolicySource(path: settings.path, pepper: pepper)
        self.operations = operations
        self.rules = rules
        snapshot = try source.snapshot(operations: operations, rules: rules)
    }

    /// A new snapshot when the store has changed; nil when it has not. After an error the old one stays in force.
    func change() throws(StoreError) -> PolicySnapshot? {
        guard try source.hasChanged() else { return nil }
        snapshot = try source.snapshot(operations: operations, rules: rules)
        return snapshot
    }

    /// The policy for other operations or rules.
    func recompile(operations: OperationTable, rules: RedactionRules) throws(StoreError) -> PolicySnapshot {
        let compiled = try source.snapshot(operations: operations, rules: rules)
        self.operations = operations
        self.rules = rules
        snapshot = compiled
        return compiled
    }

    // MARK: Administration

    /// Changes by administrators that the audit log does not have yet, in order.
    func unrecordedChanges() throws(StoreError) -> [StoreChange] { try store.changes(after: try store.recordedUpTo()) }

    func markRecorded(upTo id: Int64) throws(StoreError) { try store.markRecorded(upTo: id) }
}
