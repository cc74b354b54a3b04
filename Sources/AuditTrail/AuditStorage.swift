import Cryptography
import SQLite

/// The files of an audit log as its writer sees them: the partition that is written to, the end of the chain, the
/// reserve. Confined to whoever has the writer's turn.
final class AuditStorage {
    let layout: AuditLayout
    let durability: AuditDurability
    let limits: AuditLimits
    private let lock: WriterLock
    private let reserve: AuditReserve
    private var connection: PartitionConnection
    private var computation: SHA256
    private(set) var start: PartitionStart
    private(set) var head: ChainHead
    /// The head of a transaction whose fate is not known, and what to do about it before the next.
    private var unsettled: (attempted: ChainHead, reopen: Bool)?
    private var block: RecordBlock
    private var pageLimit: Int64?
    /// The disk is full, and what is left of it is for refusals.
    private(set) var isOnReserve = false
    /// Bytes given to the write-ahead log since it was last copied into the database; an estimate.
    var unsavedBytes = 0
    /// The next transaction starts the write-ahead log over, for which SQLite waits for the disk.
    private(set) var startsLogOver = false
    private var lockMilliseconds: Int32
    /// Bytes of the partition; an estimate between two checkpoints.
    private var partitionBytes: Int64

    init(
        path: String, durability: AuditDurability, limits: AuditLimits, now: Int64
    ) throws(AuditError) {
        layout = AuditLayout(path: path)
        self.durability = durability
        self.limits = limits
        lockMilliseconds = limits.busyMilliseconds
        // A first lock by path, before a file is made or opened.
        lock = try WriterLock(path: LogFile.isDirectory(path) ? layout.base : path)
        do { computation = try SHA256() } catch { throw .cannotOpen(path: path, "SHA-256 is not available") }
        reserve = AuditReserve(path: layout.reserve, bytes: limits.reserveBytes)
        do throws(AuditError) {
            (connection, start) = try AuditStorage.open(layout, durability, limits, now)
        } catch {
            // Even opening takes some room: SQLite makes files beside the database.
            guard error.mayBeFullDisk, reserve.isTaken else { throw error }
            reserve.release()
            isOnReserve = true
            (connection, start) = try AuditStorage.open(layout, durability, limits, now)
        }
        head = try connection.readHead(from: start, &computation)
        block = try connection.readBlock(from: start)
        partitionBytes = connection.bytes
        if !isOnReserve { reserve.take() }
    }

    /// The partition that is written to.
    var path: String { connection.path }
    var partition: AuditPartition { AuditPartition(path: path, first: start.before.sequence + 1) }
    var isPartitionWithoutRecords: Bool { head.sequence == start.before.sequence }

    var isPartitionTooLarge: Bool { partitionBytes >= limits.partitionBytes && !isPartitionWithoutRecords }

    /// The partition has reached its size or its age.
    func isPartitionFull(_ now: Int64) -> Bool {
        isPartitionTooLarge
            || !isPartitionWithoutRecords && now - start.began >= Int64(limits.partitionSeconds) * 1_000_000
    }

    /// The last record, if it is a signed checkpoint; -1 otherwise.
    var lastStatement: Int64 {
        let sql = "SELECT CASE kind WHEN 'checkpoint' THEN sequence END FROM records ORDER BY sequence DESC LIMIT 1"
        return (try? connection.database.prepare(sql)).flatMap { (try? $0.step()) == true ? $0.optionalInteger(0) : nil } ?? -1
    }

