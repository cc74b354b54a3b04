import Cryptography

/// Tables of a store and how they came about.
enum StoreSchema {
    /// Marks the file as a store of nodegate ("NGKS"), for `PRAGMA application_id` and file(1).
    static let applicationID: Int64 = 0x4E47_4B53

    /// Step n leads from version n to version n + 1. A new store takes them all; a step that was released never
    /// changes.
    ///
    /// Triggers count the generation, so that no change of a key, not even one by hand, goes without it.
    static let steps: [String] = [
        """
        CREATE TABLE policy (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            generation INTEGER NOT NULL,
            pepper_check BLOB NOT NULL CHECK (length(pepper_check) = 32)
        ) STRICT;
        CREATE TABLE keys (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            owner_note TEXT NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER,
            revoked INTEGER,
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32)
        ) STRICT;
        CREATE TABLE key_scopes (
            key INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
            effect TEXT NOT NULL CHECK (effect IN ('grant', 'deny')),
            controller TEXT NOT NULL,
            action TEXT NOT NULL,
            PRIMARY KEY (key, effect, controller, action)
        ) STRICT, WITHOUT ROWID;
        \(["keys", "key_scopes"].map(counters).joined(separator: "\n"))
        PRAGMA application_id = \(applicationID);
        """,
        """
        CREATE TABLE changes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            time INTEGER NOT NULL,
            actor TEXT NOT NULL,
            what TEXT NOT NULL,
            key_id INTEGER NOT NULL,
            key_name TEXT NOT NULL,
            before TEXT NOT NULL,
            after TEXT NOT NULL
        ) STRICT;
        CREATE TRIGGER changes_update BEFORE UPDATE ON changes
            BEGIN SELECT RAISE(ABORT, 'changes are append-only'); END;
        CREATE TRIGGER changes_delete BEFORE DELETE ON changes
            BEGIN SELECT RAISE(ABORT, 'changes are append-only'); END;
        ALTER TABLE policy ADD COLUMN recorded_change INTEGER NOT NULL DEFAULT 0;
        """,
        "ALTER TABLE keys ADD COLUMN observed INTEGER NOT NULL DEFAULT 0 CHECK (observed IN (0, 1));",
        """
        ALTER TABLE keys ADD COLUMN required_certificate TEXT;
        ALTER TABLE keys ADD COLUMN enrolled_certificate TEXT;
        CREATE TABLE key_credentials (
            key INTEGER PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
            sealed BLOB NOT NULL CHECK (length(sealed) BETWEEN 34 AND 8192)
        ) STRICT;
        \(counters(of: "key_credentials"))
        """,
    ]

    /// Triggers by which each change of a table counts the generation up.
    private static func counters(of table: String) -> String {
        ["INSERT", "UPDATE", "DELETE"].map { event in
            """
            CREATE TRIGGER \(table)_\(event.lowercased()) AFTER \(event) ON \(table)
                BEGIN UPDATE policy SET generation = generation + 1; END;
            """
        }.joined(separator: "\n")
    }

    static var version: Int64 { Int64(steps.count) }

    /// Brings a store, or an empty database, to this version, all steps in one transaction.
    static func prepare(_ connection: StoreConnection, pepper: Pepper) throws(StoreError) {
        if try !isLogged(connection) {
            // SQLite does not wait for another process that switches at the same time; one lock orders them.
            let lock = FolderLock(of: connection.path)
            defer { withExtendedLifetime(lock) {} }
            try connection.execute("PRAGMA journal_mode = WAL")
        }
        // FULL: a revocation that was reported survives a power cut.
        try connection.execute("PRAGMA synchronous = FULL")
        // Only the process that finds something to do takes the write lock.
        let before = try connection.read { () throws(StoreError) in try check(connection) }
        if before != version {
            try connection.write { () throws(StoreError) in
                let found = try check(connection)
                for step in steps[Int(found)...] { try connection.execute(step) }
                try connection.execute("PRAGMA user_version = \(version)")
                guard found == 0 else { return }
                try connection.run(
                    "INSERT INTO policy (id, generation, pepper_check) VALUES (1, 0, ?)",
                    .blob(try check(of: pepper, path: connection.path)))
            }
        }
        try recognise(pepper, connection)
    }

    /// Whether the database writes a write-ahead log, so that readers never wait for writers.
    private static func isLogged(_ connection: StoreConnection) throws(StoreError) -> Bool {
        try connection.rows("PRAGMA journal_mode") { $0.text(0) }.first == "wal"
    }

    /// For readers: the version must be this one.
    static func checkReadable(_ connection: StoreConnection) throws(StoreError) {
        let found = try check(connection)
        guard found == version else { throw .olderSchema(path: connection.path, found: found, known: version) }
    }

    /// The version that is found; 0 for an empty database.
    private static func check(_ connection: StoreConnection) throws(StoreError) -> Int64 {
        let found = try connection.integer("PRAGMA user_version") ?? 0
        let application = try connection.integer("PRAGMA application_id") ?? 0
        if found == 0, application == 0, try connection.integer("SELECT count(*) FROM sqlite_schema") == 0 { return 0 }
        guard application == applicationID, found > 0 else { throw .notAStore(path: connection.path) }
        guard found <= version else { throw .newerSchema(path: connection.path, found: found, known: version) }
        return found
    }

    /// That the store was made with this pepper.
    static func recognise(_ pepper: Pepper, _ connection: StoreConnection) throws(StoreError) {
        let stored = try connection.rows("SELECT pepper_check FROM policy WHERE id = 1") { $0.blob(0) }
        guard let stored = stored.first, let stored = Digest256(stored) else {
            throw .invalidRow(path: connection.path, row: "policy 1", "it is missing or its check has not 32 bytes")
        }
        guard try check(of: pepper, path: connection.path) == stored.bytes else {
            throw .pepperMismatch(store: connection.path)
        }
    }

    private static func check(of pepper: Pepper, path: String) throws(StoreError) -> [UInt8] {
        do { return try pepper.check().bytes } catch { throw .failed(path: path, error.description) }
    }
}
