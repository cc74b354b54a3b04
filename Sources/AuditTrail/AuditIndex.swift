import SQLite

/// The index of a partition: a database beside it that says where the records of a key, a client, a path ... are.
///
/// It does not name records but granules, runs of 256 of them: a query reads the granules that may have what it looks
/// for. So a posting stands for many records, and an index has a few per cent of the partition's size. It is built
/// behind the writer, in segments of 64 granules; what is not indexed yet is read as it stands. Everything in it is
/// derived: it may be removed at any time, and one that does not belong to its partition is ignored.
///
/// | table | what |
/// | --- | --- |
/// | `index_of` | one row: the partition's first record by number and hash, and the last record that is indexed |
/// | `terms` | for a column's value (a 64-bit digest) and a segment: bit n is granule n of it |
/// | `paths` | the paths that occur, for globs |
/// | `granules` | the least and the greatest exchange id (first 64 bits) of each granule |
enum AuditIndex {
    static let granuleRecords: Int64 = 256
    static let segmentGranules: Int64 = 64
    static let segmentRecords = granuleRecords * segmentGranules
    static let version: Int64 = 1

    static let tables = """
        CREATE TABLE index_of (first INTEGER NOT NULL, hash BLOB NOT NULL, last INTEGER NOT NULL) STRICT;
        CREATE TABLE terms (
            term INTEGER NOT NULL, segment INTEGER NOT NULL, granules INTEGER NOT NULL, PRIMARY KEY (term, segment)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE paths (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        CREATE TABLE granules (number INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL) STRICT;
        PRAGMA user_version = \(version);
        """

    /// The columns that have terms, in the order in which the builder reads them.
    static let texts: [AuditText] = [
        .kind, .client, .method, .path, .controller, .action, .principalName, .decision, .reason, .clientRequestID,
    ]
    static let integers: [AuditInteger] = [.keyID, .status]

    // MARK: Terms

    static func term(_ column: AuditText, _ text: String) -> Int64 {
        term(column, text.utf8.span)
    }

    @inline(__always)
    static func term(_ column: AuditText, _ bytes: Span<UInt8>) -> Int64 {
        // FNV-1a. Whoever makes two values collide makes a query read more than it needs, and find no less.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(column.rawValue)
        for index in 0..<bytes.count { hash = (hash ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3 }
        return Int64(bitPattern: hash)
    }

    @inline(__always)
    static func term(_ column: AuditInteger, _ value: Int64) -> Int64 {
        var hash = UInt64(bitPattern: value) &+ UInt64(column.rawValue + 1) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
        return Int64(bitPattern: hash ^ hash >> 27)
    }

    /// Of records whose `revealed` is not 0.
    static let revealed = term(.revealed, 1)
}

/// Which part of a partition an index speaks of.
struct IndexedRange: Equatable {
    let first: Int64
    let hash: [UInt8]
    var last: Int64

    /// The range of an index; nil for one that was not begun or is of another version.
    init?(_ database: Database) throws(DatabaseError) {
        guard try database.integer("PRAGMA user_version") == AuditIndex.version else { return nil }
        let statement = try database.prepare("SELECT first, hash, last FROM index_of")
        guard try statement.step() else { return nil }
        first = statement.integer(0)
        hash = statement.blob(1)
        last = statement.integer(2)
    }

    init(first: Int64, hash: [UInt8]) {
        self.first = first
        self.hash = hash
        last = first - 1
    }

    /// The index is of this partition and not of another that had its name.
    func isOf(_ partition: Database) throws(DatabaseError) -> Bool {
        let statement = try partition.prepare("SELECT hash FROM records WHERE sequence = ?")
        statement.bind(1, first)
        return try statement.step() && statement.blob(0) == hash
    }
}
