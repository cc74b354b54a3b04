import SQLite

/// Asks the index of one partition where the records of a query may be. Confined to the reader's queue.
struct IndexReader {
    private let database: Database
    private let range: IndexedRange
    private let segments: Int

    /// Paths that a glob may match in the index; one that matches more selects little.
    private static let mostPaths = 2_000
    /// Statuses of a range that are looked up one by one.
    private static let mostStatuses: Int64 = 100

    /// - Returns: nil when there is no index of this partition, or none that can be read.
    init?(_ partition: AuditPartition, _ records: Database, isClosed: Bool) {
        guard LogFile.exists(partition.index) else { return nil }
        let isWhole = !LogFile.exists(partition.index + "-wal")
        do throws(DatabaseError) {
            let database = try Database(path: partition.index, access: isClosed && isWhole ? .immutable : .readOnly)
            guard let range = try IndexedRange(database), try range.isOf(records), range.last >= range.first else {
                return nil
            }
            self.database = database
            self.range = range
            segments = Int((range.last - range.first) / AuditIndex.segmentRecords) + 1
        } catch { return nil }
    }

    /// The sequence numbers among which all records of the query are, ascending; nil when the index does not know
    /// anything about it, or cannot be read.
    func places(_ query: AuditQuery) -> [ClosedRange<Int64>]? {
        do throws(DatabaseError) {
            guard let places = try segments(query) else { return nil }
            return runs(places)
        } catch { return nil }
    }

    /// One for each segment.
    private typealias Places = [SegmentPlaces]

    /// Where there may be a record that meets all conditions of the query.
    private func segments(_ query: AuditQuery) throws(DatabaseError) -> Places? {
        var result: Places?
        func restrict(_ places: Places) {
            guard let known = result else { return result = places }
            result = zip(known, places).map { $0.intersection($1) }
        }
        for terms in Self.terms(query) { restrict(try places(terms)) }
        if let path = query.path, let places = try places(glob: path) { restrict(places) }
        if let path = query.texts[.path], !path.isEmpty, let places = try places(glob: path) { restrict(places) }
        // What is no two segments is not in the index.
        if let object = query.object, object.split(separator: "/", omittingEmptySubsequences: false).count == 2 {
            restrict(try places([AuditIndex.term(object: object.utf8.span)]))
        }
        if let requestID = query.requestID { restrict(try places(requestID: requestID)) }
        return result
    }

    /// The conditions that terms stand for, each as the terms of which a record has one.
    private static func terms(_ query: AuditQuery) -> [[Int64]] {
        var terms: [[Int64]] = []
        func add(_ column: AuditText, _ text: String?) {
            if let text, !text.isEmpty { terms.append([AuditIndex.term(column, text)]) }
        }
        add(.kind, query.kind?.text.description)
        add(.principalName, query.principalName)
        add(.controller, query.controller)
        add(.action, query.action)
        add(.decision, query.decision?.text.description)
        add(.reason, query.reason)
        add(.client, query.client)
        add(.method, query.method)
        for (column, glob) in query.texts where AuditIndex.texts.contains(column) && column != .path {
            if !glob.contains(where: { "*?[".contains($0) }) { add(column, glob) }
        }
        if let id = query.keyID { terms.append([AuditIndex.term(.keyID, id)]) }
        if let status = query.status, status.upperBound - status.lowerBound < mostStatuses, status.lowerBound > 0 {
            terms.append(status.map { AuditIndex.term(.status, $0) })
        }
        if query.isExposure { terms.append([AuditIndex.revealed, AuditIndex.term(.kind, "exposure")]) }
        return terms
    }

    /// Where there is one of the terms.
    private func places(_ terms: [Int64]) throws(DatabaseError) -> Places {
        var places = Places(repeating: .nowhere, count: segments)
        let statement = try database.prepare("SELECT segment, granules, places FROM terms WHERE term = ?")
        for term in terms {
            statement.reset()
            statement.bind(1, term)
            while try statement.step() {
                let segment = Int(statement.integer(0))
                guard places.indices.contains(segment) else { continue }
                let found = SegmentPlaces(granules: statement.integer(1), bytes: statement.blob(2))
                places[segment] = places[segment].isNowhere ? found : places[segment].union(found)
            }
        }
        return places
    }

    /// Where there is a path that the glob matches; nil when that may be nearly everywhere.
    private func places(glob: String) throws(DatabaseError) -> Places? {
        let object = AuditIndex.object(inGlob: glob).map { AuditIndex.term(object: $0.utf8.span) }
        let beginning = glob.prefix { !"*?[".contains($0) }
        // Without a wildcard its own object tells most; with one in front, all paths would have to be looked at.
        if beginning.isEmpty || beginning.count == glob.count, let object { return try places([object]) }
        let statement = try database.prepare("""
            SELECT path FROM paths WHERE path GLOB ?1 AND path >= ?2 AND (?3 IS NULL OR path < ?3)
            LIMIT \(Self.mostPaths + 1)
            """)
        statement.bind(1, glob)
        // What comes before the first wildcard bounds the paths from below and from above.
        statement.bind(2, String(beginning))
        statement.bind(3, beginning.isEmpty ? nil : beginning + "\u{10FFFF}")
        var terms: Set<Int64> = []
        var count = 0
        while try statement.step() {
            count += 1
            // A path of one segment names no object, and is not in the index.
            guard let last = statement.withBytes(0, AuditIndex.lastObjectTerm) else { count = .max; break }
            terms.insert(last)
        }
        if count <= Self.mostPaths { return try places(Array(terms)) }
        guard let object else { return nil }
        return try places([object])
    }

    private func places(requestID: String) throws(DatabaseError) -> Places {
        let places = try places([AuditIndex.term(.clientRequestID, requestID)])
        guard let exchange = ExchangeID(requestID) else { return places }
        var own = [UInt64](repeating: 0, count: segments)
        let statement = try database.prepare("SELECT number FROM granules WHERE low <= ?1 AND high >= ?1")
        statement.bind(1, Int64(bitPattern: exchange.high))
        while try statement.step() {
            let (segment, bit) = statement.integer(0).quotientAndRemainder(dividingBy: AuditIndex.segmentGranules)
            if own.indices.contains(Int(segment)) { own[Int(segment)] |= 1 << UInt64(bit) }
        }
        return zip(places, own).map { $1 == 0 ? $0 : $0.union(.granules($1)) }
    }

    /// Neighbours as one; and everything that is not indexed yet.
    private func runs(_ places: Places) -> [ClosedRange<Int64>] {
        var runs: [ClosedRange<Int64>] = []
        func add(_ run: ClosedRange<Int64>) {
            if let last = runs.last, last.upperBound + 1 >= run.lowerBound {
                runs[runs.count - 1] = last.lowerBound...run.upperBound
            } else {
                runs.append(run)
            }
        }
        for (segment, places) in places.enumerated() where !places.isNowhere {
            let first = range.first + Int64(segment) * AuditIndex.segmentRecords
            for run in places.runs { add(first + run.lowerBound...first + run.upperBound) }
        }
        add(range.last + 1...Int64.max)
        return runs
    }
}
