import AuditTrail

/// Counts of records, one line a value.
enum AuditCountOutput {
    private struct Line: Encodable {
        let value: String
        let records: Int64
        let latest: String
    }

    static func write(
        _ reader: AuditReader, _ query: AuditQuery, by column: AuditCountColumn, _ format: AuditFormat
    ) throws(CommandFailure) {
        let counts: [AuditCount]
        do { counts = try reader.counts(query, by: column) } catch { throw CommandFailure(error) }
        switch format {
        case .table:
            try Console.writeLines(TextTable.lines(
                ["RECORDS", "LATEST", column.rawValue.uppercased()],
                counts.map { [String($0.records), AuditTime.text($0.latest), AuditTable.visible($0.value)] }))
        case .json:
            for count in counts {
                try Console.writeJSON(Line(
                    value: count.value, records: count.records, latest: AuditTime.text(count.latest)))
            }
        case .csv:
            try Console.write("\(column.rawValue),records,latest\r\n")
            for count in counts {
                try Console.write(
                    "\(AuditCSV.field(count.value)),\(count.records),\(AuditTime.text(count.latest))\r\n")
            }
        }
    }
}
