import Cryptography
import SQLite

/// The write connection of an audit log and the end of its chain. Confined to the writer's queue.
final class AuditStorage {
    let path: String
    private let limits: AuditLimits
    private let durability: AuditDurability
    private let lock: WriterLock
    private var connection: Connection
    private var computation: SHA256
    private(set) var head: ChainHead
    /// The head of a transaction whose fate is not known, and what to do about it before the next.
    private var unsettled: (attempted: ChainHead, reopen: Bool)?
    private var block: RecordBlock
    private var pageLimit: Int64?
    /// Bytes given to the write-ahead log since it was last copied into the database; an estimate.
    var unsavedBytes = 0

    private struct Connection {
        let database: Database
        let begin: Statement
        let commit: Statement
        let insertion: RecordInsertion
        let insertBlock: Statement
    }

    init(path: String, durability: AuditDurability, limits: AuditLimits) throws(AuditError) {
        self.path = path
        self.durability = durability
        self.limits = limits
        // A first lock by path, before the file is made or opened.
        lock = try WriterLock(path: path)
        try LogFile.prepare(path)
        do { computation = try SHA256() } catch { throw .cannotOpen(path: path, "SHA-256 is not available") }
        connection = try AuditStorage.connect(path, durability, limits)
        head = .empty
        block = RecordBlock(first: 1)
        head = try readHead()
        block = try readBlock()
    }

    /// Stores every record of the batches, or none.
    func store(_ batches: [AuditBatch]) throws(AuditError) {
        try settle()
        guard !connection.database.hasMoved else {
            unsettled = (head, true)
            throw .cannotOpen(path: path, "the file was moved or removed; put it back or restart")
        }
        var next = head
        var block = self.block
        do { for batch in batches { try batch.link(after: &next, &computation) } } catch {
            throw .storageFailed("SHA-256 is not available")
        }
        do {
            try connection.begin.run()
            for batch in batches {
                try connection.insertion.insert(batch)
                batch.widen(&block)
                unsavedBytes += batch.byteCount
            }
            // At least the last page is written again, however few the records.
            unsavedBytes += Int(AuditSchema.pageBytes)
            if block.isComplete {
                try insert(block)
                block = RecordBlock(first: block.last + 1)
            }
            try connection.commit.run()
        } catch {
            try? connection.database.execute("ROLLBACK")
            let reason = AuditError(error, path: path)
            unsettled = (next, reason != .storageFull && reason != .busy)
            throw reason
        }
        head = next
        self.block = block
    }

    /// Bounds the file. Takes effect with the next transaction.
    func limitPages(bytes: Int64?) {
        pageLimit = bytes.map { max(1, $0 / AuditSchema.pageBytes) }
        applyPageLimit()
    }

    /// Copies the write-ahead log into the database as far as readers allow; never waits.
    func checkpoint() {
        _ = try? connection.database.integer("PRAGMA wal_checkpoint(PASSIVE)")
        unsavedBytes = 0
    }

    /// Empties the write-ahead log for good, if no reader holds it.
    func truncateLog() {
        _ = try? connection.database.integer("PRAGMA wal_checkpoint(TRUNCATE)")
    }
}

extension AuditStorage {
    private static func connect(
        _ path: String, _ durability: AuditDurability, _ limits: AuditLimits
    ) throws(AuditError) -> Connection {
        do {
            let database = try Database(path: path, access: .readWrite, busyTimeout: limits.busyMilliseconds)
            try AuditSchema.prepare(database)
            try database.execute("""
                PRAGMA synchronous = \(durability == .power ? "FULL" : "NORMAL");
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA journal_size_limit = \(limits.logBytes);
                PRAGMA temp_store = MEMORY;
                PRAGMA trusted_schema = OFF;
                """)
            return Connection(
                database: database, begin: try database.prepare("BEGIN IMMEDIATE"),
                commit: try database.prepare("COMMIT"), insertion: try RecordInsertion(database),
                insertBlock: try database.prepare(
                    "INSERT INTO blocks (first, last, earliest, latest) VALUES (?, ?, ?, ?)"))
        } catch let error as AuditError {
            throw error
        } catch let error as DatabaseError {
            throw AuditError(error, path: path)
        } catch { throw .cannotOpen(path: path, "\(error)") }
    }

    /// After a failure: learns from the file what really is its end.
    private func settle() throws(AuditError) {
        guard let unsettled else { return }
        if unsettled.reopen {
            connection = try AuditStorage.connect(path, durability, limits)
            applyPageLimit()
        }
        let found = try readHead()
        guard found == head || found == unsettled.attempted else {
            throw .damaged(path: path, "it ends at record \(found.sequence), not at \(head.sequence)")
        }
        head = found
        block = try readBlock()
        self.unsettled = nil
    }

    /// The end of the chain, after checking that the last record agrees with its hash.
    private func readHead() throws(AuditError) -> ChainHead {
        do {
            let statement = try connection.database.prepare(
                "SELECT \(AuditSchema.columns) FROM records ORDER BY sequence DESC LIMIT 2")
            guard try statement.step() else { return .empty }
            let last = StoredRow(statement)
            let previous = try statement.step() ? StoredRow(statement) : nil
            statement.reset()
            guard let hash = Digest256(last.hash), let before = previous.map({ Digest256($0.hash) }) ?? .zero else {
                throw AuditError.damaged(path: path, "record \(last.sequence) has no hash")
            }
            guard last.form == RecordForm.version else {
                throw AuditError.damaged(path: path, "record \(last.sequence) has form \(last.form)")
            }
            guard try last.expectedHash(after: before, &computation) == hash else {
                throw AuditError.damaged(path: path, "record \(last.sequence) does not agree with its hash")
            }
            return ChainHead(sequence: last.sequence, hash: hash)
        } catch let error as AuditError {
            throw error
        } catch let error as DatabaseError {
            throw AuditError(error, path: path)
        } catch { throw .storageFailed("\(error)") }
    }

    private func readBlock() throws(AuditError) -> RecordBlock {
        do {
            let last = try connection.database.integer("SELECT coalesce(max(last), 0) FROM blocks") ?? 0
            var block = RecordBlock(first: last + 1)
            let statement = try connection.database.prepare("SELECT time FROM records WHERE sequence > ?")
            statement.bind(1, last)
            while try statement.step() { block.add(time: statement.integer(0)) }
            return block
        } catch { throw AuditError(error, path: path) }
    }

    private func insert(_ block: RecordBlock) throws(DatabaseError) {
        connection.insertBlock.bind(1, block.first)
        connection.insertBlock.bind(2, block.last)
        connection.insertBlock.bind(3, block.earliest)
        connection.insertBlock.bind(4, block.latest)
        try connection.insertBlock.run()
    }

    private func applyPageLimit() {
        // 2^32 - 2 is the most that SQLite takes.
        _ = try? connection.database.integer("PRAGMA max_page_count = \(pageLimit ?? 4_294_967_294)")
    }
}
