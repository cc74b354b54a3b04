import Dispatch
import Synchronization

/// The one writer of an audit log: takes batches from lanes, stores whatever waits in one transaction, chains
/// each record to the one before, and hands the batches back with receipts.
package final class AuditWriter: @unchecked Sendable {
    package let path: String

    /// Opens the log, making it if there is none (mode 0600), and checks that its end is consistent.
    package init(
        path: String, durability: AuditDurability = .process, limits: AuditLimits = AuditLimits()
    ) throws(AuditError) {
        self.path = path
    }

    /// Gives a batch to the writer. From any thread; neither waits nor touches the disk.
    ///
    /// - Parameter completion: Called once, on the writer's queue, when the batch is stored or has failed; it posts
    ///   the batch back to its lane.
    /// - Throws: `.queueFull` or `.closed`; the batch stays with the caller, filling.
    package func submit(_ batch: AuditBatch, _ completion: @escaping @Sendable (AuditBatch) -> Void) throws(AuditError) {
        throw .closed
    }

    /// Waits until what was submitted before is stored or has failed.
    ///
    /// - Returns: False when that took longer than `milliseconds`.
    package func flush(milliseconds: Int = 10_000) -> Bool { true }

    /// Refuses new batches, flushes, empties the write-ahead log and closes the file. Idempotent.
    @discardableResult
    package func close(milliseconds: Int = 10_000) -> Bool { true }

    /// Bounds the database file; nil lifts the bound. What does not fit fails with `.storageFull`.
    package func limitStorage(bytes: Int64?) {}

    /// Records stored since the writer was opened.
    package var storedCount: Int64 { 0 }
}
