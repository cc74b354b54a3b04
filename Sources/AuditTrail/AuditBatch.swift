import AccessControl
import HTTPWire

/// The place of a record in its batch: 0, 1, 2, ... in the order of appending.
package struct AuditTicket: Hashable, Sendable {
    package let index: Int
}

/// Proof that a record is stored. Whoever lets bytes out to a client, or a change out to the appliance, consumes
/// one; only a stored batch makes them.
package struct AuditReceipt: ~Copyable {
    /// The record's place in the log.
    package let sequence: Int64

    fileprivate init(sequence: Int64) { self.sequence = sequence }
}

/// Records of one lane on their way to the log: a flat arena that travels between lane and writer and is reused.
///
/// Safe to send: it has one owner at a time. The lane that made it owns it until `AuditWriter.submit` accepts it;
/// then the writer, until it calls the completion; from then the lane again, which `recycle`s it. A lane that stores it
/// itself (`AuditWriter.storeHere`) has it all the time. `state` says who, and each operation demands the state of its
/// side. The hand-overs go through the writer's mutex and the lane's mailbox, which order the memory.
@safe package final class AuditBatch: @unchecked Sendable {
    package enum State: Equatable, Sendable {
        /// Taking records.
        case filling
        /// With the writer.
        case submitted
        /// Every record is stored; the first has this sequence number.
        case stored(first: Int64)
        /// No record is stored.
        case failed(AuditError)
    }

    package var state: State { currentState }
    /// Records appended.
    package var count: Int { recordCount }
    /// Whether a record is among them that is not stored on the reserve of a full disk: one that begins something.
    var needsRoom: Bool { recordsNeedRoom }

    // Not visible outside the module, so that the compiler proves exclusive access instead of checking it.
    private var currentState = State.filling
    private var recordCount = 0
    private var recordsNeedRoom = false

    // Safe: `arena` has `capacity` bytes and `starts` has `limit + 1` elements from init to deinit, and `count` <=
    // `limit`. `starts[n]` is the slot before record n, `starts[count]` the slot after the last; `append` lets none
    // of them reach beyond `capacity`.
    let arena: UnsafeMutableRawPointer
    let starts: UnsafeMutablePointer<Int>
    private let capacity: Int
    private let limit: Int

    package init(limits: AuditLimits = AuditLimits()) {
        limit = max(1, limits.batchRecords)
        capacity = max(limits.batchBytes, RecordForm.greatest(limits) + 2 * RecordForm.hashBytes)
        unsafe arena = .allocate(byteCount: capacity, alignment: 16)
        unsafe starts = .allocate(capacity: limit + 1)
        unsafe starts.initialize(repeating: 0, count: limit + 1)
    }

    deinit {
        unsafe arena.deallocate()
        unsafe starts.deallocate()
    }

    package var isEmpty: Bool { count == 0 }

    /// Bytes in use.
    var byteCount: Int { count == 0 ? 0 : unsafe starts[count] + RecordForm.hashBytes }

    // MARK: The lane's side

    /// Encodes a record.
    ///
    /// - Returns: nil, and nothing appended, when the batch is full or not with the lane. An empty batch takes any
    ///   entry made with the same limits.
    package func append(_ entry: AuditEntry) -> AuditTicket? {
        guard case .filling = currentState, count < limit else { return nil }
        let slot = unsafe starts[count]
        let record = slot + RecordForm.hashBytes
        guard record + RecordForm.textsOffset + 6 * 32 + entry.texts.count + RecordForm.hashBytes <= capacity else {
            return nil
        }
        // Safe: the guard left room for the fixed part, the six enumerated texts, the entry's own texts and a slot.
        var form = unsafe RecordWriter(base: arena + record)
        unsafe form.integers(of: entry.facts)
        unsafe form.texts(of: entry)
        let ticket = AuditTicket(index: count)
        recordCount += 1
        if entry.facts.needsRoom { recordsNeedRoom = true }
        unsafe starts[count] = record + form.end
        return ticket
    }

    /// Hands out the receipts of a stored batch, each once; then the batch is empty and takes records again.
    ///
    /// - Throws: Why the batch was not stored; it stays as it is until `recycle`. `.closed` if it was never
    ///   submitted or is still with the writer.
    package func takeReceipts(_ body: (AuditTicket, consuming AuditReceipt) -> Void) throws(AuditError) {
        switch state {
        case .filling, .submitted: throw .closed
        case .failed(let error): throw error
        case .stored(let first):
            let count = self.count
            recycle()
            for index in 0..<count {
                body(AuditTicket(index: index), AuditReceipt(sequence: first + Int64(index)))
            }
        }
    }

    /// Empties the batch for new records. Does nothing while the writer has it.
    package func recycle() {
        if case .submitted = currentState { return }
        recordCount = 0
        recordsNeedRoom = false
        currentState = .filling
    }

    // MARK: The writer's side

    func becomeSubmitted() { currentState = .submitted }
    func becomeFilling() { currentState = .filling }
    func becomeStored(first: Int64) { currentState = .stored(first: first) }
    func becomeFailed(_ error: AuditError) { currentState = .failed(error) }
}
