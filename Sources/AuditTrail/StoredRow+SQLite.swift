import SQLite

extension StoredRow {
    /// Reads the current row of a statement that selects `AuditSchema.columns`.
    init(_ statement: Statement) {
        integers = (0..<AuditInteger.count).map { statement.integer(Int32($0)) }
        texts = (0..<AuditText.count).map { statement.blob(Int32(AuditInteger.count + $0)) }
        hash = statement.blob(Int32(AuditInteger.count + AuditText.count))
    }
}
