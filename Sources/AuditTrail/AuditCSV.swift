import Cryptography

/// Records as CSV (RFC 4180): all columns, `time` in RFC 3339, what a record does not have is empty. Each line
/// brings its CR LF.
///
/// A field that a spreadsheet would take for a formula gets an apostrophe in front.
package enum AuditCSV {
    package static var header: String {
        let names = AuditInteger.allCases.map(\.column.description) + AuditText.allCases.map(\.column.description)
        return names.joined(separator: ",") + ",hash\r\n"
    }

    package static func line(_ record: AuditRecord) -> String {
        var fields: [String] = []
        for column in AuditInteger.allCases {
            fields.append(column == .time ? AuditTime.text(record.time) : record.value(column).map(String.init) ?? "")
        }
        for column in AuditText.allCases { fields.append(field(record[column])) }
        fields.append(Hexadecimal.encode(record.hash.span))
        return fields.joined(separator: ",") + "\r\n"
    }

    package static func field(_ text: String) -> String {
        var text = text
        if let first = text.utf8.first, "=+-@\t\r".utf8.contains(first) { text = "'" + text }
        guard text.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
