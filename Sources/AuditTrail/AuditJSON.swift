import Cryptography

/// Records as JSON (RFC 8259), one object a line: the names of the columns, `time` in RFC 3339, `hash` in
/// hexadecimal; what a record does not have is left out. ASCII only.
///
/// This is the native schema of exporters, versioned by `form` (2):
///
/// | member | type | what |
/// | --- | --- | --- |
/// | `sequence` | integer | the record's place in the log, from 1 without gaps |
/// | `time` | text | RFC 3339, UTC, microseconds |
/// | `kind` | text | `intent`, `outcome`, `completion`, `exposure`, `administration`, `lifecycle`, `checkpoint` |
/// | `exchange` | text | 32 hexadecimal digits, the same for all records of an exchange |
/// | `client`, `client_port`, `forwarded`, `tls`, `user_agent`, `client_request_id` | | who asked, from where |
/// | `principal`, `key_id`, `principal_name` | | `none`, `key`, `basic`, `jwt` or `system`, and which |
/// | `method`, `path`, `query`, `operation`, `controller`, `action` | text | what was asked |
/// | `decision`, `reason`, `generation` | | `permit`, `deny`, `would_deny` or `none`, why, by which policy |
/// | `status`, `upstream_status`, `upstream` | | what the client got, what the appliance said, and where it is |
/// | `bytes_in`, `bytes_out` | integer | of bodies |
/// | `gateway_us`, `upstream_us` | integer | microseconds in all, and waiting for the appliance |
/// | `redacted`, `revealed` | integer | protected values masked, and left in clear |
/// | `detail` | text | what else a person needs |
/// | `lane`, `listener`, `form` | integer | |
/// | `hash` | text | 64 hexadecimal digits; see `RecordForm` |
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

    /// A text as a JSON string of ASCII.
    package static func quoted(_ text: String) -> String {
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
