import Dispatch
import Synchronization

/// How a writer fares, for metrics and the operator.
package struct AuditWriterStatus: Equatable, Sendable {
    /// Since the writer was opened.
    package var storedRecords = 0
    package var failedRecords = 0
    package var groups = 0
    /// Waiting now.
    package var queuedRecords = 0
    /// Why the last group failed; nil once one was stored again.
    package var failure: AuditError?
    /// The disk is full: only refusals and the ends of what has begun are recorded, on the reserve, until there is
    /// room again. Whoever begins something is refused with `.storageFull`.
    package var isOnReserve = false
    /// Records of the log, and those that a signed checkpoint covers; as of the last upkeep.
    package var lastSequence: Int64 = 0
    package var signedSequence: Int64 = 0
    /// Since the writer was opened.
    package var checkpoints = 0
    package var unpublishedCheckpoints = 0
    /// Records that were missing when the writer was opened: signed as stored, and not there any more. A power cut
    /// can take the last ones (see `AuditDurability`); else somebody cut the log.
    package var lostRecords: Int64 = 0
    package var partitionsBegun = 0
    package var partitionsRemoved = 0
}

/// The one writer of an audit log: takes batches from lanes, stores whatever waits in one transaction, chains
/// each record to the one before, and hands the batches back with receipts.
///
/// Safe to send: `storage`, `checkpointer`, `upkeep`, `group` and `batches` are touched on `queue` alone, or before the
/// writer is handed out; everything else is immutable or in a mutex.
package final class AuditWriter: @unchecked Sendable {
    package typealias Completion = @Sendable (AuditBatch) -> Void

    struct Submission {
        let batch: AuditBatch
        let completion: Completion
    }

    struct Shared {
        var waiting: [Submission] = []
        var submitted = 0
        var finished = 0
        var isClosed = false
        var turn = Turn.idle
        var status = AuditWriterStatus()
        /// Who waits until so many submissions are finished.
        var flushes: [(target: Int, done: DispatchSemaphore)] = []
        var storageLimit: Int64??
    }

    /// What the writer's queue is doing.
    enum Turn {
        /// Nothing runs or is scheduled.
        case idle
        case working
        /// Waiting on `arrival` before it gives its thread back.
        case lingering
    }

    package let path: String
    let limits: AuditLimits
    let clock: @Sendable () -> Int64
    let signer: CheckpointSigner?
    let shared = Mutex(Shared())
    private let onReserve = Atomic(false)
    let custodian: AuditCustodian
    let indexer: AuditIndexer
    var checkpointer: AuditCheckpointer
    var storage: AuditStorage?
    var upkeep = Upkeep()
    private let queue = DispatchQueue(label: "nodegate.audit.writer", qos: .userInitiated)
    private let arrival = DispatchSemaphore(value: 0)
    private let timer: any DispatchSourceTimer
    private var group: [Submission] = []
    private var batches: [AuditBatch] = []

    /// Opens the log, making it if there is none (mode 0600), and checks that its end is consistent.
    ///
    /// - Parameters:
    ///   - path: See `AuditLayout`.
    ///   - signer: Signs checkpoints; nil for none.
    ///   - clock: Microseconds since 1970 UTC, for what the writer records itself.
    package init(
        path: String, durability: AuditDurability = .process, limits: AuditLimits = AuditLimits(),
        signer: CheckpointSigner? = nil, clock: @escaping @Sendable () -> Int64 = SystemClock.microseconds
    ) throws(AuditError) {
        self.path = path
        self.limits = limits
        self.signer = signer
        self.clock = clock
        let storage = try AuditStorage(path: path, durability: durability, limits: limits, now: clock())
        self.storage = storage
        checkpointer = AuditCheckpointer(path: storage.path, limits: limits)
        indexer = AuditIndexer(rest: limits.indexRest)
        custodian = AuditCustodian(layout: storage.layout, limits: limits)
        timer = DispatchSource.makeTimerSource(queue: queue)
        // A process that was killed may have left a long log.
        _ = checkpointer.start()
        beginUpkeep(storage)
        timer.setEventHandler { [weak self] in self?.upkeepByTime() }
        let period = DispatchTimeInterval.milliseconds(max(1, limits.upkeepMilliseconds))
        timer.schedule(deadline: .now() + period, repeating: period)
        timer.activate()
    }

    deinit { timer.cancel() }

    /// Gives a batch to the writer. From any thread; neither waits nor touches the disk. An empty batch is as good
    /// as any other.
    ///
    /// - Parameter completion: Called once, on the writer's queue, when the batch is stored or has failed; it posts
    ///   the batch back to its lane.
    /// - Throws: `.queueFull` or `.closed`; the batch stays with the caller, filling.
    package func submit(_ batch: AuditBatch, _ completion: @escaping Completion) throws(AuditError) {
        guard batch.state == .filling else { throw .closed }
        batch.becomeSubmitted()
        let accepted: Result<Turn, AuditError> = shared.withLock { shared in
            guard !shared.isClosed else { return .failure(.closed) }
            guard shared.status.queuedRecords + batch.count <= limits.queuedRecords else { return .failure(.queueFull) }
            shared.waiting.append(Submission(batch: batch, completion: completion))
            shared.status.queuedRecords += batch.count
            shared.submitted += 1
            let turn = shared.turn
            shared.turn = .working
            return .success(turn)
        }
        switch accepted {
        case .success(.working): break
        case .success(.lingering): arrival.signal()
        case .success(.idle): queue.async { self.work() }
        case .failure(let error):
            batch.becomeFilling()
            throw error
        }
    }

    /// Waits until what was submitted before is stored or has failed.
    ///
    /// - Returns: False when that took longer than `milliseconds`.
    package func flush(milliseconds: Int = 10_000) -> Bool {
        let done = DispatchSemaphore(value: 0)
        let isDone = shared.withLock { shared in
            guard shared.finished < shared.submitted else { return true }
            shared.flushes.append((shared.submitted, done))
            return false
        }
        return isDone || done.wait(timeout: .now() + .milliseconds(milliseconds)) == .success
    }

    /// Waits until the indexes have everything that they can have now; for measurements.
    package func awaitIndexes() {
        queue.sync {}
        indexer.wait()
    }

    /// Refuses new batches, flushes, empties the write-ahead log and closes the file. Idempotent.
    ///
    /// - Returns: False when that took longer than `milliseconds`; the file is then closed when the writer ends.
    @discardableResult
    package func close(milliseconds: Int = 10_000) -> Bool {
        shared.withLock { $0.isClosed = true }
        let deadline = DispatchTime.now() + .milliseconds(milliseconds)
        guard flush(milliseconds: milliseconds) else { return false }
        let closed = DispatchSemaphore(value: 0)
        queue.async {
            self.timer.cancel()
            if let storage = self.storage {
                self.sign(storage)
                self.report(storage)
            }
            self.indexer.close()
            self.custodian.close()
            self.checkpointer.close()
            self.storage?.truncateLog()
            self.storage = nil
            closed.signal()
        }
        return closed.wait(timeout: deadline) == .success
    }

    /// Bounds the database file; nil lifts the bound. What does not fit fails with `.storageFull`. Takes effect with
    /// the next transaction.
    package func limitStorage(bytes: Int64?) {
        shared.withLock { $0.storageLimit = .some(bytes) }
    }

    package var status: AuditWriterStatus { shared.withLock { $0.status } }

    /// See `AuditWriterStatus.isOnReserve`; cheap enough to look at for each request.
    package var isOnReserve: Bool { onReserve.load(ordering: .relaxed) }

    func noteReserve(_ storage: AuditStorage?, _ shared: inout Shared) {
        shared.status.isOnReserve = storage?.isOnReserve ?? false
        onReserve.store(shared.status.isOnReserve, ordering: .relaxed)
    }

    // MARK: On the writer's queue

    private func work() {
        repeat {
            while takeGroup() { store() }
            // Nobody waits: a good moment to keep the log small.
            helpCheckpoint(atLeast: limits.checkpointBytes)
        } while linger()
    }

    /// Moves what waits into `group`, up to the limit of a transaction; false when nothing does.
    private func takeGroup() -> Bool {
        let storageLimit: Int64?? = shared.withLock { shared in
            var records = 0
            var count = 0
            while count < shared.waiting.count {
                let next = shared.waiting[count].batch.count
                guard count == 0 || records + next <= limits.groupRecords else { break }
                records += next
                count += 1
            }
            if count == shared.waiting.count {
                swap(&group, &shared.waiting)
            } else {
                group.append(contentsOf: shared.waiting[..<count])
                shared.waiting.removeFirst(count)
            }
            shared.status.queuedRecords -= records
            defer { shared.storageLimit = nil }
            return shared.storageLimit
        }
        if let storageLimit { storage?.limitPages(bytes: storageLimit) }
        return !group.isEmpty
    }

    private func store() {
        let failure = tryStore()
        var stored = 0
        var failed = 0
        for submission in group {
            if case .stored = submission.batch.state {
                stored += submission.batch.count
            } else {
                failed += submission.batch.count
            }
        }
        // Before the completions, so that whoever has a batch back finds it counted.
        shared.withLock { shared in
            shared.status.failure = failure
            shared.status.storedRecords += stored
            shared.status.failedRecords += failed
            noteReserve(storage, &shared)
            if failure == nil { shared.status.groups += 1 }
        }
        for submission in group { submission.completion(submission.batch) }
        let finished = group.count
        group.removeAll(keepingCapacity: true)
        // After the completions, so that flush waits for them.
        shared.withLock { shared in
            shared.finished += finished
            guard !shared.flushes.isEmpty else { return }
            shared.flushes.removeAll { flush in
                guard flush.target <= shared.finished else { return false }
                flush.done.signal()
                return true
            }
        }
        afterStore()
    }

    private func tryStore() -> AuditError? {
        guard let storage else {
            for submission in group { submission.batch.becomeFailed(.closed) }
            return .closed
        }
        if storage.isOnReserve { storage.leaveReserve(SystemClock.monotonicMilliseconds) }
        let wasOnReserve = storage.isOnReserve
        let failure = tryStore(storage)
        // The group that met the full disk: what the reserve is for goes into it at once.
        return storage.isOnReserve && !wasOnReserve ? tryStore(storage) : failure
    }

    private func tryStore(_ storage: AuditStorage) -> AuditError? {
        batches.removeAll(keepingCapacity: true)
        var failure: AuditError?
        for submission in group {
            if storage.admits(submission.batch) {
                batches.append(submission.batch)
            } else {
                submission.batch.becomeFailed(.storageFull)
                failure = .storageFull
            }
        }
        guard !batches.isEmpty else { return failure }
        do throws(AuditError) {
            var sequence = storage.head.sequence + 1
            try storage.store(batches)
            for batch in batches {
                batch.becomeStored(first: sequence)
                sequence += Int64(batch.count)
            }
            return failure
        } catch {
            for batch in batches { batch.becomeFailed(error) }
            return error
        }
    }

    private func afterStore() {
        helpCheckpoint(atLeast: limits.logBytes)
        if let storage, storage.unsavedBytes > limits.checkpointBytes, checkpointer.start() {
            storage.beganCheckpoint()
        }
        upkeepAfterGroup()
    }

    /// Copies the last of the write-ahead log between two transactions, so that the next can start it over: under
    /// load the checkpointer alone never catches up with the writer.
    private func helpCheckpoint(atLeast bytes: Int) {
        guard checkpointer.takeReport(atLeast: bytes) else { return }
        storage?.checkpoint()
    }

    /// Waits a little for more work; false when there was none and the thread goes back to Dispatch.
    private func linger() -> Bool {
        let isIdle = shared.withLock { shared in
            guard shared.waiting.isEmpty else { return false }
            shared.turn = .lingering
            return true
        }
        guard isIdle else { return true }
        _ = arrival.wait(timeout: .now() + .microseconds(limits.lingerMicroseconds))
        return shared.withLock { shared in
            let isWorkWaiting = !shared.waiting.isEmpty
            shared.turn = isWorkWaiting ? .working : .idle
            return isWorkWaiting
        }
    }
}
