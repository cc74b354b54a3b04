import Cryptography
import SQLite

/// The write connection of one partition. Confined to whoever has the writer's turn.
struct PartitionConnection {
    let database: Database
    let begin: Statement
    let commit: Statement
    let insertion: RecordInsertion
    private let insertBlock: Statement

    var path: String { database.path }

    init(path: String, durability: AuditDurability, limits: AuditLimits) throws(AuditError) {
        do {
            database = try Database(path: path, access: .readWrite, busyTimeout: limits.busyMilliseconds)
            try AuditSchema.prepare(database)
            try database.execute("""
                PRAGMA synchronous = \(durability == .power ? "FULL" : "NORMAL");
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA journal_size_limit = \(limits.logBytes);
                PRAGMA temp_store = MEMORY;
                PRAGMA trusted_schema = OFF;
                """)
            begin = try database.prepare("BEGIN IMMEDIATE")
            commit = try database.prepare("COMMIT")
            insertion = try RecordInsertion(database)
            insertBlock = try database.prepare(
                "INSERT INTO blocks (first, last, earliest, latest) VALUES (?, ?, ?, ?)")
        } catch let error as AuditError {
            throw error
        } catch let error as DatabaseError {
            throw AuditError(error, path: path)
        } catch { throw .cannotOpen(path: path, "\(error)") }
    }

    /// Writes how the partition begins, once.
    func put(_ start: PartitionStart) throws(AuditError) {
        do {
            let statement = try database.prepare(
                "INSERT INTO log (id, sequence_before, hash_before, began) VALUES (?, ?, ?, ?)")
            statement.bind(1, blob: start.logID.span)
            statement.bind(2, start.before.sequence)
            statement.bind(3, blob: start.before.hash.bytes.span)
            statement.bind(4, start.began)
            try statement.run()
        } catch { throw AuditError(error, path: path) }
    }

    /// Runs `body`, whose transactions are on the disk when it returns, whatever the durability.
    func synchronously<Value>(
        _ durability: AuditDurability, _ body: () throws(AuditError) -> Value
    ) throws(AuditError) -> Value {
        try? database.execute("PRAGMA synchronous = FULL")
        defer { if durability != .power { try? database.execute("PRAGMA synchronous = NORMAL") } }
        return try body()
    }

    var isWithoutRecords: Bool {
        get throws(AuditError) {
            do { return try database.integer("SELECT EXISTS (SELECT 1 FROM records)") == 0 } catch {
                throw AuditError(error, path: path)
            }
        }
    }

    /// Bytes of the database, without its write-ahead log's unused part.
    var bytes: Int64 { ((try? database.integer("PRAGMA page_count")) ?? 0) * AuditSchema.pageBytes }

    /// The end of the chain, after checking that the last record agrees with its hash.
    func readHead(from start: PartitionStart, _ computation: inout SHA256) throws(AuditError) -> ChainHead {
        try ChainHead(of: database, AuditSchema.version, from: start, &computation)
    }

    /// The records that are in no block yet.
    func readBlock(from start: PartitionStart) throws(AuditError) -> RecordBlock {
        do {
            let last = try database.integer("SELECT max(last) FROM blocks WHERE last > \(start.before.sequence)")
            var block = RecordBlock(first: max(last ?? 0, start.before.sequence) + 1)
            let statement = try database.prepare("SELECT time FROM records WHERE sequence >= ?")
            statement.bind(1, block.first)
            while try statement.step() { block.add(time: statement.integer(0)) }
            return block
        } catch { throw AuditError(error, path: path) }
    }

    func insert(_ block: RecordBlock) throws(DatabaseError) {
        insertBlock.bind(1, block.first)
        insertBlock.bind(2, block.last)
        insertBlock.bind(3, block.earliest)
        insertBlock.bind(4, block.latest)
        try insertBlock.run()
    }

    func limit(pages: Int64?) {
        // 2^32 - 2 is the most that SQLite takes.
        _ = try? database.integer("PRAGMA max_page_count = \(pages ?? 4_294_967_294)")
    }
}
