import AccessControl
import Dispatch

/// What the writer does between groups and by time: partitions, retention, signed checkpoints, the reserve. All on
/// the writer's queue, while it has the turn.
extension AuditWriter {
    /// What upkeep remembers.
    struct Upkeep {
        let batch = AuditBatch()
        let entry = AuditEntry()
        /// Moments of the monotonic clock, in milliseconds.
        var next: UInt64 = 0
        var nextRetention: UInt64 = 0
        var nextPreparation: UInt64 = 0
        var nextSignature: UInt64 = 0
        /// The last record that a statement covers, and the record that holds the statement.
        var signed: Int64 = 0
        var statement: Int64 = -1
        /// The record after which the index is extended.
        var nextIndex: Int64 = 0
        /// The indexer was busy when it came.
        var isIndexBehind = false
    }

    /// After each group.
    func upkeepAfterGroup() {
        guard let storage else { return }
        let milliseconds = SystemClock.monotonicMilliseconds
        if isUpkeepDue(storage, milliseconds) { runUpkeep(storage, milliseconds) }
    }

    func isUpkeepDue(_ storage: AuditStorage, _ milliseconds: UInt64) -> Bool {
        milliseconds >= upkeep.next || storage.isPartitionTooLarge || storage.head.sequence >= upkeep.nextIndex
            || signer != nil && storage.head.sequence - upkeep.signed >= limits.signatureRecords
    }

    /// By the timer, when the queue is free.
    func upkeepByTime() {
        guard let storage else { return }
        runUpkeep(storage, SystemClock.monotonicMilliseconds)
    }

    private func runUpkeep(_ storage: AuditStorage, _ milliseconds: UInt64) {
        upkeep.next = milliseconds + UInt64(limits.upkeepMilliseconds)
        storage.waitForLocks(milliseconds: limits.busyMilliseconds)
        if storage.head.sequence >= upkeep.nextIndex || upkeep.isIndexBehind { index(storage) }
        storage.leaveReserve(milliseconds)
        sign(storage, milliseconds)
        beginPartition(storage, milliseconds)
        record(custodian.takeRemovals(), storage)
        if milliseconds >= upkeep.nextRetention {
            upkeep.nextRetention = milliseconds + UInt64(limits.retentionMilliseconds)
            custodian.planRetention(current: storage.start.before.sequence + 1, now: clock())
        }
        report(storage)
    }

    func report(_ storage: AuditStorage) {
        shared.withLock { shared in
            noteReserve(storage, &shared)
            shared.status.lastSequence = storage.head.sequence
            shared.status.signedSequence = upkeep.signed
        }
    }

    /// On opening: what a process that was killed left behind.
    func beginUpkeep(_ storage: AuditStorage) {
        let current = storage.start.before.sequence + 1
        custodian.finishClosed(before: current)
        if limits.isIndexed {
            for partition in storage.layout.partitions() where partition.first < current { indexer.finish(partition) }
        }
        index(storage)
        upkeep.statement = storage.lastStatement
        upkeep.signed = max(0, upkeep.statement - 1)
        upkeep.nextSignature = SystemClock.monotonicMilliseconds + UInt64(limits.signatureSeconds) * 1_000
        reportLoss(storage)
        // A new log begins with a statement, so that one without any was not written by this signer.
        sign(storage)
        report(storage)
    }

    /// A log that ends before what it had signed goes on, and says so in a record.
    private func reportLoss(_ storage: AuditStorage) {
        guard let last = signer?.lastPublished(logID: storage.start.logID), last.sequence > storage.head.sequence else {
            return
        }
        let lost = last.sequence - storage.head.sequence
        shared.withLock { $0.status.lostRecords = lost }
        upkeep.batch.recycle()
        fillOwn(.lifecycle)
        upkeep.entry.set(.operation, "audit_records_lost")
        upkeep.entry.set(
            .detail, "the log ended at record \(storage.head.sequence), and record \(last.sequence) had been signed")
        guard upkeep.batch.append(upkeep.entry) != nil else { return }
        // If it cannot be stored, neither can anything else.
        try? storage.store([upkeep.batch])
    }

