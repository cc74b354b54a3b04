import SQLite

/// Reads one partition. Confined to the reader's queue.
final class PartitionReader {
    let partition: AuditPartition
    /// nil for a partition that was made and not begun.
    let start: PartitionStart?
    private let database: Database
    private let isClosed: Bool
    /// See `AuditSchema.columns`.
    private let columns: String

    /// - Parameter isClosed: Nobody writes to this partition any more.
    /// - Throws: `.cannotOpen`, `.damaged`, `.newerSchema`.
    init(_ partition: AuditPartition, isClosed: Bool, busyMilliseconds: Int32) throws(AuditError) {
        self.partition = partition
        self.isClosed = isClosed
        // A write-ahead log has something that is not in the database yet.
        let isWhole = !LogFile.exists(partition.path + "-wal")
        if isClosed && isWhole {
            (database, start, columns) = try Self.open(partition, .immutable, busyMilliseconds)
            return
        }
        do throws(AuditError) {
            (database, start, columns) = try Self.open(partition, .readOnly, busyMilliseconds)
        } catch {
            // A copy on a medium that cannot be written.
            guard isWhole, LogFile.exists(partition.path) else { throw error }
            (database, start, columns) = try Self.open(partition, .immutable, busyMilliseconds)
        }
    }

    private static func open(
        _ partition: AuditPartition, _ access: Database.Access, _ busyMilliseconds: Int32
    ) throws(AuditError) -> (Database, PartitionStart?, columns: String) {
        let database: Database
        do {
            database = try AuditSchema.open(partition.path, access, busyTimeout: busyMilliseconds)
        } catch { throw AuditError(error, path: partition.path) }
        let version = try AuditSchema.check(database)
        return (database, try AuditSchema.start(database), AuditSchema.columns(version))
    }

    /// Calls `body` with each record of the query, until it returns false.
    ///
    /// - Returns: False when `body` did.
    func read(_ query: AuditQuery, _ body: (AuditRecord) -> Bool) throws(AuditError) -> Bool {
        try reading { () throws(DatabaseError) in
            let places = try places(query)
            let conditions = query.conditions
            let statement = try database.prepare(
                "SELECT \(columns) FROM records WHERE \(conditions.sql) ORDER BY sequence \(query.sqlOrder)")
            statement.bind(conditions.parameters)
            var left = query.limit ?? .max
            for place in query.order == .oldestFirst ? places : places.reversed() {
                statement.reset()
                statement.bind(within: place)
                while left > 0, try statement.step() {
                    left -= 1
                    guard body(AuditRecord(StoredRow(statement))) else { return false }
                }
            }
            return true
        }
    }

    /// The sequence numbers among which the records of a query are, ascending.
    private func places(_ query: AuditQuery) throws(DatabaseError) -> [ClosedRange<Int64>] {
        let range = try sequences(query)
        guard range.first <= range.last else { return [] }
        let whole = range.first...range.last
        guard !query.isWithoutIndex, let index = IndexReader(partition, database, isClosed: isClosed),
            let places = index.places(query)
        else { return [whole] }
        return places.filter { $0.overlaps(whole) }.map { $0.clamped(to: whole) }
    }

    /// How many records of the query there are for each value, and when the latest was; adds to `counts`.
    func count(_ query: AuditQuery, by column: AuditCountColumn, into counts: inout [String: AuditCount]) throws(AuditError) {
        try reading { () throws(DatabaseError) in
            let conditions = query.conditions
            let statement = try database.prepare("""
                SELECT \(column.sql), count(*), max(time) FROM records WHERE \(conditions.sql) GROUP BY 1
                """)
            statement.bind(conditions.parameters)
            for place in try places(query) {
                statement.reset()
                statement.bind(within: place)
                while try statement.step() {
                    let value = statement.text(0)
                    var count = counts[value] ?? AuditCount(value: value)
                    count.records += statement.integer(1)
                    count.latest = max(count.latest, statement.integer(2))
                    counts[value] = count
                }
            }
        }
    }

    /// The last record's number; that before the first in a partition without records.
    func lastSequence() throws(AuditError) -> Int64 {
        try integer("SELECT max(sequence) FROM records") ?? start?.before.sequence ?? 0
    }

    func changeCount() throws(AuditError) -> Int64 { try integer("PRAGMA data_version") ?? 0 }

    /// Calls `body` with every row in order, until it returns false.
    func rows(_ body: (StoredRow) -> Bool) throws(AuditError) -> Bool {
        try reading { () throws(DatabaseError) in
            let statement = try database.prepare("SELECT \(columns) FROM records ORDER BY sequence")
            while try statement.step() {
                guard body(StoredRow(statement)) else { return false }
            }
            return true
        }
    }

    private func integer(_ sql: String) throws(AuditError) -> Int64? {
        do {
            let statement = try database.prepare(sql)
            return try statement.step() ? statement.optionalInteger(0) : nil
        } catch { throw AuditError(error, path: database.path) }
    }

    private func reading<Value>(_ body: () throws(DatabaseError) -> Value) throws(AuditError) -> Value {
        do { return try database.transaction(reading: true, body) } catch {
            throw AuditError(error, path: database.path)
        }
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
