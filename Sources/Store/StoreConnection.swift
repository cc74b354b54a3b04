import SQLite

/// A connection to a store, its errors in the store's own words. Confined to one queue at a time by its owner.
final class StoreConnection {
    enum Value {
        case integer(Int64)
        case optionalInteger(Int64?)
        case text(String)
        case optionalText(String?)
        case blob([UInt8])
    }

    let database: Database
    var path: String { database.path }

    /// - Parameter path: Of a file that exists.
    init(path: String, access: Database.Access, busyMilliseconds: Int32) throws(StoreError) {
        do {
            database = try Database(path: path, access: access, busyTimeout: busyMilliseconds)
            // A schema that somebody tampered with runs no functions that reach outside the database.
            try database.execute("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
        } catch { throw StoreError(error, path: path) }
    }

    func execute(_ sql: String) throws(StoreError) {
        do { try database.execute(sql) } catch { throw StoreError(error, path: path) }
    }

    func integer(_ sql: String) throws(StoreError) -> Int64? {
        do { return try database.integer(sql) } catch { throw StoreError(error, path: path) }
    }

    /// Runs a statement without rows.
    ///
    /// - Returns: How many rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: Value...) throws(StoreError) -> Int {
        do {
            try prepare(sql, values).run()
            return database.changes
        } catch { throw StoreError(error, path: path) }
    }

    /// What `read` makes of each row.
    func rows<Row>(
        _ sql: String, _ values: Value..., read: (Statement) throws(StoreError) -> Row
    ) throws(StoreError) -> [Row] {
        var rows: [Row] = []
        let statement: Statement
        do { statement = try prepare(sql, values) } catch { throw StoreError(error, path: path) }
        while try step(statement) { rows.append(try read(statement)) }
        return rows
    }

    /// Runs `body` in one transaction that nobody else writes in; all of it lasts or nothing.
    func write<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        try database.transaction(body, mapping: { StoreError($0, path: path) })
    }

    /// Runs `body` on one state of the database.
    func read<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        try database.transaction(reading: true, body, mapping: { StoreError($0, path: path) })
    }

    private func step(_ statement: Statement) throws(StoreError) -> Bool {
        do { return try statement.step() } catch { throw StoreError(error, path: path) }
    }

    private func prepare(_ sql: String, _ values: [Value]) throws(DatabaseError) -> Statement {
        let statement = try database.prepare(sql)
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            switch value {
            case .integer(let integer): statement.bind(place, integer)
            case .optionalInteger(let integer): statement.bind(place, integer)
            case .text(let text): statement.bind(place, text)
            case .optionalText(let text): statement.bind(place, text)
            case .blob(let bytes): statement.bind(place, blob: bytes.span)
            }
        }
        return statement
    }
}
