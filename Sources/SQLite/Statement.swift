import CSQLite

/// A prepared statement; the owner of its handle. Confined to the queue of its database.
///
/// Parameters are numbered from 1, columns from 0, as in SQLite.
@safe package final class Statement {
    private let database: Database  // keeps the connection open at least as long
    // Safe: prepared in init, finalised in deinit, never handed out.
    private let handle: OpaquePointer

    init(_ sql: String, in database: Database) throws(DatabaseError) {
        var prepared: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(database.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK else { throw database.failure(code) }
        guard let prepared = unsafe prepared else {
            throw DatabaseError(code: SQLITE_MISUSE, message: "empty statement")
        }
        unsafe handle = prepared
        self.database = database
    }

    deinit { unsafe _ = sqlite3_finalize(handle) }

    /// Moves to the next row; false when there are no more.
    package func step() throws(DatabaseError) -> Bool {
        let code = unsafe sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let error = database.failure(code)
            unsafe sqlite3_reset(handle)
            throw error
        }
    }

    /// Runs to the end and resets, for statements whose rows do not matter.
    package func run() throws(DatabaseError) {
        while try step() {}
        reset()
    }

    /// Makes the statement ready to run again. Bindings stay.
    package func reset() { unsafe _ = sqlite3_reset(handle) }

    // MARK: Parameters

    package func bind(_ index: Int32, _ value: Int64) { unsafe _ = sqlite3_bind_int64(handle, index, value) }
    package func bind(_ index: Int32, _ value: Int) { bind(index, Int64(value)) }
    package func bind(_ index: Int32, _ value: Bool) { bind(index, value ? Int64(1) : 0) }
    package func bindNull(_ index: Int32) { unsafe _ = sqlite3_bind_null(handle, index) }

    package func bind(_ index: Int32, _ value: Int64?) {
        if let value { bind(index, value) } else { bindNull(index) }
    }

    /// Binds UTF-8 text; SQLite keeps a copy.
    package func bind(_ index: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            unsafe _ = sqlite3_bind_text(
                handle, index, UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self) ?? Self.empty,
                Int32(bytes.count), Self.transient)
        }
    }

    package func bind(_ index: Int32, _ text: String?) {
        if let text { bind(index, text) } else { bindNull(index) }
    }

    /// Binds bytes as a BLOB; SQLite keeps a copy.
    package func bind(_ index: Int32, blob bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { raw in
            unsafe _ = sqlite3_bind_blob(handle, index, raw.baseAddress ?? UnsafeRawPointer(Self.empty), Int32(raw.count), Self.transient)
        }
    }

    /// Binds bytes as UTF-8 text without copying.
    ///
    /// The caller keeps the bytes in place until the statement is reset and bound anew.
    @unsafe package func bind(_ index: Int32, staticText bytes: UnsafeRawBufferPointer) {
        unsafe _ = sqlite3_bind_text(
            handle, index, bytes.baseAddress?.assumingMemoryBound(to: CChar.self) ?? Self.empty, Int32(bytes.count), nil)
    }

    /// Binds bytes as a BLOB without copying; the same demand on the caller.
    @unsafe package func bind(_ index: Int32, staticBlob bytes: UnsafeRawBufferPointer) {
        unsafe _ = sqlite3_bind_blob(
            handle, index, bytes.baseAddress ?? UnsafeRawPointer(Self.empty), Int32(bytes.count), nil)
    }

    // MARK: Columns

    package var columnCount: Int32 { unsafe sqlite3_column_count(handle) }
    package func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_NULL }
    package func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }
    package func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    package func text(_ column: Int32) -> String {
        guard let start = unsafe sqlite3_column_text(handle, column) else { return "" }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// Calls `body` with the bytes of a value in place; none for NULL.
    package func withBytes<Value>(_ column: Int32, _ body: (Span<UInt8>) -> Value) -> Value {
        let start = unsafe sqlite3_column_blob(handle, column)
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        // Safe: SQLite keeps the value where it is until the next step, and nothing steps during the call.
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
        return unsafe body(Span<UInt8>(_unsafeBytes: bytes))
    }

    package func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    package func blob(_ column: Int32) -> [UInt8] {
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        guard count > 0, let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    // SQLITE_TRANSIENT is the macro ((sqlite3_destructor_type)-1): "copy before you return".
    static var transient: sqlite3_destructor_type? { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type?.self) }
    // A non-null pointer for values of length zero, which would otherwise be bound as NULL.
    private nonisolated(unsafe) static let empty: UnsafePointer<CChar> = {
        let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
        unsafe byte.initialize(to: 0)
        return unsafe UnsafePointer(byte)
    }()
}
