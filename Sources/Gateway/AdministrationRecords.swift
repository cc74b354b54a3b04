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
        entry.set(.clientRequestID, identifier(of: change))
        let name = change.keyName.isEmpty ? "" : " \(change.keyName)"
        let before = change.before.isEmpty ? "" : " before: \(change.before)"
        let after = change.after.isEmpty ? "" : " after: \(change.after)"
        entry.set(.detail, "\(change.what)\(name)\(before)\(after)")
    }

    /// What tells a change from others, and from itself when it was recorded twice: `change:17`.
    static func identifier(of change: StoreChange) -> String { "change:\(change.id)" }

    /// Fills an entry with a change of a setting. Who sent a signal cannot be known.
    static func describe(
        setting: String, from before: String, to after: String, at time: Int64, generation: UInt64, in entry: AuditEntry
    ) {
        entry.reset()
        var facts = AuditFacts()
        facts.kind = .administration
        facts.time = time
        facts.principal = .system
        facts.generation = generation
        entry.facts = facts
        entry.set(.principalName, "SIGHUP")
        entry.set(.operation, "setting.change")
        entry.set(.detail, "\(setting): \(before) -> \(after)")
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
