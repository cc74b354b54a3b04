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
            guard let granules = try granules(query) else { return nil }
            return runs(granules)
        } catch { return nil }
    }

    /// A bit for each granule, a word for each segment.
    private typealias Granules = [UInt64]

    /// Granules that may have a record that meets all conditions of the query.
    private func granules(_ query: AuditQuery) throws(DatabaseError) -> Granules? {
        var result: Granules?
        func restrict(_ granules: Granules) {
            guard let known = result else { return result = granules }
            result = zip(known, granules).map { $0 & $1 }
        }
        for terms in Self.terms(query) { restrict(try self.granules(terms)) }
        if let path = query.path, let granules = try self.granules(globs: [path]) { restrict(granules) }
        if let path = query.texts[.path], !path.isEmpty, let granules = try self.granules(globs: [path]) {
            restrict(granules)
        }
        if let object = query.object.map(AuditQuery.literal),
            let paths = try granules(globs: ["*/\(object)", "*/\(object)/*"])
        {
            restrict(Self.union(paths, try granules([AuditIndex.term(.kind, "exposure")])))
        }
        if let requestID = query.requestID { restrict(try granules(requestID: requestID)) }
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

    /// Granules with one of the terms.
    private func granules(_ terms: [Int64]) throws(DatabaseError) -> Granules {
        var granules = Granules(repeating: 0, count: segments)
        let statement = try database.prepare("SELECT segment, granules FROM terms WHERE term = ?")
        for term in terms {
            statement.reset()
            statement.bind(1, term)
            while try statement.step() {
                let segment = Int(statement.integer(0))
                if granules.indices.contains(segment) {
                    granules[segment] |= UInt64(bitPattern: statement.integer(1))
                }
            }
        }
        return granules
    }

    /// Granules with a path that one of the globs matches; nil when too many do.
    private func granules(globs: [String]) throws(DatabaseError) -> Granules? {
        var terms: [Int64] = []
        let statement = try database.prepare(
            "SELECT path FROM paths WHERE path GLOB ? AND path >= ? LIMIT \(Self.mostPaths + 1)")
        for glob in globs {
            statement.reset()
            statement.bind(1, glob)
            // What comes before the first wildcard bounds the paths from below.
            statement.bind(2, String(glob.prefix { !"*?[".contains($0) }))
            while try statement.step() { terms.append(AuditIndex.term(.path, statement.text(0))) }
            guard terms.count <= Self.mostPaths else { return nil }
        }
        return try granules(terms)
    }

    private func granules(requestID: String) throws(DatabaseError) -> Granules {
        let granules = try granules([AuditIndex.term(.clientRequestID, requestID)])
        guard let exchange = ExchangeID(requestID) else { return granules }
        var own = Granules(repeating: 0, count: segments)
        let statement = try database.prepare("SELECT number FROM granules WHERE low <= ?1 AND high >= ?1")
        statement.bind(1, Int64(bitPattern: exchange.high))
        while try statement.step() {
            let (segment, bit) = statement.integer(0).quotientAndRemainder(dividingBy: AuditIndex.segmentGranules)
            if own.indices.contains(Int(segment)) { own[Int(segment)] |= 1 << UInt64(bit) }
        }
        return Self.union(granules, own)
    }

    private static func union(_ left: Granules, _ right: Granules) -> Granules { zip(left, right).map { $0 | $1 } }

    /// Neighbouring granules as one; and everything that is not indexed yet.
    private func runs(_ granules: Granules) -> [ClosedRange<Int64>] {
        var runs: [ClosedRange<Int64>] = []
        func add(_ run: ClosedRange<Int64>) {
            if let last = runs.last, last.upperBound + 1 >= run.lowerBound {
                runs[runs.count - 1] = last.lowerBound...run.upperBound
            } else {
                runs.append(run)
            }
        }
        for (segment, word) in granules.enumerated() where word != 0 {
            for bit in 0..<AuditIndex.segmentGranules where word >> UInt64(bit) & 1 == 1 {
                let first = range.first + (Int64(segment) * AuditIndex.segmentGranules + bit) * AuditIndex.granuleRecords
                add(first...first + AuditIndex.granuleRecords - 1)
            }
        }
        add(range.last + 1...Int64.max)
        return runs
    }
}
