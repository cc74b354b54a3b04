import AuditTrail
import Transport

/// A lane's way to the audit log: gathers the records of one batch of events, has them stored together, and tells each
/// exchange when its record is stored or is not.
final class AuditDesk {
    /// A batch and who waits for its records, by ticket.
    private final class Submission {
        let batch: AuditBatch
        var waiting: [Exchange?] = []

        init(limits: AuditLimits) { batch = AuditBatch(limits: limits) }
    }

    /// Entries and batches kept for reuse.
    private static let idleLimit = 1_024
    /// Groups that a lane stores itself before it looks for events again: what was stored lets exchanges go on, and
    /// they may have something to record at once.
    private static let groupsHere = 8

    private let writer: AuditWriter
    private let lane: Lane
    private let limits: AuditLimits
    /// Records that begin something, which a full disk refuses, and those that are stored even then, on the reserve.
    private var beginning: Submission
    private var ending: Submission
    private var idle: [Submission] = []
    /// Taken to be stored here.
    private var taken: [Submission] = []
    private var idleEntries: [AuditEntry] = []
    /// Called with the reason when records that nobody waits for could not be stored.
    var lost: ((AuditError, Int) -> Void)?

    init(writer: AuditWriter, lane: Lane, limits: AuditLimits) {
        self.writer = writer
        self.lane = lane
        self.limits = limits
        beginning = Submission(limits: limits)
        ending = Submission(limits: limits)
    }

    /// The disk is full: what begins something will be refused.
    var isOnReserve: Bool { writer.isOnReserve }

    // MARK: Entries

    /// An empty entry, to be given back.
    func borrowEntry() -> AuditEntry { idleEntries.popLast() ?? AuditEntry(limits: limits) }

    func returnEntry(_ entry: AuditEntry) {
        guard idleEntries.count < Self.idleLimit else { return }
        entry.reset()
        idleEntries.append(entry)
    }

    // MARK: Records

    /// Records an entry. `exchange` is told later, never from within this call.
    func record(_ entry: AuditEntry, for exchange: Exchange?) {
        if append(entry, for: exchange) { return }
        // Not stored here: exchanges are never told from within `record`.
        submit()
        // An empty batch takes any entry made with the same limits.
        _ = append(entry, for: exchange)
    }

    private func append(_ entry: AuditEntry, for exchange: Exchange?) -> Bool {
        let submission = entry.facts.needsRoom ? beginning : ending
        guard submission.batch.append(entry) != nil else { return false }
        submission.waiting.append(exchange)
        return true
    }

    /// Stores what was gathered, here if that is quick, and lets exchanges go on; else by the writer. At the end of
    /// each batch of events.
    func store() {
        for _ in 0..<Self.groupsHere {
            take(into: &taken)
            guard !taken.isEmpty else { return }
            guard writer.storeHere(taken.map(\.batch)) else { break }
            let stored = taken
            taken.removeAll(keepingCapacity: true)
            for submission in stored { deliver(submission) }
        }
        for submission in taken { submit(submission) }
        taken.removeAll(keepingCapacity: true)
        submit()
    }

    /// Gives what was gathered to the writer.
    private func submit() {
        var gathered: [Submission] = []
        take(into: &gathered)
        for submission in gathered { submit(submission) }
    }

    /// In this order an exchange's intent comes before its end, which may have followed at once.
    private func take(into gathered: inout [Submission]) {
        if !beginning.waiting.isEmpty {
            gathered.append(beginning)
            beginning = idle.popLast() ?? Submission(limits: limits)
        }
        if !ending.waiting.isEmpty {
            gathered.append(ending)
            ending = idle.popLast() ?? Submission(limits: limits)
        }
    }

    private func submit(_ submission: Submission) {
        let confined = LaneConfined((self, submission), lane: lane)
        do {
            try writer.submit(submission.batch) { [lane] _ in
                lane.post {
                    let (desk, submission) = confined.value
                    desk.deliver(submission)
                }
            }
        } catch {
            lane.post {
                let (desk, submission) = confined.value
                desk.fail(submission, error)
            }
        }
    }

    private func deliver(_ submission: Submission) {
        let waiting = submission.waiting
        submission.waiting.removeAll(keepingCapacity: true)
        do {
            try submission.batch.takeReceipts { ticket, receipt in
                waiting[ticket.index]?.stored(receipt)
            }
            reuse(submission)
        } catch {
            submission.waiting = waiting
            fail(submission, error)
        }
    }

    private func fail(_ submission: Submission, _ error: AuditError) {
        let waiting = submission.waiting
        submission.waiting.removeAll(keepingCapacity: true)
        submission.batch.recycle()
        reuse(submission)
        for exchange in waiting { exchange?.notStored(error) }
        lost?(error, waiting.count)
    }

    private func reuse(_ submission: Submission) {
        if idle.count < Self.idleLimit { idle.append(submission) }
    }
}
