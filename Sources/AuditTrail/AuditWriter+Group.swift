/// Storing a group, and what follows from it; for whoever has the turn.
extension AuditWriter {
    /// Stores batches in one transaction; afterwards each is stored or has failed.
    ///
    /// - Returns: Why something failed.
    func tryStore(_ batches: [AuditBatch]) -> AuditError? {
        guard let storage else {
            for batch in batches { batch.becomeFailed(.closed) }
            return .closed
        }
        if storage.isOnReserve { storage.leaveReserve(SystemClock.monotonicMilliseconds) }
        let wasOnReserve = storage.isOnReserve
        let failure = tryStore(batches, storage)
        // The group that met the full disk: what the reserve is for goes into it at once.
        return storage.isOnReserve && !wasOnReserve ? tryStore(batches, storage) : failure
    }

    private func tryStore(_ batches: [AuditBatch], _ storage: AuditStorage) -> AuditError? {
        var failure: AuditError?
        var admitted = batches
        if storage.isOnReserve {
            admitted.removeAll { batch in
                guard !storage.admits(batch) else { return false }
                batch.becomeFailed(.storageFull)
                failure = .storageFull
                return true
            }
            guard !admitted.isEmpty else { return failure }
        }
        do throws(AuditError) {
            var sequence = storage.head.sequence + 1
            try storage.store(admitted)
            for batch in admitted {
                batch.becomeStored(first: sequence)
                sequence += Int64(batch.count)
            }
            return failure
        } catch {
            for batch in admitted { batch.becomeFailed(error) }
            return error
        }
    }

    func count(_ batches: [AuditBatch], _ failure: AuditError?, _ shared: inout Shared) {
        for batch in batches {
            if case .stored = batch.state {
                shared.status.storedRecords += batch.count
            } else {
                shared.status.failedRecords += batch.count
            }
        }
        shared.status.failure = failure
        noteReserve(storage, &shared)
        if failure == nil { shared.status.groups += 1 }
    }

    func finish(_ submissions: Int, _ shared: inout Shared) {
        shared.finished += submissions
        guard !shared.flushes.isEmpty else { return }
        shared.flushes.removeAll { flush in
            guard flush.target <= shared.finished else { return false }
            flush.done.signal()
            return true
        }
    }

    func startCheckpoint() {
        if let storage, storage.unsavedBytes > limits.checkpointBytes, checkpointer.start() {
            storage.beganCheckpoint()
        }
    }
}
