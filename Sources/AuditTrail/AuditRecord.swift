/// A stored record, for people and exporters.
package struct AuditRecord: Equatable, Sendable {
    package let integers: [Int64]
    package let texts: [String]
    /// The head of the chain at this record.
    package let hash: [UInt8]

    /// - Precondition: One value per column of `AuditInteger` and `AuditText`.
    package init(integers: [Int64], texts: [String], hash: [UInt8]) {
        precondition(integers.count == AuditInteger.count && texts.count == AuditText.count)
        self.integers = integers
        self.texts = texts
        self.hash = hash
    }

    init(_ row: StoredRow) {
        self.init(
            integers: row.integers, texts: row.texts.map { String(decoding: $0, as: UTF8.self) }, hash: row.hash)
    }

    package subscript(column: AuditInteger) -> Int64 { integers[Int(column.rawValue)] }
    /// "" where there is none.
    package subscript(column: AuditText) -> String { texts[Int(column.rawValue)] }

    package var sequence: Int64 { self[.sequence] }
    /// Microseconds since 1970 UTC.
    package var time: Int64 { self[.time] }

    /// nil where the record has none.
    package func value(_ column: AuditInteger) -> Int64? {
        let value = self[column]
        return value == 0 && column.isNullable ? nil : value
    }

    /// nil where the record has none.
    package func value(_ column: AuditText) -> String? {
        let text = self[column]
        return text.isEmpty ? nil : text
    }
}
