/// Records as an aligned table for a terminal. Control and other invisible characters are shown as escapes, so that
/// what a client sent cannot steer the terminal.
package enum AuditTable {
    /// Characters of a cell before it is cut.
    private static let widest = 60

    private static let titles = [
        "SEQ", "TIME", "KIND", "CLIENT", "PRINCIPAL", "METHOD", "PATH", "SCOPE", "DECISION", "REASON", "STATUS",
        "BYTES", "MS", "REDACTED", "DETAIL",
    ]
    /// Columns of numbers, set to the right.
    private static let numeric: Set<Int> = [0, 10, 11, 12, 13]

    /// The title line and one line a record; widths fit these records.
    package static func lines(_ records: [AuditRecord], withTitles: Bool = true) -> [String] {
        let rows = (withTitles ? [titles] : []) + records.map(cells)
        var widths = [Int](repeating: 0, count: titles.count)
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
        }
        return rows.map { aligned($0, widths) }
    }

    /// The title line at fixed widths, for output that grows line by line.
    package static var streamTitles: String { aligned(titles, streamWidths) }

    /// One line at fixed widths.
    package static func streamLine(_ record: AuditRecord) -> String { aligned(cells(record), streamWidths) }

    private static let streamWidths = [8, 27, 7, 15, 16, 6, 34, 24, 8, 14, 6, 8, 8, 8, 0]

    private static func aligned(_ row: [String], _ widths: [Int]) -> String {
        var line = ""
        // Blanks wait for what comes behind them, so that no line ends in them.
        var blanks = 0
        for (column, cell) in row.enumerated() {
            if column > 0 { blanks += 2 }
            let padding = max(0, widths[column] - cell.count)
            let isNumber = numeric.contains(column)
            if isNumber { blanks += padding }
            line += String(repeating: " ", count: blanks)
            line += cell
            blanks = isNumber ? 0 : padding
        }
        return line
    }

    private static func cells(_ record: AuditRecord) -> [String] {
        let scope = record[.controller].isEmpty ? "-" : "\(record[.controller])/\(record[.action])"
        let path = record[.query].isEmpty ? record[.path] : "\(record[.path])?\(record[.query])"
        return [
            String(record.sequence), AuditTime.text(record.time), record[.kind], record[.client], principal(record),
            record[.method], path, scope, record[.decision], record[.reason],
            record.value(.status).map(String.init) ?? "-", String(record[.bytesOut]),
            milliseconds(record[.gatewayMicroseconds]), String(record[.redacted]), record[.detail],
        ].map(cell)
    }

    package static func principal(_ record: AuditRecord) -> String {
        let name = record[.principalName]
        guard let id = record.value(.keyID) else {
            return name.isEmpty ? record[.principal] : "\(record[.principal]):\(name)"
        }
        return name.isEmpty ? "#\(id)" : "#\(id) \(name)"
    }

    static func milliseconds(_ microseconds: Int64) -> String {
        let tenths = microseconds / 100
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// A text as it may be shown on a terminal.
    package static func visible(_ text: String) -> String { VisibleText.escaped(text) }

    private static func cell(_ text: String) -> String {
        let text = VisibleText.escaped(text)
        return text.isEmpty ? "-" : text.count > widest ? text.prefix(widest - 1) + "…" : text
    }
}
