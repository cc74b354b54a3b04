import ArgumentParser
import AuditTrail

struct AuditTailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Show the last records and then each new one as it is stored, until Ctrl-C.")

    @OptionGroup var location: AuditLocation
    @OptionGroup var filters: AuditFilters

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Records to begin with.", valueName: "count"))
    var lines = 10

    @Flag(
        name: [.customShort("f"), .long], inversion: .prefixedNo,
        help: "Go on with new records; --no-follow ends after the first ones.")
    var follow = true

    @Flag(help: "One JSON object a line.")
    var json = false

    func validate() throws {
        guard lines >= 0 else { throw ValidationError("--lines takes 0 or more.") }
    }

    func run() throws {
        let reader = try location.reader()
        let end = EndOfRun()
        do {
            var last = try reader.lastSequence()
            try show(begin(reader, upTo: last), withTitles: true)
            guard follow else { return }
            var seen = try reader.changeCount()
            while !end.comes(withinMilliseconds: Self.pollMilliseconds) {
                let changes = try reader.changeCount()
                guard changes != seen else { continue }
                seen = changes
                last = try showNew(reader, after: last)
            }
        } catch let error as AuditError { throw CommandFailure(error) }
    }

    /// How often the log is asked whether it changed; asking reads one page of shared memory.
    private static let pollMilliseconds = 200
    /// Records read at once.
    private static let pageSize = 500

    private func begin(_ reader: AuditReader, upTo last: Int64) throws -> [AuditRecord] {
        guard lines > 0 else { return [] }
        var query = filters.query
        query.order = .newestFirst
        query.limit = lines
        query.cursor = last + 1
        return try reader.records(query).reversed()
    }

    /// Shows what came behind `last`; returns the place to go on from.
    private func showNew(_ reader: AuditReader, after last: Int64) throws -> Int64 {
        let end = try reader.lastSequence()
        var query = filters.query
        query.order = .oldestFirst
        query.limit = Self.pageSize
        query.cursor = last
        while true {
            let records = try reader.records(query)
            try show(records, withTitles: false)
            guard let shown = records.last?.sequence, records.count == Self.pageSize else {
                // What the filters leave out need not be looked at again.
                return max(end, records.last?.sequence ?? last)
            }
            query.cursor = shown
        }
    }

    private func show(_ records: [AuditRecord], withTitles: Bool) throws {
        if json { return try Console.writeLines(records.map(AuditJSON.line)) }
        if withTitles { try Console.writeLine(AuditTable.streamTitles) }
        try Console.writeLines(records.map(AuditTable.streamLine))
    }
}
