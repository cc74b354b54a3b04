import Dispatch
import Synchronization

/// How a writer fares, for metrics and the operator.
package struct AuditWriterStatus: Equatable, Sendable {
    /// Since the writer was opened.
    package var storedRecords = 0
    package var failedRecords = 0
    package var groups = 0
    /// Of these: those that a lane stored itself; and how often one found the storage slow or locked.
    package var laneGroups = 0
    package var slowLaneGroups = 0
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
/// each record to the one before, and hands the batches back with receipts. A lane that finds it idle may store its
/// batches itself, see `storeHere`.
///
/// Safe to send: `storage`, `checkpointer`, `upkeep`, `group` and `batches` are touched by whoever has the turn (see
/// `Turn`), which goes from one to the next under the mutex, or before the writer is handed out; everything else is
/// immutable or in a mutex.
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
        var turn = Turn.free
        /// The queue has nothing to do, and waits on `arrival` before it gives its thread back.
        var isLingering = false
        /// When lanes may store themselves again, after a disk that was slow: microseconds of the monotonic clock.
        var lanesRestUntil: UInt64 = 0
        var status = AuditWriterStatus()
        /// Who waits until so many submissions are finished.
        var flushes: [(target: Int, done: DispatchSemaphore)] = []
        var storageLimit: Int64??
    }

    /// Who may touch the storage.
    enum Turn {
        /// Nobody: it is there to be taken.
        case free
        /// The writer's queue, which works or is about to.
        case queue
        /// A lane, until it has stored its own batches.
        case lane
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
        timer.setEventHandler { [weak self] in self?.workByTime() }
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
        let accepted: Result<Wake, AuditError> = shared.withLock { shared in
            guard !shared.isClosed else { return .failure(.closed) }
            guard shared.status.queuedRecords + batch.count <= limits.queuedRecords else { return .failure(.queueFull) }
            shared.waiting.append(Submission(batch: batch, completion: completion))
            shared.status.queuedRecords += batch.count
            shared.submitted += 1
            guard shared.turn == .free else { return .success(.none) }
            return .success(giveTurnToQueue(&shared))
        }
        switch accepted {
        case .success(let wake): run(wake)
        case .failure(let error):
            batch.becomeFilling()
            throw error
        }
    }

    /// What makes the queue work.
    enum Wake { case none, signal, schedule }

    /// To be run once the mutex is free.
    func giveTurnToQueue(_ shared: inout Shared) -> Wake {
        shared.turn = .queue
        return shared.isLingering ? .signal : .schedule
    }

    func run(_ wake: Wake) {
        switch wake {
        case .none: break
        case .signal: arrival.signal()
        case .schedule: queue.async { self.work() }
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
            // Nobody else has the turn: what was submitted is finished, and nothing is taken any more.
            self.timer.cancel()
            self.storage?.waitForLocks(milliseconds: self.limits.busyMilliseconds)
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
            // Lanes leave it to the queue.
            upkeepAfterGroup()
            while takeGroup() { store() }
            // Nobody waits: a good moment to keep the log small.
            helpCheckpoint(atLeast: limits.checkpointBytes)
        } while linger()
    }

    private func workByTime() {
        let (had, has) = shared.withLock { shared in
            let turn = shared.turn
            // A lane that finds upkeep due leaves it to the queue; else the timer comes again.
            if turn == .free { shared.turn = .queue }
            return (turn == .queue, turn != .lane)
        }
        guard has else { return }
        upkeepByTime()
        // Whoever gave the queue its turn has scheduled its work.
        if !had { work() }
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
        storage?.waitForLocks(milliseconds: limits.busyMilliseconds)
        batches.removeAll(keepingCapacity: true)
        for submission in group { batches.append(submission.batch) }
        let failure = tryStore(batches)
        // Before the completions, so that whoever has a batch back finds it counted.
        shared.withLock { count(batches, failure, &$0) }
        for submission in group { submission.completion(submission.batch) }
        let finished = group.count
        group.removeAll(keepingCapacity: true)
        // After the completions, so that flush waits for them.
        shared.withLock { finish(finished, &$0) }
        afterStore()
    }

    private func afterStore() {
        helpCheckpoint(atLeast: limits.logBytes)
        startCheckpoint()
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
            shared.turn = .free
            shared.isLingering = true
            return true
        }
        guard isIdle else { return true }
        _ = arrival.wait(timeout: .now() + .microseconds(limits.lingerMicroseconds))
        return shared.withLock { shared in
            shared.isLingering = false
            return shared.turn == .queue
        }
    }
}
