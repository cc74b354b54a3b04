/// Storing on the lane that has the records. With an idle writer that saves the way to its queue and back, two thread
/// switches, which cost several times as much as a small group itself.
///
/// A lane must not wait for a disk. So it stores only what `process` durability needs, which is copied into the page
/// cache; only while nothing else is to be done at the storage, no lock is held by another process, and the last group
/// that a lane stored was quick. Everything else goes the way of `submit`.
extension AuditWriter {
    /// Stores batches at once, on the calling thread, in one transaction.
    ///
    /// - Returns: True when each batch is stored or has failed, without a completion being called. False, and the
    ///   batches are as they were, when it has to be submitted.
    package func storeHere(_ batches: [AuditBatch]) -> Bool {
        let records = batches.reduce(0) { $0 + $1.count }
        // No more than the queue stores together: signed checkpoints promise how many records follow them at most.
        guard records <= min(limits.laneRecords, limits.groupRecords), let storage = takeTurn(batches) else { return false }
        let began = SystemClock.monotonicMicroseconds
        storage.waitForLocks(milliseconds: 0)
        for batch in batches { batch.becomeSubmitted() }
        let failure = tryStore(batches)
        let isBusy = failure == .busy
        if isBusy { for batch in batches { batch.becomeFilling() } }
        startCheckpoint()
        let now = SystemClock.monotonicMicroseconds
        let isSlow = isBusy || now - began > UInt64(limits.laneMicroseconds)
        let rest = max(now - began, UInt64(limits.laneMicroseconds)) * UInt64(limits.laneRest)
        let isUpkeepDue = isUpkeepDue(storage, now / 1_000)
        run(shared.withLock { shared in
            if !isBusy { count(batches, failure, &shared) }
            if failure == nil { shared.status.laneGroups += 1 }
            finish(batches.count, &shared)
            if isSlow {
                shared.status.slowLaneGroups += 1
                shared.lanesRestUntil = now + rest
            }
            return giveBackTurn(isUpkeepDue, &shared)
        })
        return !isBusy
    }

    /// - Returns: nil when the writer's queue has to do it.
    private func takeTurn(_ batches: [AuditBatch]) -> AuditStorage? {
        let isMine = shared.withLock { shared in
            guard shared.turn == .free, !shared.isClosed, shared.status.failure == nil, !shared.status.isOnReserve,
                shared.storageLimit == nil, batches.allSatisfy({ $0.state == .filling }),
                shared.lanesRestUntil == 0 || shared.lanesRestUntil <= SystemClock.monotonicMicroseconds
            else { return false }
            shared.turn = .lane
            shared.submitted += batches.count
            return true
        }
        guard isMine else { return nil }
        if let storage, storage.durability == .process, !storage.startsLogOver, checkpointer.isQuiet { return storage }
        run(shared.withLock { shared in
            finish(batches.count, &shared)
            return giveBackTurn(false, &shared)
        })
        return nil
    }

    private func giveBackTurn(_ isQueueNeeded: Bool, _ shared: inout Shared) -> Wake {
        guard isQueueNeeded || !shared.waiting.isEmpty else {
            shared.turn = .free
            return .none
        }
        return giveTurnToQueue(&shared)
    }
}
