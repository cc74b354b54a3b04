import ArgumentParser
import AuditTrail

struct AuditShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell the whole story of one exchange: who asked for what, what was decided, what happened.",
        discussion: """
            The id is the X-Request-ID of the answer, or the one that the client sent itself, which may name several \
            exchanges.
            """)

    @OptionGroup var location: AuditLocation

    @Argument(help: ArgumentHelp("An X-Request-ID.", valueName: "request-id"))
    var requestID: String

    @Flag(help: "The records, one JSON object a line.")
    var json = false

    /// An exchange has a handful of records, and one for each secret in clear; an id of a client any number.
    private static let mostRecords = 10_000

    func run() throws {
        var query = AuditQuery()
        query.requestID = requestID
        query.order = .oldestFirst
        query.limit = Self.mostRecords
        let records: [AuditRecord]
        do { records = try location.reader().records(query) } catch let error as AuditError { throw CommandFailure(error) }
        guard !records.isEmpty else {
            throw CommandFailure(
                "no record has the request id \(AuditTable.visible(requestID)).",
                advice: "It is in the X-Request-ID field of the answer. Older records may have been removed by retention.")
        }
        if json { return try Console.writeLines(records.map(AuditJSON.line)) }
        var exchanges: [String] = []
        for record in records where !exchanges.contains(record[.exchange]) { exchanges.append(record[.exchange]) }
        for (index, exchange) in exchanges.enumerated() {
            if index > 0 { try Console.writeLine() }
            try Console.writeLines(AuditStory.lines(records.filter { $0[.exchange] == exchange }))
        }
    }
}
