import Cryptography

/// Records as JSON (RFC 8259), one object a line: the names of the columns, `time` in RFC 3339, `hash` in
/// hexadecimal; what a record does not have is left out. ASCII only.
package enum AuditJSON {
    package static func line(_ record: AuditRecord) -> String {
        var members = [
            "\"sequence\":\(record.sequence)", "\"time\":\"\(AuditTime.text(record.time))\"",
        ]
        for column in AuditText.allCases {
            if let text = record.value(column) { members.append("\"\(column.column)\":\(quoted(text))") }
        }
        for column in AuditInteger.allCases where column != .sequence && column != .time {
            if let value = record.value(column) { members.append("\"\(column.column)\":\(value)") }
        }
        members.append("\"hash\":\"\(Hexadecimal.encode(record.hash.span))\"")
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for unit in text.utf16 {
            switch unit {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x20...0x7E: result.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: unit)))
            default:
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return result + "\""
    }
}
