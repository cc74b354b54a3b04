/// What records are counted by.
package enum AuditCountColumn: String, CaseIterable, Sendable {
    case key, action, decision, reason, client, status

    /// One text; "" where a record has none.
    var sql: String {
        switch self {
        case .key:
            """
            CASE WHEN key_id IS NULL THEN CASE principal WHEN 'none' THEN '' ELSE principal END
                || CASE WHEN principal_name IS NULL THEN '' ELSE ':' || principal_name END
            ELSE '#' || key_id || coalesce(' ' || principal_name, '') END
            """
        case .action: "CASE WHEN controller IS NULL THEN '' ELSE controller || '/' || action END"
        case .decision: "decision"
        case .reason: "reason"
        case .client: "coalesce(client, '')"
        case .status: "coalesce(CAST(status AS TEXT), '')"
        }
    }
}

/// How many records have one value.
package struct AuditCount: Equatable, Sendable {
    package let value: String
    package var records: Int64 = 0
    /// Microseconds since 1970 UTC, of the latest of them.
    package var latest: Int64 = .min
}
