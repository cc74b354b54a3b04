import ArgumentParser
import AuditTrail

struct AuditExposuresCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exposures",
        abstract: "Show which keys received which secrets in clear, newest first.",
        discussion: """
            Examples:
              nodegate audit exposures --connector 7
              nodegate audit exposures --since 30d --count-by key

            The fingerprint tells whether it was the same secret, not what it is. For one object, UNCHANGED SINCE is when \
            that secret was first seen, with no other one in between. An answer whose secrets are not on \
            record one by one has a line of its own with their number.
            """)

    @OptionGroup var location: AuditLocation

    @OptionGroup var object: ObjectOptions

    @Option(help: ArgumentHelp("What one key received, by id or name.", valueName: "id|name"))
    var key: String?

    @Option(help: ArgumentHelp("From this time on, \(TimeArgument.help).", valueName: "time"))
    var since: TimeArgument?

    @Option(help: ArgumentHelp("Until before this time.", valueName: "time"))
    var until: TimeArgument?

    @Option(help: ArgumentHelp("At most so many; 0 for all.", valueName: "count"))
    var limit = 100

    @Option(name: .customLong("count-by"), help: ArgumentHelp(
        "Instead, how many answers with secrets there were for each value.", valueName: "column"))
    var countBy: AuditCountColumn?

    @Flag(help: "One JSON object a line.")
    var json = false

    private struct Line: Encodable {
        let time, key, client, object, field, fingerprint, exchange: String
        let values: Int64
        /// Empty: not asked for one object, or not known.
        let unchanged_since: String
    }

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit takes 0 or more.") }
    }

    private var query: AuditQuery {
        var query = AuditQuery()
        let now = WallClock.microseconds
        query.isExposure = true
        query.object = object.name
        if let key {
            if let id = Int64(key) { query.keyID = id } else { query.principalName = key }
        }
        query.since = since?.past(now)
        query.until = until?.past(now)
        query.limit = limit == 0 ? nil : limit
        return query
    }

    func run() throws {
        let reader = try location.reader()
        var query = self.query
        if let countBy {
            // An answer counts once, not once a secret.
            query.kind = .outcome
            return try AuditCountOutput.write(reader, query, by: countBy, json ? .json : .table)
        }
        let records: [AuditRecord]
        do { records = try reader.records(query) } catch { throw CommandFailure(error) }
        let detailed = Set(records.filter { $0[.kind] == "exposure" }.map { $0[.exchange] })
        let changes = try object.name == nil ? nil : SecretChanges(reader, query)
        let lines = records.filter { record in
            switch record[.kind] {
            case "exposure": true
            // Others repeat what the exposures, or the outcome, say.
            case "outcome": record.exposure != nil || !detailed.contains(record[.exchange])
            default: false
            }
        }.map { line($0, changes) }
        if json {
            for line in lines { try Console.writeJSON(line) }
        } else {
            try Console.writeLines(TextTable.lines(
                ["TIME", "KEY", "CLIENT", "OBJECT", "FIELD", "VALUES", "FINGERPRINT", "UNCHANGED SINCE", "REQUEST"],
                lines.map { line in
                    [
                        line.time, line.key, line.client, line.object, line.field, String(line.values),
                        line.fingerprint, line.unchanged_since, line.exchange,
                    ].map(AuditTable.visible)
                }))
        }
    }

    private func line(_ record: AuditRecord, _ changes: SecretChanges?) -> Line {
        let exposure = record.exposure
        return Line(
            time: AuditTime.text(record.time), key: AuditTable.principal(record), client: record[.client],
            object: exposure?.object ?? record[.path], field: exposure?.field ?? "",
            fingerprint: exposure?.fingerprint ?? "", exchange: record[.exchange],
            values: exposure == nil ? record[.revealed] : 1,
            unchanged_since: exposure.flatMap { changes?.since($0, at: record.time) }.map(AuditTime.text) ?? "")
    }
}
