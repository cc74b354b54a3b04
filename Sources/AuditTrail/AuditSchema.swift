import Cryptography
import SQLite

/// Tables of an audit log and how they are made.
enum AuditSchema {
    static let version: Int64 = 3
    static let pageBytes: Int64 = 4_096
    /// Marks the file as an audit log of nodegate ("NGAU"), for `PRAGMA application_id` and file(1).
    static let applicationID: Int64 = 0x4E47_4155

    /// Records in their canonical form, and a view of them with a column for each value, for people who ask with other
    /// programs. It needs nothing but what is built into SQLite, and takes its time; our own connections replace it, see
    /// `open`.
    ///
    /// `blocks` says of runs of records when the earliest and the latest were written, whatever the clock did: it
    /// finds a time without an index on every row. It is derived; the records after the last block stand for
    /// themselves.
    ///
    /// `log` has one row: how this partition begins. The chain does not cover it; a verifier compares it with the
    /// partition before, or with the record of that one's removal.
    private static let tables = """
        CREATE TABLE forms (sequence INTEGER PRIMARY KEY, image BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
        CREATE TABLE blocks (
            first INTEGER PRIMARY KEY, last INTEGER NOT NULL, earliest INTEGER NOT NULL, latest INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE log (
            id BLOB NOT NULL, sequence_before INTEGER NOT NULL, hash_before BLOB NOT NULL, began INTEGER NOT NULL
        ) STRICT;
        CREATE VIEW records AS \(RecordView.plain);
        PRAGMA user_version = \(version);
        PRAGMA application_id = \(applicationID);
        """

    /// Columns of a statement that reads whole records.
    static let imageColumns: Int32 = 3

    /// What a statement selects that reads whole records with `StoredRow`.
    static func columns(_ version: Int64) -> String {
        if version >= firstWithForms { return "sequence, image, hash" }
        return (AuditInteger.allCases.map(\.column) + AuditText.allCases.map(\.column) + ["hash"])
            .map(\.description).joined(separator: ", ")
    }

    /// Partitions of earlier releases have a row of columns for each record. They are read as ever, and not written.
    static let firstWithForms: Int64 = 3

    /// Opens a partition, whatever release wrote it: `records` has a column for each value.
    static func open(
        _ path: String, _ access: Database.Access, busyTimeout milliseconds: Int32 = 2_000
    ) throws(DatabaseError) -> Database {
        let database = try Database(path: path, access: access, busyTimeout: milliseconds)
        try RecordView.define(in: database)
        return database
    }

    /// Makes the tables in an empty database; refuses what is no audit log, too new, or of an earlier release.
    static func prepare(_ database: Database) throws(AuditError) {
        let path = database.path
        do {
            try database.execute("PRAGMA page_size = \(pageBytes); PRAGMA journal_mode = WAL")
            let version = try database.integer("PRAGMA user_version") ?? 0
            let isEmpty = try database.integer("SELECT count(*) FROM sqlite_schema") == 0
            if version == 0, isEmpty {
                try database.transaction { () throws(DatabaseError) in try database.execute(tables) }
            }
            try RecordView.define(in: database)
        } catch { throw AuditError(error, path: path) }
        guard try check(database) >= firstWithForms else { throw .damaged(path: path, "it is of an earlier release") }
    }

    /// For readers and writers alike.
    ///
    /// - Returns: The version of the schema.
    @discardableResult
    static func check(_ database: Database) throws(AuditError) -> Int64 {
        let path = database.path
        let found: Int64
        let application: Int64
        do {
            application = try database.integer("PRAGMA application_id") ?? 0
            found = try database.integer("PRAGMA user_version") ?? 0
        } catch { throw AuditError(error, path: path) }
        guard application == applicationID else { throw .damaged(path: path, "it is not an audit log of nodegate") }
        guard found <= version else { throw .newerSchema(path: path, found: found, known: version) }
        return found
    }

    /// How the partition begins; nil for one that was made and never begun.
    static func start(_ database: Database) throws(AuditError) -> PartitionStart? {
        do {
            guard try database.integer("PRAGMA user_version") ?? 0 >= 2 else { return .unnamed }
            let statement = try database.prepare("SELECT id, sequence_before, hash_before, began FROM log")
            guard try statement.step() else { return nil }
            return PartitionStart(
                logID: statement.blob(0),
                before: ChainHead(sequence: statement.integer(1), hash: Digest256(statement.blob(2)) ?? .zero),
                began: statement.integer(3))
        } catch { throw AuditError(error, path: database.path) }
    }
}
