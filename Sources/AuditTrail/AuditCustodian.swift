import Cryptography
import Dispatch
import SQLite
import Synchronization

/// What takes time around the partitions and nobody waits for: making the next one, finishing closed ones, finding
/// out which retention removes and removing them. On a queue of its own; the writer asks and picks up answers.
final class AuditCustodian: Sendable {
    private struct State {
        var isPreparing = false
        var isNextReady = false
        var isPlanning = false
        var removals: [PartitionRemoval] = []
    }

    private let layout: AuditLayout
    private let limits: AuditLimits
    private let queue = DispatchQueue(label: "nodegate.audit.custodian", qos: .utility)
    private let state = Mutex(State())

    init(layout: AuditLayout, limits: AuditLimits) {
        self.layout = layout
        self.limits = limits
    }

    /// Makes an empty partition for later, unless there is one. `checkpointer` then has the present one open, so
    /// that the writer's leaving it copies nothing.
    func prepareNext(after checkpointer: AuditCheckpointer) {
        let isFree = state.withLock { state in
            // One may have become ready since the writer looked.
            guard !state.isPreparing, !state.isNextReady else { return false }
            state.isPreparing = true
            return true
        }
        guard isFree else { return }
        queue.async {
            let isMade = checkpointer.hold() && self.makeNext()
            self.state.withLock { state in
                state.isPreparing = false
                state.isNextReady = isMade
            }
        }
    }

    /// True, once, when the next partition lies ready.
    func takeNext() -> Bool {
        state.withLock { state in
            defer { state.isNextReady = false }
            return state.isNextReady
        }
    }

    /// Makes a partition that was left one file.
    func finish(_ checkpointer: AuditCheckpointer) { queue.async { checkpointer.finish() } }

    /// Copies what is left in the write-ahead logs of closed partitions, after a crash.
    func finishClosed(before current: Int64) {
        queue.async { [layout] in
            for partition in layout.partitions() where partition.first < current {
                if LogFile.exists(partition.path + "-wal") { AuditCheckpointer.finish(partition.path) }
            }
        }
    }

    /// Finds out which partitions retention removes; the answer is for `takeRemovals`.
    func planRetention(current: Int64, now: Int64) {
        guard limits.retentionSeconds != nil || limits.retentionBytes != nil else { return }
        let isFree = state.withLock { state in
            guard !state.isPlanning, state.removals.isEmpty else { return false }
            state.isPlanning = true
            return true
        }
        guard isFree else { return }
        queue.async { [layout, limits] in
            let removals = PartitionRemoval.plan(layout.partitions(), current: current, limits, now: now)
            self.state.withLock { state in
                state.isPlanning = false
                state.removals = removals
            }
        }
    }

    func takeRemovals() -> [PartitionRemoval] {
        state.withLock { state in
            defer { state.removals = [] }
            return state.removals
        }
    }

    /// Removes the files, whose removal is on record.
    func remove(_ removals: [PartitionRemoval]) {
        queue.async { for removal in removals { removal.partition.remove() } }
    }

    /// Waits for what was asked.
    func close() { queue.sync {} }

    private func makeNext() -> Bool {
        let next = AuditPartition(path: layout.next, first: 0)
        next.remove()
        do {
            try LogFile.prepare(next.path)
            let database = try Database(path: next.path, access: .readWrite, busyTimeout: limits.busyMilliseconds)
            try AuditSchema.prepare(database)
            // In one file, which can be renamed.
            _ = try database.integer("PRAGMA wal_checkpoint(TRUNCATE)")
            return true
        } catch { return false }
    }
}

/// A partition that retention removes.
struct PartitionRemoval: Sendable, Equatable {
    let partition: AuditPartition
    let first: Int64
    /// Its last record and the head of the chain there.
    let head: ChainHead

    /// The oldest partitions that are too old, or that are too much; never `current`, nor one after it.
    ///
    /// Stops at the first that has to stay, so that what is kept has no gap.
    static func plan(
        _ partitions: [AuditPartition], current: Int64, _ limits: AuditLimits, now: Int64
    ) -> [PartitionRemoval] {
        // Without the write-ahead log of the present one, which has limits of its own.
        var bytes = partitions.reduce(0) { $0 + ($1.first < current ? $1.bytes : LogFile.bytes($1.path)) }
        var removals: [PartitionRemoval] = []
        for partition in partitions where partition.first < current {
            guard let (head, latest) = end(of: partition) else { break }
            let isTooMuch = limits.retentionBytes.map { bytes > $0 } ?? false
            let isTooOld = limits.retentionSeconds.map { now - latest > Int64($0) * 1_000_000 } ?? false
            guard isTooMuch || isTooOld else { break }
            removals.append(PartitionRemoval(partition: partition, first: partition.first, head: head))
            bytes -= partition.bytes
        }
        return removals
    }

    /// The last record of a partition, and when the latest was written, whatever the clock did.
    private static func end(of partition: AuditPartition) -> (ChainHead, latest: Int64)? {
        do {
            let database = try AuditSchema.open(partition.path, .readOnly)
            let statement = try database.prepare("""
                SELECT sequence, hash, max(time, coalesce((SELECT max(latest) FROM blocks), time))
                FROM records ORDER BY sequence DESC LIMIT 1
                """)
            guard try statement.step(), let hash = Digest256(statement.blob(1)) else { return nil }
            return (ChainHead(sequence: statement.integer(0), hash: hash), statement.integer(2))
        } catch { return nil }
    }

    /// The operation of the record that says so.
    static let operation: StaticString = "audit_partition_removed"

    /// `records 1 to 100000 removed by retention, head 9f86d0…`: what ties the rest of the chain to what is gone.
    var detail: String {
        "records \(first) to \(head.sequence) removed by retention, head \(head.hash.hexadecimal)"
    }

    /// Reads `detail` back: the last record removed, and its hash.
    static func head(inDetail detail: String) -> ChainHead? {
        let words = detail.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 9, words[0] == "records", words[2] == "to", words[7] == "head",
            let last = Int64(words[3]), let bytes = Hexadecimal.decode(String(words[8])), let hash = Digest256(bytes)
        else { return nil }
        return ChainHead(sequence: last, hash: hash)
    }
}
