import SQLite

/// The prepared statement that inserts records.
struct RecordInsertion {
    private let statement: Statement

    init(_ database: Database) throws(DatabaseError) {
        statement = try database.prepare("INSERT INTO forms (sequence, image, hash) VALUES (?, ?, ?)")
    }

    /// Inserts every record of a batch whose chain has been linked, from `sequence` on.
    func insert(_ batch: AuditBatch, first sequence: Int64) throws(DatabaseError) {
        for index in 0..<batch.count {
            statement.bind(1, sequence + Int64(index))
            // Safe: `starts` bounds record `index` and the slot after it; the batch stays with the writer, in place and
            // unchanged, until after the step.
            let start = unsafe batch.starts[index] + RecordForm.hashBytes
            let end = unsafe batch.starts[index + 1]
            unsafe statement.bind(2, staticBlob: UnsafeRawBufferPointer(start: batch.arena + start, count: end - start))
            unsafe statement.bind(
                3, staticBlob: UnsafeRawBufferPointer(start: batch.arena + end, count: RecordForm.hashBytes))
            // It gives no rows. Bindings stay behind and point into the batch, but are never stepped on before they
            // are bound anew.
            _ = try statement.step()
            statement.reset()
        }
    }
}
