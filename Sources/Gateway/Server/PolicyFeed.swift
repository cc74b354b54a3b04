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
    /// Of the same moment as the snapshot.
    private(set) var credentials: UpstreamCredentials
    private var masterKeys: String
    private var operations: OperationTable
    private var rules: RedactionRules
    private var principals: [(digest: KeyDigest, key: APIKey)]

    /// Opens the store, making it if there is none, and reads the first policy.
    init(settings: Settings, operations: OperationTable, rules: RedactionRules) throws(GatewayError) {
        do {
            pepper = try Pepper.open(path: settings.store.pepper, store: settings.store.path)
            store = try KeyStore(path: settings.store.path, pepper: pepper)
            source = try PolicySource(path: settings.store.path, pepper: pepper)
        } catch { throw .store(error) }
        principals = try Self.principals(settings, pepper)
        self.operations = operations
        self.rules = rules
        masterKeys = settings.store.masterKeys
        do {
            let compiled = try source.compile(operations: operations, rules: rules, principals: principals)
            snapshot = compiled.snapshot
            credentials = UpstreamCredentials(compiled.sealed, masterKeys: masterKeys)
        } catch { throw .store(error) }
    }

    private static func principals(
        _ settings: Settings, _ pepper: Pepper
    ) throws(GatewayError) -> [(digest: KeyDigest, key: APIKey)] {
        do { return try BasicPrincipal.entries(settings.authentication, try pepper.hmac()) } catch {
            throw .cryptography("\(error)")
        }
    }

    /// A new snapshot when the store has changed; nil when it has not. After an error the old one stays in force.
    func change() throws(StoreError) -> PolicySnapshot? {
        guard try source.hasChanged() else { return nil }
        let compiled = try source.compile(operations: operations, rules: rules, principals: principals)
        snapshot = compiled.snapshot
        credentials = UpstreamCredentials(compiled.sealed, masterKeys: masterKeys, before: credentials)
        return snapshot
    }

    /// The policy for other settings.
    func recompile(
        _ settings: Settings, operations: OperationTable, rules: RedactionRules
    ) throws(GatewayError) -> PolicySnapshot {
        let principals = try Self.principals(settings, pepper)
        let compiled: PolicySource.Compiled
        do { compiled = try source.compile(operations: operations, rules: rules, principals: principals) } catch {
            throw .store(error)
        }
        masterKeys = settings.store.masterKeys
        // All anew: the operator may have put the master keys right, or taken them away.
        credentials = UpstreamCredentials(compiled.sealed, masterKeys: masterKeys)
        self.principals = principals
        self.operations = operations
        self.rules = rules
        snapshot = compiled.snapshot
        return compiled.snapshot
    }

    // MARK: Administration

    /// Changes by administrators that the audit log does not have yet, in order.
    func unrecordedChanges() throws(StoreError) -> [StoreChange] { try store.changes(after: try store.recordedUpTo()) }

    func markRecorded(upTo id: Int64) throws(StoreError) { try store.markRecorded(upTo: id) }
}
