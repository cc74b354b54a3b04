import Cryptography

/// Records in ArcSight's Common Event Format, version 0 (the format of CEF 0.1): one line each, UTF-8.
///
///     CEF:0|nodegate|nodegate|1|missing_scope|deny GET|6|rt=1793520000123 src=192.0.2.7 spt=40000 ...
///
/// The signature id is the reason, or the kind of a record that has no decision; the version is that of the record's
/// form. Custom texts: `cs1` exchange, `cs2` scope, `cs3` hash, `cs4` kind; custom numbers: `cn1` status, `cn2` values
/// masked, `cn3` values left in clear.
package enum AuditCEF {
    package static func line(_ record: AuditRecord) -> String {
        let isDecided = record[.decision] != "none"
        let signature = isDecided ? record[.reason] : record[.kind]
        let name = isDecided ? "\(record[.decision]) \(record[.method])" : record[.kind]
        let header = ["nodegate", "nodegate", String(record[.form]), signature, name, String(severity(record))]
        return "CEF:0|" + header.map(headerField).joined(separator: "|") + "|"
            + fields(record).filter { !$0.value.isEmpty }.map { "\($0.name)=\(value($0.value))" }.joined(separator: " ")
    }

    /// 0 to 10.
    private static func severity(_ record: AuditRecord) -> Int {
        if record[.kind] == "exposure" || record[.revealed] > 0 { return 5 }
        switch record[.decision] {
        case "deny": return 6
        case "would_deny": return 4
        default: return (record.value(.status) ?? 0) >= 500 ? 5 : 2
        }
    }

    private static func fields(_ record: AuditRecord) -> [(name: String, value: String)] {
        let number = { (column: AuditInteger) in record.value(column).map(String.init) ?? "" }
        let scope = record[.controller].isEmpty ? "" : "\(record[.controller])/\(record[.action])"
        let query = record[.query].isEmpty ? "" : "?" + record[.query]
        var fields = [
            ("rt", String(record.time / 1_000)), ("externalId", String(record.sequence)), ("src", record[.client]),
            ("spt", number(.clientPort)), ("suid", number(.keyID)), ("suser", record[.principalName]),
            ("act", record[.decision]), ("reason", record[.reason]), ("requestMethod", record[.method]),
            ("request", record[.path] + query), ("requestClientApplication", record[.userAgent]),
            ("dhost", record[.upstream]), ("in", String(record[.bytesIn])), ("out", String(record[.bytesOut])),
            ("msg", record[.detail]),
        ]
        let texts = [
            ("exchange", record[.exchange]), ("scope", scope), ("hash", Hexadecimal.encode(record.hash.span)),
            ("kind", record[.kind]),
        ]
        for (index, text) in texts.enumerated() where !text.1.isEmpty {
            fields += [("cs\(index + 1)", text.1), ("cs\(index + 1)Label", text.0)]
        }
        let numbers = [("status", number(.status)), ("redacted", number(.redacted)), ("revealed", number(.revealed))]
        for (index, number) in numbers.enumerated() where !number.1.isEmpty {
            fields += [("cn\(index + 1)", number.1), ("cn\(index + 1)Label", number.0)]
        }
        return fields
    }

    private static func headerField(_ text: String) -> String { escaped(text, "|") }

    private static func value(_ text: String) -> String { escaped(text, "=") }

    /// A backslash before itself and `special`; line ends as `\n` and `\r`, other control characters as spaces.
    private static func escaped(_ text: String, _ special: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", special: result.append(contentsOf: ["\\", scalar])
            case "\n": result.append(contentsOf: ["\\", "n"])
            case "\r": result.append(contentsOf: ["\\", "r"])
            default: result.append(scalar.properties.generalCategory == .control ? " " : scalar)
            }
        }
        return String(result)
    }
}
