import SQLite

/// The records of a partition as rows with a column for each value, over their canonical forms.
enum RecordView {
    private enum Column {
        case integer(AuditInteger)
        case text(AuditText)
        case hash
    }

    /// In the order a person reads them.
    private static let columns: [Column] = [
        .integer(.sequence), .integer(.time), .text(.kind), .text(.exchange), .text(.client), .integer(.clientPort),
        .text(.principal), .integer(.keyID), .text(.principalName), .text(.method), .text(.path), .text(.query),
        .text(.operation), .text(.controller), .text(.action), .text(.decision), .text(.reason), .integer(.status),
        .integer(.upstreamStatus), .integer(.bytesIn), .integer(.bytesOut), .integer(.gatewayMicroseconds),
        .integer(.upstreamMicroseconds), .integer(.redacted), .integer(.revealed), .text(.upstream), .text(.userAgent),
        .text(.clientRequestID), .text(.forwarded), .text(.tls), .text(.detail), .integer(.generation), .integer(.lane),
        .integer(.listener), .integer(.form), .hash,
    ]

    // MARK: For our own connections

    /// Defines `records` for this connection, if the database has forms.
    static func define(in database: Database) throws(DatabaseError) {
        guard try database.integer("SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = 'forms'") == 1 else { return }
        try database.define("audit_integer") { image, column in
            guard let column = UInt8(exactly: column).flatMap(AuditInteger.init), RecordForm.isWhole(image) else { return .null }
            return .integer(RecordForm.integer(column, image))
        }
        try database.define("audit_text") { image, column in
            guard let column = UInt8(exactly: column).flatMap(AuditText.init), RecordForm.isWhole(image) else { return .null }
            let place = RecordForm.place(column, image)
            return place.isEmpty ? .null : .text(place)
        }
        let values = columns.map { column in
            switch column {
            case .integer(.sequence): "sequence"
            case .integer(let column): named(column, "audit_integer(image, \(column.rawValue))")
            case .text(let column): "audit_text(image, \(column.rawValue)) AS \(column.column)"
            case .hash: "hash"
            }
        }
        // It stands before the one of the database.
        try database.execute("""
            PRAGMA temp_store = MEMORY;
            CREATE TEMP VIEW IF NOT EXISTS records AS SELECT \(values.joined(separator: ", ")), image FROM main.forms;
            """)
    }

    private static func named(_ column: AuditInteger, _ value: String) -> String {
        (column.isNullable ? "nullif(\(value), 0)" : value) + " AS \(column.column)"
    }

    // MARK: For everybody

    /// The same with nothing but what is built into SQLite. A byte is found in the string of all bytes.
    static let plain: String = {
        let values = columns.map { column in
            switch column {
            case .integer(.sequence): "sequence"
            case .integer(let column): named(column, number(at: column.offset, bytes: column.width))
            case .text(let column):
                "nullif(CAST(substr(image, \(start(of: Int(column.rawValue))), l\(column.rawValue)) AS TEXT), '')"
                    + " AS \(column.column)"
            case .hash: "hash"
            }
        }
        let lengths = (0..<AuditText.count).map {
            number(at: RecordForm.lengthsOffset + $0 * 2, bytes: 2) + " AS l\($0)"
        }
        let bytes = (0..<256).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        return """
            SELECT \(values.joined(separator: ", "))
            FROM (SELECT *, \(lengths.joined(separator: ", "))
                  FROM (SELECT *, x'\(bytes)' AS b FROM forms))
            """
    }()

    /// Little-endian.
    private static func number(at offset: Int, bytes: Int) -> String {
        let parts = (0..<bytes).map { byte in
            let value = "instr(b, substr(image, \(offset + byte + 1), 1)) - 1"
            return byte == 0 ? "(\(value))" : "((\(value)) << \(byte * 8))"
        }
        return "(\(parts.joined(separator: " | ")))"
    }

    private static func start(of text: Int) -> String {
        (["\(RecordForm.textsOffset + 1)"] + (0..<text).map { "l\($0)" }).joined(separator: " + ")
    }
}
