import Cryptography
import SQLite

/// Changes an audit log as somebody can who owns its files and knows how they are made.
package enum TamperedLog {
    /// Integers, then texts, then the hash: the order of the documented form.
    package static let columns = """
        form, sequence, time, lane, listener, client_port, key_id, generation, status, upstream_status, bytes_in,
        bytes_out, gateway_us, upstream_us, redacted, revealed,
        kind, exchange, client, method, path, query, operation, controller, action, principal, principal_name, decision,
        reason, upstream, user_agent, client_request_id, forwarded, tls, detail, hash
        """
    package static let hashColumn: Int32 = 35

    /// Bytes of each integer.
    package static let widths = [1, 8, 8, 2, 2, 2, 8, 8, 2, 2, 6, 6, 6, 6, 4, 4]

    /// The canonical form of a row of `columns`, made from its documentation alone, not with the code under test.
    package static func form(_ row: Statement, widths: [Int] = widths) -> [UInt8] {
        var form: [UInt8] = []
        let integers: Int32 = 16
        let texts: Int32 = 19
        for (column, width) in widths.enumerated() {
            withUnsafeBytes(of: row.integer(Int32(column)).littleEndian) { form += $0.prefix(width) }
        }
        for column in 0..<texts {
            let length = row.blob(integers + column).count
            form += [UInt8(length & 255), UInt8(length >> 8)]
        }
        for column in 0..<texts { form += row.blob(integers + column) }
        return form
    }

    /// What the hash of a row of `columns` must be.
    package static func hash(_ row: Statement, after previous: [UInt8]) throws -> [UInt8] {
        try SHA256.digest((previous + form(row)).span).bytes
    }

    /// Runs SQL on `records` as if it were a table, and puts what it leaves into the log.
    package static func edit(_ path: String, _ sql: String) throws {
        let database = try Database(path: path, access: .readWrite)
        // It stands before the view of the log.
        try database.execute("CREATE TEMP TABLE records AS SELECT * FROM main.records")
        try database.execute(sql)
        var rows: [(sequence: Int64, image: [UInt8], hash: [UInt8])] = []
        let statement = try database.prepare("SELECT \(columns) FROM records ORDER BY sequence")
        while try statement.step() {
            rows.append((statement.integer(1), form(statement), statement.blob(hashColumn)))
        }
        statement.reset()
        try database.transaction { () throws(DatabaseError) in
            try database.execute("DELETE FROM forms")
            let insert = try database.prepare("INSERT INTO forms (sequence, image, hash) VALUES (?, ?, ?)")
            for row in rows {
                insert.bind(1, row.sequence)
                insert.bind(2, blob: row.image.span)
                insert.bind(3, blob: row.hash.span)
                try insert.run()
            }
        }
    }

    /// Makes a log of one partition what an earlier release would have written: a row of columns for each record.
    package static func makeEarlier(_ path: String, version: Int) throws {
        let database = try Database(path: path, access: .readWrite)
        try database.execute("""
            CREATE TEMP TABLE copy AS SELECT * FROM records;
            DROP VIEW records;
            DROP TABLE forms;
            CREATE TABLE records (
                sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, exchange TEXT,
                client TEXT, client_port INTEGER, principal TEXT, key_id INTEGER, principal_name TEXT,
                method TEXT, path TEXT, query TEXT, operation TEXT, controller TEXT, action TEXT,
                decision TEXT NOT NULL, reason TEXT NOT NULL, status INTEGER, upstream_status INTEGER,
                bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL,
                gateway_us INTEGER NOT NULL, upstream_us INTEGER NOT NULL,
                redacted INTEGER NOT NULL, revealed INTEGER NOT NULL, upstream TEXT, user_agent TEXT,
                client_request_id TEXT, forwarded TEXT, tls TEXT, detail TEXT, generation INTEGER NOT NULL,
                lane INTEGER NOT NULL, listener INTEGER NOT NULL, form INTEGER NOT NULL, hash BLOB NOT NULL
            ) STRICT;
            INSERT INTO records SELECT * FROM copy;
            \(version < 2 ? "DROP TABLE log;" : "")
            UPDATE records SET form = 1;
            PRAGMA user_version = \(version)
            """)
        // Each integer had 8 bytes.
        let rows = try database.prepare("SELECT \(columns) FROM records ORDER BY sequence")
        var hashes: [(sequence: Int64, hash: [UInt8])] = []
        while try rows.step() {
            let previous = hashes.last?.hash ?? [UInt8](repeating: 0, count: 32)
            let form = form(rows, widths: Array(repeating: 8, count: widths.count))
            hashes.append((rows.integer(1), try SHA256.digest((previous + form).span).bytes))
        }
        rows.reset()
        let update = try database.prepare("UPDATE records SET hash = ? WHERE sequence = ?")
        for row in hashes {
            update.bind(1, blob: row.hash.span)
            update.bind(2, row.sequence)
            try update.run()
        }
    }
}
