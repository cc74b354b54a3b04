import SQLite

/// Reads an audit log, also one that is being written. Confined to one queue at a time by its owner.
package final class AuditReader {
    private let database: Database

    /// - Throws: `.cannotOpen`, `.damaged`, `.newerSchema`.
    package init(path: String, busyMilliseconds: Int32 = 2_000) throws(AuditError) {
        do { database = try Database(path: path, access: .readOnly, busyTimeout: busyMilliseconds) } catch {
            throw AuditError(error, path: path)
        }
        try AuditSchema.check(database)
    }

    /// Calls `body` with each record of the query, until it returns false.
    package func read(_ query: AuditQuery, _ body: (AuditRecord) -> Bool) throws(AuditError) {}

    package func records(_ query: AuditQuery) throws(AuditError) -> [AuditRecord] {
        var records: [AuditRecord] = []
        try read(query) { record in
            records.append(record)
            return true
        }
        return records
    }

    /// The sequence number of the newest record; 0 for an empty log. With `tail`, poll `changeCount` and read what
    /// has a greater number.
    package func lastSequence() throws(AuditError) -> Int64 { 0 }

    /// Changes whenever another connection wrote (`PRAGMA data_version`).
    package func changeCount() throws(AuditError) -> Int64 { 0 }
}
