/// The records of one exchange as a person reads them: what was asked by whom, then what happened and when.
package enum AuditStory {
    /// - Parameter records: Of one exchange, oldest first.
    package static func lines(_ records: [AuditRecord]) -> [String] {
        guard let last = records.last(where: { $0[.kind] == "outcome" }) ?? records.last else { return [] }
        return head(last).map { row in
            row.title + String(repeating: " ", count: 11 - row.title.count) + VisibleText.escaped(row.text)
        } + [""] + records.map(event) + [end(records)].compactMap(\.self)
    }

    private static func head(_ record: AuditRecord) -> [(title: String, text: String)] {
        let query = record[.query].isEmpty ? "" : "?" + record[.query]
        let port = record.value(.clientPort).map { " port \($0)" } ?? ""
        let scope = record[.controller].isEmpty ? "none" : "\(record[.controller])/\(record[.action])"
        let rows = [
            ("exchange", record[.exchange]), ("client's id", record[.clientRequestID]),
            ("request", "\(record[.method]) \(record[.path])\(query)"),
            ("client", record[.client] + port), ("forwarded", record[.forwarded]), ("tls", record[.tls]),
            ("agent", record[.userAgent]), ("principal", AuditTable.principal(record)),
            ("operation", "\(record[.operation].isEmpty ? "none" : record[.operation]), scope \(scope)"),
            ("decision", "\(record[.decision]), \(record[.reason]), policy generation \(record[.generation])"),
        ]
        return rows.filter { !$0.1.isEmpty }
    }

    private static func event(_ record: AuditRecord) -> String {
        let kind = record[.kind] + String(repeating: " ", count: max(0, 14 - record[.kind].count))
        return "\(AuditTime.text(record.time))  \(kind)  \(VisibleText.escaped(text(record)))  [record \(record.sequence)]"
    }

    private static func text(_ record: AuditRecord) -> String {
        let detail = record[.detail].isEmpty ? [] : [record[.detail]]
        switch record[.kind] {
        case "intent":
            let target = record[.upstream].isEmpty ? "the appliance" : record[.upstream]
            return (["about to be forwarded to \(target)"] + detail).joined(separator: "; ")
        case "outcome" where record.exposure != nil:
            return (outcome(record) + ["left in clear: \(record[.detail])"]).joined(separator: "; ")
        case "outcome":
            let revealed = record[.revealed] > 0 ? ["\(record[.revealed]) values left in clear"] : []
            return (outcome(record) + revealed + detail).joined(separator: "; ")
        case "completion":
            return (["\(record[.bytesOut]) bytes to the client, \(record[.bytesIn]) from it"] + detail)
                .joined(separator: "; ")
        case "exposure": return "left in clear: \(record[.detail])"
        default: return ([record[.operation]].filter { !$0.isEmpty } + detail).joined(separator: "; ")
        }
    }

    private static func outcome(_ record: AuditRecord) -> [String] {
        var parts: [String] = []
        parts.append(record.value(.status).map { "\($0) to the client" } ?? "no answer to the client")
        if let status = record.value(.upstreamStatus) { parts.append("\(status) from \(record[.upstream])") }
        parts.append("\(record[.bytesOut]) bytes out, \(record[.bytesIn]) in")
        parts.append(
            "\(AuditTable.milliseconds(record[.gatewayMicroseconds])) ms, "
                + "\(AuditTable.milliseconds(record[.upstreamMicroseconds])) of them for the appliance")
        if record[.redacted] > 0 { parts.append("\(record[.redacted]) values masked") }
        return parts
    }

    /// What the records do not say, and what that means.
    private static func end(_ records: [AuditRecord]) -> String? {
        let kinds = Set(records.map { $0[.kind] })
        guard kinds.contains("intent"), !kinds.contains("outcome") else { return nil }
        return "no outcome is recorded: it is still under way, or the gateway ended before the answer and the "
            + "appliance may have done it"
    }
}
