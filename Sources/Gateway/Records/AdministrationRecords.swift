import AccessControl
import AuditTrail
import Store

/// Records that are not of exchanges: what administrators changed, and the gateway's own life.
enum AdministrationRecords {
    /// Fills one entry.
    typealias Filling = (AuditEntry) -> Void

    /// Operations of such records.
    static let effectiveSettings = "settings.effective"
    static let unknownSettings = "settings.unknown"
    static let refusedSettings = "settings.refused"
    static let checkpointKey = "checkpoint_key.change"

    /// Records that one text may take.
    private static let greatestParts = 64

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
        entry.set(.operation, change.what)
        entry.set(.detail, "\(change.what)\(name)\(before)\(after)")
    }

    /// What tells a change from others, and from itself when it was recorded twice: `change:17`.
    static func identifier(of change: StoreChange) -> String { "change:\(change.id)" }

    /// What an administrator did, other than to keys; as many records as the text needs.
    ///
    /// - Parameter author: A user of the system: `root(0)`.
    static func records(
        _ operation: String, _ detail: String, by author: String, generation: UInt64, limits: AuditLimits
    ) -> [Filling] {
        let time = WallTime.microseconds
        return parts(detail, limit: limits.detail).map { part in
            { entry in
                entry.reset()
                var facts = AuditFacts()
                facts.kind = .administration
                facts.time = time
                facts.principal = .system
                facts.generation = generation
                entry.facts = facts
                entry.set(.principalName, author)
                entry.set(.operation, operation)
                entry.set(.detail, part)
            }
        }
    }

    /// `cookies: drop -> pass`.
    ///
    /// - Parameters:
    ///   - verb: `change`, or `initial` where the value before is the default.
    ///   - needsRestart: Whether a setting counts after the next start only.
    static func records(
        _ changes: [EffectiveSettings.Change], verb: String, by author: String, generation: UInt64, limits: AuditLimits,
        needsRestart: (String) -> Bool = { _ in false }
    ) -> [Filling] {
        changes.flatMap { change in
            let later = change.subject == "setting" && needsRestart(change.name) ? " (after the next start)" : ""
            return records(
                "\(change.subject).\(verb)", "\(change.name): \(change.before) -> \(change.after)\(later)", by: author,
                generation: generation, limits: limits)
        }
    }

    /// What the record of effective settings says of them.
    static func detail(of settings: EffectiveSettings) -> String {
        "\(settings.settingCount) settings and \(settings.operationCount) operations, SHA-256 \(settings.digest)"
    }

    /// A text in pieces that each fit into a record, numbered when there are several: `(2 of 3) ...`.
    static func parts(_ text: String, limit: Int) -> [String] {
        // What the number of a part takes, and what a character may need at most.
        let room = max(64, limit - 24)
        var parts: [String] = []
        var part = ""
        var size = 0
        for character in text {
            // As the log writes it: a backslash twice, a control byte as four characters.
            let needed = character.unicodeScalars.reduce(0) { sum, scalar in
                sum + (scalar == "\\" ? 2 : scalar.value < 0x20 || scalar.value == 0x7F ? 4 : String(scalar).utf8.count)
            }
            if size + needed > room, parts.count < greatestParts - 1 {
                parts.append(part)
                (part, size) = ("", 0)
            }
            part.append(character)
            size += needed
        }
        parts.append(part)
        guard parts.count > 1 else { return parts }
        return parts.enumerated().map { "(\($0 + 1) of \(parts.count)) \($1)" }
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
