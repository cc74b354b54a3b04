import SQLite

/// One change of the store, for the audit log. It holds no secret.
package struct StoreChange: Sendable, Equatable {
    /// Counts up; never given twice.
    package let id: Int64
    /// Microseconds since 1970 UTC.
    package let time: Int64
    /// Who: `root(0)`.
    package let actor: String
    /// `key.create`, `key.import`, `key.enrol`, `key.grant`, `key.deny`, `key.ungrant`, `key.undeny`, `key.revoke`,
    /// `key.expire`, `key.observe`, `key.require`, `key.bind`, `key.unbind` or `key.rebind`.
    package let what: String
    package let keyID: Int64
    package let keyName: String
    /// A scope, a certificate's name, a time in Unix seconds, the number of a master key, or `never`; empty where there is nothing to say.
    package let before: String
    package let after: String
}

/// The outbox of changes. An entry is written with its change in one transaction; the gateway copies entries into the
/// audit log and notes here up to which, so one that is not noted is copied again rather than lost.
extension KeyStore {
    /// The changes after the one with that id, oldest first; at most `StoreLimits.changesPerRead` at once.
    package func changes(after id: Int64) throws(StoreError) -> [StoreChange] {
        let sql = """
            SELECT id, time, actor, what, key_id, key_name, before, after FROM changes WHERE id > ? ORDER BY id
            LIMIT \(StoreLimits.changesPerRead)
            """
        return try connection.rows(sql, .integer(id)) { row in
            StoreChange(
                id: row.integer(0), time: row.integer(1), actor: row.text(2), what: row.text(3), keyID: row.integer(4),
                keyName: row.text(5), before: row.text(6), after: row.text(7))
        }
    }

    /// The id of the last change that is in the audit log; 0: none.
    package func recordedUpTo() throws(StoreError) -> Int64 {
        try connection.integer("SELECT recorded_change FROM policy WHERE id = 1") ?? 0
    }

    /// Notes that all changes up to this one are in the audit log. Never goes back.
    package func markRecorded(upTo id: Int64) throws(StoreError) {
        // One statement is a transaction of its own.
        try connection.run("UPDATE policy SET recorded_change = max(recorded_change, ?) WHERE id = 1", .integer(id))
    }

    /// Writes an entry, within the transaction of its change.
    func record(
        _ what: String, _ key: Int64, _ name: String, before: String, after: String, _ author: Authorship
    ) throws(StoreError) {
        try connection.run(
            """
            INSERT INTO changes (time, actor, what, key_id, key_name, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            .integer(author.time), .text(author.actor), .text(what), .integer(key), .text(name), .text(before),
            .text(after))
    }
}
