import AccessControl
import AuditTrail
import Store

/// Records that are not of exchanges: what administrators changed, and the gateway's own life.
enum AdministrationRecords {
    /// Fills an entry with a change of the store.
    static func describe(_ change: StoreChange, generation: UInt64, in entry: AuditEntry) {
        entry.reset()
        var facts = AuditFacts()
        facts.kind = .administration
        facts.time = change.time
        facts.principal = .system
        facts.keyID = change.keyID
        facts.generation = generation
        entry.facts = facts
        entry.set(.principalName, change.actor)
        let name = change.keyName.isEmpty ? "" : " \(change.keyName)"
        let before = change.before.isEmpty ? "" : " before: \(change.before)"
        let after = change.after.isEmpty ? "" : " after: \(change.after)"
        entry.set(.detail, "\(change.what)\(name)\(before)\(after)")
    }

    /// Fills an entry with an event of the gateway.
    static func describe(event: String, at time: Int64, generation: UInt64, in entry: AuditEntry) {
        entry.reset()
        var facts = AuditFacts()
        facts.kind = .lifecycle
        facts.time = time
        facts.generation = generation
        entry.facts = facts
        entry.set(.detail, event)
    }
}
