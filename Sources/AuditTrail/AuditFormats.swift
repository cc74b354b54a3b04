/// Records as an aligned table for a terminal. Control and other invisible characters are shown as escapes, so that
/// what a client sent cannot steer the terminal.
package enum AuditTable {
    package static func lines(_ records: [AuditRecord]) -> [String] { [] }
}

/// Records as JSON (RFC 8259), one object a line.
package enum AuditJSON {
    package static func line(_ record: AuditRecord) -> String { "" }
}

/// Records as CSV (RFC 4180).
package enum AuditCSV {
    package static var header: String { "" }
    package static func line(_ record: AuditRecord) -> String { "" }
}
