/// A stored record, for people and exporters.
package struct AuditRecord: Equatable, Sendable {
    package let integers: [Int64]
    package let texts: [String]
    /// The head of the chain at this record.
    package let hash: [UInt8]

    package init(integers: [Int64], texts: [String], hash: [UInt8]) {
        self.integers = integers
        self.texts = texts
        self.hash = hash
    }

    package subscript(column: AuditInteger) -> Int64 { integers[Int(column.rawValue)] }
    /// "" where there is none.
    package subscript(column: AuditText) -> String { texts[Int(column.rawValue)] }

    package var sequence: Int64 { self[.sequence] }
    /// Microseconds since 1970 UTC.
    package var time: Int64 { self[.time] }
}
