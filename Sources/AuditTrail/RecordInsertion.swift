import SQLite

/// The prepared statements that insert records: one row, or several at once, which costs a fifth less each.
struct RecordInsertion {
    private static let severalRows = 16

    private let one: Statement
    private let several: Statement
    /// Bit n: integer column n is NULL when it is zero.
    private let nullable: UInt32

    init(_ database: Database) throws(DatabaseError) {
        one = try database.prepare(AuditSchema.insertion(rows: 1))
        several = try database.prepare(AuditSchema.insertion(rows: RecordInsertion.severalRows))
        nullable = AuditInteger.allCases.reduce(0) { $0 | ($1.isNullable ? 1 << UInt32($1.rawValue) : 0) }
    }

    /// Inserts every record of a batch whose chain has been linked.
    func insert(_ batch: AuditBatch) throws(DatabaseError) {
        var index = 0
        while index < batch.count {
            let rows = batch.count - index >= RecordInsertion.severalRows ? RecordInsertion.severalRows : 1
            let statement = rows == 1 ? one : several
            for row in 0..<rows { bind(batch, index + row, to: statement, at: row) }
            // Neither gives rows. Bindings stay behind and point into the batch, but are never stepped on before
            // they are bound anew.
            _ = try statement.step()
            statement.reset()
            index += rows
        }
    }

    @inline(__always)
    private func bind(_ batch: AuditBatch, _ index: Int, to statement: Statement, at row: Int) {
        // Safe: `starts` bounds record `index` and the slot after it; the batch stays with the writer, in place and
        // unchanged, until after the step. Lengths were written by RecordWriter and lie inside the record.
        let form = unsafe batch.arena + batch.starts[index] + RecordForm.hashBytes
        var parameter = Int32(row * AuditSchema.parametersPerRow)
        for column in 0..<AuditInteger.count {
            parameter += 1
            let value = unsafe Int64(littleEndian: form.loadUnaligned(fromByteOffset: column * 8, as: Int64.self))
            if value == 0, nullable >> UInt32(column) & 1 == 1 {
                statement.bindNull(parameter)
            } else {
                statement.bind(parameter, value)
            }
        }
        var offset = RecordForm.textsOffset
        for column in 0..<AuditText.count {
            parameter += 1
            let length = unsafe Int(UInt16(littleEndian: form.loadUnaligned(
                fromByteOffset: RecordForm.lengthsOffset + column * 2, as: UInt16.self)))
            if length == 0 {
                statement.bindNull(parameter)
            } else {
                unsafe statement.bind(
                    parameter, staticText: UnsafeRawBufferPointer(start: form + offset, count: length))
                offset += length
            }
        }
        let hash = unsafe batch.arena + batch.starts[index + 1]
        unsafe statement.bind(
            parameter + 1, staticBlob: UnsafeRawBufferPointer(start: hash, count: RecordForm.hashBytes))
    }
}
