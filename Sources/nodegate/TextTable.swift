/// Rows of text as columns of equal width.
enum TextTable {
    /// The titles and the rows; what is empty shows as `-`.
    static func lines(_ titles: [String], _ rows: [[String]]) -> [String] {
        let rows = [titles] + rows.map { $0.map { $0.isEmpty ? "-" : $0 } }
        var widths = [Int](repeating: 0, count: titles.count)
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                guard column < row.count - 1 else { break }
                line += String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            return line
        }
    }
}