    /// Whether a batch may be stored now: on the reserve, only one that fits its purpose.
    func admits(_ batch: AuditBatch) -> Bool { !isOnReserve || !batch.needsRoom }

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
            // At least the last page is written again, however few the records.
            var bytes = Int(AuditSchema.pageBytes)
            var sequence = head.sequence + 1
            for batch in batches {
                try connection.insertion.insert(batch, first: sequence)
                sequence += Int64(batch.count)
                batch.widen(&block)
                bytes += batch.byteCount
                partitionBytes += Int64(batch.byteCount)
            }
            unsavedBytes += bytes
            if block.isComplete {
                try connection.insert(block)
                block = RecordBlock(first: block.last + 1)
            }
            try connection.commit.run()
        } catch {
            try? connection.database.execute("ROLLBACK")
            let reason = AuditError(error, path: path)
            unsettled = (next, reason != .storageFull && reason != .busy)
            if reason == .storageFull { goOnReserve() }
            throw reason
        }
        head = next
        self.block = block
        startsLogOver = false
    }

    /// How long the next transactions wait for a lock that another process holds.
    func waitForLocks(milliseconds: Int32) {
        guard milliseconds != lockMilliseconds else { return }
        lockMilliseconds = milliseconds
        connection.database.waitForLocks(milliseconds: milliseconds)
    }

    /// The same, on the disk when it returns.
    func storeSynchronously(_ batch: AuditBatch) throws(AuditError) {
        try connection.synchronously(durability) { () throws(AuditError) in try store([batch]) }
    }

    /// Bounds each file. Takes effect with the next transaction.
    func limitPages(bytes: Int64?) {
        pageLimit = bytes.map { max(1, $0 / AuditSchema.pageBytes) }
        isOnReserve = false
        applyPageLimit()
    }

    /// Copies the write-ahead log into the database as far as readers allow; never waits.
    func checkpoint() {
        _ = try? connection.database.integer("PRAGMA wal_checkpoint(PASSIVE)")
        unsavedBytes = 0
        startsLogOver = true
    }

    func beganCheckpoint() {
        unsavedBytes = 0
        partitionBytes = connection.bytes
    }

    /// Empties the write-ahead log for good, if no reader holds it.
    func truncateLog() {
        _ = try? connection.database.integer("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    /// Goes on in a new partition, made of the file that lies ready. When that fails the old one goes on.
    ///
    /// Does not copy the old one's write-ahead log: somebody else has that partition open and does.
    func beginPartition(_ now: Int64) throws(AuditError) {
        try settle()
        let partition = layout.partition(first: head.sequence + 1)
        guard LogFile.rename(layout.next, to: partition.path) else {
            throw .storageFailed("\(layout.next) cannot be renamed: \(LogFile.reason)")
        }
        do throws(AuditError) {
            let fresh = try PartitionConnection(path: partition.path, durability: durability, limits: limits)
            let start = PartitionStart(logID: self.start.logID, before: head, began: now)
            try fresh.put(start)
            if durability == .power { LogFile.synchronize(LogFile.split(partition.path).directory) }
            connection = fresh
            lockMilliseconds = limits.busyMilliseconds
            self.start = start
        } catch {
            partition.remove()
            throw error
        }
        block = RecordBlock(first: head.sequence + 1)
        partitionBytes = 0
        unsavedBytes = 0
        applyPageLimit()
    }
}

extension AuditStorage {
    /// Opens the last partition, or makes the first.
    private static func open(
        _ layout: AuditLayout, _ durability: AuditDurability, _ limits: AuditLimits, _ now: Int64
    ) throws(AuditError) -> (PartitionConnection, PartitionStart) {
        var partitions = layout.partitions()
        while let last = partitions.popLast() {
            try LogFile.prepare(last.path)
            if let end = try endOfEarlierRelease(last) {
                guard end.before.sequence >= last.first else {
                    last.remove()
                    continue
                }
                return try begin(layout, PartitionStart(logID: end.logID, before: end.before, began: now), durability, limits)
            }
            let connection = try PartitionConnection(path: last.path, durability: durability, limits: limits)
            if let start = try AuditSchema.start(connection.database) { return (connection, start) }
            guard try connection.isWithoutRecords, !partitions.isEmpty else {
                return (connection, try begin(connection, now))
            }
            // The process died between making this partition and beginning it.
            last.remove()
        }
        try LogFile.prepare(layout.base)
        let connection = try PartitionConnection(path: layout.base, durability: durability, limits: limits)
        return (connection, try begin(connection, now))
    }

    /// How a partition goes on after one that an earlier release wrote, which nobody writes to any more; nil for one
    /// of this release.
    private static func endOfEarlierRelease(_ partition: AuditPartition) throws(AuditError) -> PartitionStart? {
        let database: Database
        let version: Int64
        do {
            database = try Database(path: partition.path, access: .readWrite)
            guard try database.integer("SELECT count(*) FROM sqlite_schema") != 0 else { return nil }
        } catch { throw AuditError(error, path: partition.path) }
        version = try AuditSchema.check(database)
        guard version < AuditSchema.firstWithForms, var start = try AuditSchema.start(database) else { return nil }
        do {
            if start.logID.isEmpty { start.logID = try newLogID(partition.path) }
            var computation = try SHA256()
            start.before = try ChainHead(of: database, version, from: start, &computation)
        } catch let error as AuditError { throw error } catch {
            throw .cannotOpen(path: partition.path, "SHA-256 is not available")
        }
        return start
    }

    /// Begins a later partition.
    private static func begin(
        _ layout: AuditLayout, _ start: PartitionStart, _ durability: AuditDurability, _ limits: AuditLimits
    ) throws(AuditError) -> (PartitionConnection, PartitionStart) {
        let partition = layout.partition(first: start.before.sequence + 1)
        try LogFile.prepare(partition.path)
        let connection = try PartitionConnection(path: partition.path, durability: durability, limits: limits)
        try connection.put(start)
        return (connection, start)
    }

    /// Begins the first partition of a log.
    private static func begin(_ connection: PartitionConnection, _ now: Int64) throws(AuditError) -> PartitionStart {
        let start = PartitionStart(logID: try newLogID(connection.path), before: .empty, began: now)
        try connection.put(start)
        return start
    }

    private static func newLogID(_ path: String) throws(AuditError) -> [UInt8] {
        do { return try SecureRandom.bytes(16) } catch { throw .cannotOpen(path: path, error.description) }
    }

    /// After a failure: learns from the file what really is its end.
    private func settle() throws(AuditError) {
        guard let unsettled else { return }
        if unsettled.reopen {
            connection = try PartitionConnection(path: path, durability: durability, limits: limits)
            lockMilliseconds = limits.busyMilliseconds
            applyPageLimit()
        }
        let found = try connection.readHead(from: start, &computation)
        guard found == head || found == unsettled.attempted else {
            throw .damaged(path: path, "it ends at record \(found.sequence), not at \(head.sequence)")
        }
        head = found
        block = try connection.readBlock(from: start)
        self.unsettled = nil
    }

    // MARK: The reserve

    private func goOnReserve() {
        guard !isOnReserve else { return }
        isOnReserve = true
        reserve.release()
        applyPageLimit()
    }

    /// Leaves the reserve when there is room for it and more; takes it if there was no room so far.
    func leaveReserve(_ monotonicMilliseconds: UInt64) {
        guard isOnReserve || !reserve.isTaken, reserve.mayRetry(monotonicMilliseconds) else { return }
        let isWithinLimit = pageLimit.map { connection.bytes + Int64(limits.batchBytes) < $0 * AuditSchema.pageBytes } ?? true
        guard isWithinLimit, reserve.take() else { return }
        isOnReserve = false
        applyPageLimit()
    }

    private func applyPageLimit() {
        let extra = isOnReserve ? limits.reserveBytes / AuditSchema.pageBytes : 0
        connection.limit(pages: pageLimit.map { $0 + extra })
    }
}