    // MARK: Partitions

    private func index(_ storage: AuditStorage) {
        upkeep.nextIndex = storage.head.sequence + AuditIndex.segmentRecords
        if limits.isIndexed, !storage.isOnReserve { upkeep.isIndexBehind = !indexer.index(storage.partition) }
    }

    private func beginPartition(_ storage: AuditStorage, _ milliseconds: UInt64) {
        guard !storage.isOnReserve, storage.isPartitionFull(clock()) else { return }
        guard custodian.takeNext() else {
            guard milliseconds >= upkeep.nextPreparation else { return }
            upkeep.nextPreparation = milliseconds + UInt64(limits.upkeepMilliseconds)
            custodian.prepareNext(after: checkpointer)
            return
        }
        sign(storage)
        let closed = storage.partition
        do throws(AuditError) { try storage.beginPartition(clock()) } catch { return }
        if limits.isIndexed { indexer.finish(closed) }
        upkeep.nextIndex = storage.head.sequence + AuditIndex.segmentRecords
        upkeep.nextPreparation = 0
        // At once: it may be the new partition that brings the log over its limit.
        upkeep.nextRetention = 0
        custodian.finish(checkpointer)
        checkpointer = AuditCheckpointer(path: storage.path, limits: limits)
        shared.withLock { $0.status.partitionsBegun += 1 }
    }

    // MARK: Retention

    /// First the records, on the disk; then the files.
    private func record(_ removals: [PartitionRemoval], _ storage: AuditStorage) {
        guard !removals.isEmpty else { return }
        var recorded: [PartitionRemoval] = []
        for removal in removals {
            upkeep.batch.recycle()
            fillOwn(.administration)
            upkeep.entry.set(.principalName, "retention")
            upkeep.entry.set(.operation, PartitionRemoval.operation)
            upkeep.entry.set(.path, removal.partition.name)
            upkeep.entry.set(.detail, removal.detail)
            guard upkeep.batch.append(upkeep.entry) != nil else { break }
            do throws(AuditError) { try storage.storeSynchronously(upkeep.batch) } catch { break }
            recorded.append(removal)
        }
        custodian.remove(recorded)
        shared.withLock { $0.status.partitionsRemoved += recorded.count }
    }

    // MARK: Signed checkpoints

    private func sign(_ storage: AuditStorage, _ milliseconds: UInt64) {
        guard signer != nil, storage.head.sequence > upkeep.statement else { return }
        let isMuch = storage.head.sequence - upkeep.signed >= limits.signatureRecords
        guard isMuch || milliseconds >= upkeep.nextSignature else { return }
        sign(storage)
    }

    /// States where the chain stands, unless the last record is such a statement.
    func sign(_ storage: AuditStorage) {
        guard let signer, storage.head.sequence > upkeep.statement else { return }
        upkeep.nextSignature = SystemClock.monotonicMilliseconds + UInt64(limits.signatureSeconds) * 1_000
        let within = 2 * (limits.signatureRecords + Int64(limits.groupRecords))
        guard let checkpoint = signer.sign(
            storage.head, logID: storage.start.logID, time: clock(), within: within)
        else { return }
        upkeep.batch.recycle()
        fillOwn(.checkpoint)
        upkeep.entry.set(.detail, checkpoint.detail)
        guard upkeep.batch.append(upkeep.entry) != nil else { return }
        do throws(AuditError) { try storage.store([upkeep.batch]) } catch { return }
        upkeep.signed = checkpoint.sequence
        upkeep.statement = storage.head.sequence
        let isPublished = signer.publish(checkpoint)
        shared.withLock { shared in
            shared.status.checkpoints += 1
            if !isPublished { shared.status.unpublishedCheckpoints += 1 }
        }
    }

    /// Facts of a record that the writer makes itself.
    private func fillOwn(_ kind: AuditKind) {
        upkeep.entry.reset()
        var facts = AuditFacts()
        facts.kind = kind
        facts.time = clock()
        facts.principal = .system
        upkeep.entry.facts = facts
    }
}
