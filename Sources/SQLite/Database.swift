import CSQLite

/// Why SQLite refused, with its own words.
package struct DatabaseError: Error, Equatable, CustomStringConvertible {
    /// The extended result code (`SQLITE_FULL`, `SQLITE_IOERR_WRITE`, ...).
    package let code: Int32
    package let message: String

    package init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// The primary result code, without the extension.
    package var primary: Int32 { code & 0xff }
    package var isBusy: Bool { primary == SQLITE_BUSY || primary == SQLITE_LOCKED }
    /// The disk, the quota or the page limit is exhausted.
    package var isFull: Bool { primary == SQLITE_FULL }
    package var isReadOnly: Bool { primary == SQLITE_READONLY }
    package var isDamaged: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }
    package var isCannotOpen: Bool { primary == SQLITE_CANTOPEN }
    package var description: String { "\(message) (SQLite code \(code))" }
}

/// One connection to a SQLite database; the owner of its handle.
///
/// Confined to one queue at a time by its owner: not `Sendable`, opened with `SQLITE_OPEN_NOMUTEX`.
@safe package final class Database {
    package enum Access {
        case readOnly, readWrite, create
        /// Read-only, of a file that nobody writes to: takes no lock and makes no file beside it, so that it also works
        /// on a medium that cannot be written. What is in a write-ahead log is not seen.
        case immutable
    }

    // Safe: opened in init, closed in deinit, never handed out beyond this file and Statement.
    let handle: OpaquePointer
    package let path: String

    package init(path: String, access: Access = .create, busyTimeout milliseconds: Int32 = 2_000) throws(DatabaseError) {
        var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        switch access {
        case .readOnly: flags |= SQLITE_OPEN_READONLY
        case .readWrite: flags |= SQLITE_OPEN_READWRITE
        case .create: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        case .immutable: flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
        }
        let name = access == .immutable ? Self.immutable(path) : path
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(name, &opened, flags, nil)
        guard code == SQLITE_OK, let opened = unsafe opened else {
            let message = unsafe opened.map { unsafe String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            unsafe sqlite3_close_v2(opened)
            throw DatabaseError(code: code, message: "cannot open \(path): \(message)")
        }
        unsafe handle = opened
        self.path = path
        waitForLocks(milliseconds: milliseconds)
    }

    deinit { unsafe _ = sqlite3_close_v2(handle) }

    /// The path as an URI (https://www.sqlite.org/uri.html).
    private static func immutable(_ path: String) -> String {
        let escapes: [Character: String] = ["%": "%25", "?": "%3f", "#": "%23"]
        return "file:" + path.map { escapes[$0] ?? String($0) }.joined() + "?immutable=1"
    }

    /// Runs SQL that takes no parameters and gives no rows; several statements may be separated by semicolons.
    package func execute(_ sql: String) throws(DatabaseError) {
        let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    package func prepare(_ sql: String) throws(DatabaseError) -> Statement {
        try Statement(sql, in: self)
    }

    /// The first column of the first row as an integer, for pragmas and counts.
    package func integer(_ sql: String) throws(DatabaseError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : nil
    }

    /// Runs `body` in one transaction (`BEGIN IMMEDIATE` unless `reading`), rolled back when it throws.
    package func transaction<Value, Failure: Error>(
        reading: Bool = false, _ body: () throws(Failure) -> Value, mapping: (DatabaseError) -> Failure
    ) throws(Failure) -> Value {
        do { try execute(reading ? "BEGIN" : "BEGIN IMMEDIATE") } catch { throw mapping(error) }
        let value: Value
        do { value = try body() } catch {
            try? execute("ROLLBACK")
            throw error
        }
        do { try execute("COMMIT") } catch {
            try? execute("ROLLBACK")
            throw mapping(error)
        }
        return value
    }

    package func transaction<Value>(
        reading: Bool = false, _ body: () throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> Value {
        try transaction(reading: reading, body, mapping: { $0 })
    }

    /// How long to wait for a lock that another connection holds; 0: not at all.
    package func waitForLocks(milliseconds: Int32) { unsafe _ = sqlite3_busy_timeout(handle, milliseconds) }

    /// Writes the database file to the disk; the write-ahead log is not part of it.
    package func synchronize() throws(DatabaseError) {
        let code = unsafe csqlite_synchronize(handle)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// The file was moved, removed or replaced since it was opened; what is written now is lost. Costs a system call.
    package var hasMoved: Bool { unsafe csqlite_has_moved(handle) != 0 }

    package var lastInsertedRow: Int64 { unsafe sqlite3_last_insert_rowid(handle) }
    /// Rows changed by the last statement.
    package var changes: Int { Int(unsafe sqlite3_changes(handle)) }

    func failure(_ code: Int32) -> DatabaseError {
        DatabaseError(code: code, message: unsafe String(cString: sqlite3_errmsg(handle)))
    }
}
