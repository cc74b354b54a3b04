import Cryptography
import SQLite

/// Tables of an audit log and how they are made.
enum AuditSchema {
    static let version: Int64 = 2
    static let pageBytes: Int64 = 4_096
    /// Marks the file as an audit log of nodegate ("NGAU"), for `PRAGMA application_id` and file(1).
    static let applicationID: Int64 = 0x4E47_4155

    /// In the order a person reads them.
    private static let definitions: [StaticString] = [
        "sequence INTEGER PRIMARY KEY", "time INTEGER NOT NULL", "kind TEXT NOT NULL", "exchange TEXT",
        "client TEXT", "client_port INTEGER", "principal TEXT", "key_id INTEGER", "principal_name TEXT",
        "method TEXT", "path TEXT", "query TEXT", "operation TEXT", "controller TEXT", "action TEXT",
        "decision TEXT NOT NULL", "reason TEXT NOT NULL", "status INTEGER", "upstream_status INTEGER",
        "bytes_in INTEGER NOT NULL", "bytes_out INTEGER NOT NULL",
        "gateway_us INTEGER NOT NULL", "upstream_us INTEGER NOT NULL",
        "redacted INTEGER NOT NULL", "revealed INTEGER NOT NULL", "upstream TEXT", "user_agent TEXT",
        "client_request_id TEXT", "forwarded TEXT", "tls TEXT", "detail TEXT", "generation INTEGER NOT NULL",
        "lane INTEGER NOT NULL", "listener INTEGER NOT NULL", "form INTEGER NOT NULL", "hash BLOB NOT NULL",
    ]

    /// `blocks` says of runs of records when the earliest and the latest were written, whatever the clock did: it
    /// finds a time without an index on every row. It is derived; the records after the last block stand for
    /// themselves.
    ///
    /// `log` has one row: how this partition begins. The chain does not cover it; a verifier compares it with the
    /// partition before, or with the record of that one's removal.
    private static let tables = """
        CREATE TABLE records (\(definitions.map(\.description).joined(separator: ", "))) STRICT;
        CREATE TABLE blocks (
            first INTEGER PRIMARY KEY, last INTEGER NOT NULL, earliest INTEGER NOT NULL, latest INTEGER NOT NULL
        ) STRICT;
        \(logTable)
        PRAGMA user_version = \(version);
        PRAGMA application_id = \(applicationID);
        """

    private static let logTable = """
        CREATE TABLE log (
            id BLOB NOT NULL, sequence_before INTEGER NOT NULL, hash_before BLOB NOT NULL, began INTEGER NOT NULL
        ) STRICT;
        """

    /// Parameters of one row: integers, texts, hash; in the order of the canonical form.
    static let parametersPerRow = AuditInteger.count + AuditText.count + 1

    static let columns = (AuditInteger.allCases.map(\.column) + AuditText.allCases.map(\.column) + ["hash"])
        .map(\.description).joined(separator: ", ")

    static func insertion(rows: Int) -> String {
        let row = "(" + Array(repeating: "?", count: parametersPerRow).joined(separator: ", ") + ")"
        return "INSERT INTO records (\(columns)) VALUES " + Array(repeating: row, count: rows).joined(separator: ", ")
    }

    /// Makes the tables in an empty database; refuses what is no audit log or too new.
    static func prepare(_ database: Database) throws(AuditError) {
        let path = database.path
        do {
            try database.execute("PRAGMA page_size = \(pageBytes); PRAGMA journal_mode = WAL")
            let version = try database.integer("PRAGMA user_version") ?? 0
            let isEmpty = try database.integer("SELECT count(*) FROM sqlite_schema") == 0
            if version == 0, isEmpty {
                try database.transaction { () throws(DatabaseError) in try database.execute(tables) }
                return
            }
        } catch { throw AuditError(error, path: path) }
        guard try check(database) < 2 else { return }
        do {
            try database.transaction { () throws(DatabaseError) in
                try database.execute("\(logTable) PRAGMA user_version = \(version)")
            }
        } catch { throw AuditError(error, path: path) }
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
