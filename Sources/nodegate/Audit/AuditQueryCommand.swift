import ArgumentParser
import AuditTrail

/// How records are written.
enum AuditFormat: EnumerableFlag {
    case table, json, csv

    static func help(for value: AuditFormat) -> ArgumentHelp? {
        switch value {
        case .table: "An aligned table, for people (the default)."
        case .json: "One JSON object a line, all columns."
        case .csv: "CSV (RFC 4180) with a header line, all columns."
        }
    }
}

struct AuditQueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Show the records that meet every given condition, newest first.",
        discussion: """
            Examples:
              nodegate audit query --since 2h --decision deny
              nodegate audit query --key reporting --scope cloud_connectors/* --json
              nodegate audit query --request-id 0193e5c47a2b7d3f9a6e0c5f1b2d3e4f
              nodegate audit query --since 1d --decision deny --count-by reason

            A page ends after --limit records; --cursor with the last sequence number shown gives the next one.
            """)

    @OptionGroup var location: AuditLocation
    @OptionGroup var filters: AuditFilters

    @Option(help: ArgumentHelp("From this time on, \(TimeArgument.help).", valueName: "time"))
    var since: TimeArgument?

    @Option(help: ArgumentHelp("Until before this time.", valueName: "time"))
    var until: TimeArgument?

    @Option(help: ArgumentHelp("At most so many records; 0 for all.", valueName: "count"))
    var limit = 100

    @Option(help: ArgumentHelp("Go on behind this sequence number, in the order shown.", valueName: "sequence"))
    var cursor: Int64?

    @Option(name: .customLong("count-by"), help: ArgumentHelp(
        "Instead of the records, how many there are for each value. Counts outcomes, one for each exchange, unless "
            + "--kind says otherwise.", valueName: "column"))
    var countBy: AuditCountColumn?

    @Flag(name: .customLong("oldest-first"), help: "Oldest first.")
    var isOldestFirst = false

    @Flag(name: .customLong("no-index"), help: ArgumentHelp(
        "Read every record of the time range instead of asking the index, which 'audit verify' does not vouch for."))
    var isWithoutIndex = false

    @Flag(exclusivity: .exclusive) var format = AuditFormat.table

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit takes 0 or more.") }
        let now = WallClock.microseconds
        if let since, let until, since.past(now) >= until.past(now) {
            throw ValidationError("--since is not before --until, so no record can be between them.")
        }
    }

    func run() throws {
        var query = filters.query
        let now = WallClock.microseconds
        query.since = since?.past(now)
        query.until = until?.past(now)
        query.limit = limit == 0 ? nil : limit
        query.cursor = cursor
        query.isWithoutIndex = isWithoutIndex
        query.order = isOldestFirst ? .oldestFirst : .newestFirst
        let reader = try location.reader()
        if let countBy {
            if filters.kind == nil { query.kind = .outcome }
            return try AuditCountOutput.write(reader, query, by: countBy, format)
        }
        switch format {
        case .table: try writeTable(reader, query)
        case .json: try write(reader, query) { AuditJSON.line($0) + "\n" }
        case .csv:
            try Console.write(AuditCSV.header)
            try write(reader, query, AuditCSV.line)
        }
    }

    /// The widths of a table fit its records, so it holds them all; a long one is given out in pages, with the
    /// widths of each.
    private static let tablePage = 1_000

    private func writeTable(_ reader: AuditReader, _ query: AuditQuery) throws {
        var page: [AuditRecord] = []
        var isFirst = true
        func flush() throws {
            guard isFirst || !page.isEmpty else { return }
            try Console.writeLines(AuditTable.lines(page, withTitles: isFirst))
            isFirst = false
            page.removeAll(keepingCapacity: true)
        }
        try read(reader, query) { record in
            page.append(record)
            if page.count == Self.tablePage { try flush() }
        }
        try flush()
    }

    /// Lines in pieces of a sensible size, whatever the log holds.
    private func write(_ reader: AuditReader, _ query: AuditQuery, _ line: (AuditRecord) -> String) throws {
        let pieceBytes = 64 * 1_024
        var piece = ""
        try read(reader, query) { record in
            piece += line(record)
            guard piece.utf8.count >= pieceBytes else { return }
            try Console.write(piece)
            piece = ""
        }
        try Console.write(piece)
    }

    private func read(_ reader: AuditReader, _ query: AuditQuery, _ body: (AuditRecord) throws -> Void) throws {
        var failure: (any Error)?
        do {
            try reader.read(query) { record in
                do {
                    try body(record)
                    return true
                } catch {
                    failure = error
                    return false
                }
            }
        } catch { throw CommandFailure(error) }
        if let failure { throw failure }
    }
}
