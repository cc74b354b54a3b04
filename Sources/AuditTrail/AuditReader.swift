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
    ///
    /// All records are of one moment: what is stored meanwhile is not among them.
    package func read(_ query: AuditQuery, _ body: (AuditRecord) -> Bool) throws(AuditError) {
        try reading { () throws(DatabaseError) in
            let range = try sequences(query)
            let conditions = query.conditions(first: range.first, last: range.last)
            let statement = try database.prepare(
                "SELECT \(AuditSchema.columns) FROM records WHERE \(conditions.sql) "
                    + "ORDER BY sequence \(query.sql.order)\(query.sql.limit)")
            statement.bind(conditions.parameters)
            while try statement.step() {
                guard body(AuditRecord(StoredRow(statement))) else { return }
            }
        }
    }

    package func records(_ query: AuditQuery) throws(AuditError) -> [AuditRecord] {
        var records: [AuditRecord] = []
        try read(query) { record in
            records.append(record)
            return true
        }
        return records
    }

    /// The sequence number of the newest record; 0 for an empty log. To follow a log, poll `changeCount` and, when
    /// it differs, read with the last number seen as cursor.
    package func lastSequence() throws(AuditError) -> Int64 {
        try integer("SELECT coalesce(max(sequence), 0) FROM records")
    }

    /// Changes whenever another connection wrote (`PRAGMA data_version`).
    package func changeCount() throws(AuditError) -> Int64 {
        try integer("PRAGMA data_version")
    }

    /// Calls `body` with every row in order, from `first` on, until it returns false.
    func rows(from first: Int64 = .min, _ body: (StoredRow) -> Bool) throws(AuditError) {
        try reading { () throws(DatabaseError) in
            let statement = try database.prepare(
                "SELECT \(AuditSchema.columns) FROM records WHERE sequence >= ? ORDER BY sequence")
            statement.bind(1, first)
            while try statement.step() {
                guard body(StoredRow(statement)) else { return }
            }
        }
    }

    private func integer(_ sql: String) throws(AuditError) -> Int64 {
        do { return try database.integer(sql) ?? 0 } catch { throw AuditError(error, path: database.path) }
    }

    private func reading(_ body: () throws(DatabaseError) -> Void) throws(AuditError) {
        do { try database.transaction(reading: true, body) } catch { throw AuditError(error, path: database.path) }
    }

    /// The sequence numbers among which the records of a time range lie. Time may run backwards between two
    /// records; a block knows the earliest and the latest of its own, and what is in no block yet is always included.
    private func sequences(_ query: AuditQuery) throws(DatabaseError) -> (first: Int64, last: Int64) {
        var range: (first: Int64, last: Int64) = (.min, .max)
        // An exchange is not recorded before its id is made; a minute allows for a clock that was set back.
        let requested = query.requestID.flatMap { ExchangeID($0)?.microseconds }.map { $0 - 60_000_000 }
        if let since = [query.since, requested].compactMap(\.self).max() {
            let statement = try database.prepare("""
                SELECT coalesce((SELECT min(first) FROM blocks WHERE latest >= ?),
                                (SELECT max(last) + 1 FROM blocks), 0)
                """)
            statement.bind(1, since)
            if try statement.step() { range.first = statement.integer(0) }
        }
        if let until = query.until {
            let statement = try database.prepare("""
                SELECT CASE WHEN EXISTS (SELECT 1 FROM records
                                         WHERE sequence > (SELECT coalesce(max(last), 0) FROM blocks) AND time < ?1)
                            THEN NULL
                            ELSE coalesce((SELECT max(last) FROM blocks WHERE earliest < ?1), 0) END
                """)
            statement.bind(1, until)
            if try statement.step(), let last = statement.optionalInteger(0) { range.last = last }
        }
        return range
    }
}
