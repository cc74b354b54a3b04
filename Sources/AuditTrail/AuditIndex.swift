import SQLite

/// The index of a partition: a database beside it that says where the records of a key, a client, a path ... are.
///
/// It is built behind the writer, in segments of 64 granules of 256 records. For each value it has a posting a segment:
/// the granules with such records, and the records themselves where they are few. So what is rare is found record by
/// record, what is frequent costs no room, and an index has a few per cent of the partition's size. What is not indexed
/// yet is read as it stands. Everything in it is derived: it may be removed at any time, and one that does not belong to
/// its partition is ignored.
///
/// | table | what |
/// | --- | --- |
/// | `index_of` | one row: the partition's first record by number and hash, and the last record that is indexed |
/// | `terms` | for a column's value (a 64-bit digest) and a segment: bit n is granule n of it; and the places of the records in the segment, 16 bits each, little-endian, unless they are many |
/// | `paths` | the paths that occur, for globs |
/// | `granules` | the least and the greatest exchange id (first 64 bits) of each granule |
enum AuditIndex {
    static let granuleRecords: Int64 = 256
    static let segmentGranules: Int64 = 64
    static let segmentRecords = granuleRecords * segmentGranules
    /// Records of a value in a segment whose places are kept; of more, only the granules are.
    static let mostPlaces = 64
    static let version: Int64 = 2

    static let tables = """
        CREATE TABLE index_of (first INTEGER NOT NULL, hash BLOB NOT NULL, last INTEGER NOT NULL) STRICT;
        CREATE TABLE terms (
            term INTEGER NOT NULL, segment INTEGER NOT NULL, granules INTEGER NOT NULL, places BLOB,
            PRIMARY KEY (term, segment)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE paths (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        CREATE TABLE granules (number INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL) STRICT;
        PRAGMA user_version = \(version);
        """

    /// The columns that have terms, in the order in which the builder reads them. A path is found by its objects.
    static let texts: [AuditText] = [
        .kind, .client, .method, .controller, .action, .principalName, .decision, .reason, .clientRequestID,
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

    /// Of an object of the appliance: `cloud_connectors/7`.
    static func term(object: Span<UInt8>) -> Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ 0xFF
        for index in 0..<object.count { hash = (hash ^ UInt64(object[index])) &* 0x0000_0100_0000_01B3 }
        return Int64(bitPattern: hash)
    }

    /// Of every object that a path may name: each two segments behind one another.
    static func forEachObjectTerm(path: Span<UInt8>, _ body: (Int64) -> Void) {
        // Where the last two segments began.
        var starts = (-1, -1)
        for index in 0...path.count where index == path.count || path[index] == 0x2F {
            if starts.0 >= 0, index > starts.1 { body(term(object: path.extracting(starts.0..<index))) }
            starts = (starts.1, index + 1)
        }
    }

    static func lastObjectTerm(path: Span<UInt8>) -> Int64? {
        var last: Int64?
        forEachObjectTerm(path: path) { last = $0 }
        return last
    }

    /// Of the object that the detail of an exposure names.
    static func objectTerm(detail: Span<UInt8>) -> Int64? {
        var end = 0
        while end < detail.count, detail[end] != 0x20 { end += 1 }
        return end > 0 ? term(object: detail.extracting(0..<end)) : nil
    }

    /// The last two segments that a glob has as they are, one behind the other: nil where there are none.
    static func object(inGlob glob: String) -> String? {
        var found: String?
        for (number, literal) in glob.split(omittingEmptySubsequences: false, whereSeparator: { "*?[]".contains($0) }).enumerated() {
            let isLast = literal.endIndex == glob.endIndex
            var segments = literal.split(separator: "/", omittingEmptySubsequences: false)
            // Next to a wildcard a segment may be longer than it looks, as may one that no slash begins.
            if !segments.isEmpty, number > 0 || !glob.hasPrefix("/") { segments.removeFirst() }
            if !segments.isEmpty, !isLast { segments.removeLast() }
            for (first, second) in zip(segments, segments.dropFirst()) where !first.isEmpty && !second.isEmpty {
                found = "\(first)/\(second)"
            }
        }
        return found
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
