import Dispatch
import SQLite
import Synchronization

/// Builds the indexes of partitions behind the writer, on a queue of its own.
final class AuditIndexer: Sendable {
    private let queue = DispatchQueue(label: "nodegate.audit.index", qos: .background)
    private let rest: Int
    private let isBusy = Mutex(false)
    private let isClosed = Mutex(false)
    private let wake = DispatchSemaphore(value: 0)

    /// - Parameter rest: See `AuditLimits.indexRest`.
    init(rest: Int) { self.rest = rest }

    /// Indexes the whole segments of a partition that is written to.
    ///
    /// - Returns: False, and it has to be asked again, while a run is under way.
    func index(_ partition: AuditPartition) -> Bool {
        let isFree = isBusy.withLock { isBusy in
            defer { isBusy = true }
            return !isBusy
        }
        guard isFree else { return false }
        queue.async {
            self.build(partition, isClosed: false)
            self.isBusy.withLock { $0 = false }
        }
        return true
    }

    /// Indexes what is left of a partition that nobody writes to any more.
    func finish(_ partition: AuditPartition) { queue.async { self.build(partition, isClosed: true) } }

    /// Waits until everything is indexed that was to be.
    func wait() { queue.sync {} }

    /// Ends what is under way at the end of its segment, and waits for that.
    func close() {
        isClosed.withLock { $0 = true }
        wake.signal()
        queue.sync {}
    }

    /// A failure leaves the index shorter than it could be; one that is damaged is made anew by the next run.
    private func build(_ partition: AuditPartition, isClosed: Bool) {
        do throws(DatabaseError) {
            // Of an earlier release: it keeps the index that it has.
            guard let builder = try IndexBuilder(partition, isClosed: isClosed) else { return }
            var began = DispatchTime.now()
            while !self.isClosed.withLock({ $0 }), try builder.addSegment(isClosed: isClosed) {
                let worked = Int(clamping: DispatchTime.now().uptimeNanoseconds - began.uptimeNanoseconds)
                _ = wake.wait(timeout: .now() + .nanoseconds(worked * max(0, rest)))
                began = .now()
            }
            if isClosed { builder.finish() }
        } catch {
            if error.isDamaged { partition.removeIndex() }
        }
    }
}

/// Adds segments to the index of one partition. Confined to the indexer's queue.
private final class IndexBuilder {
    private let records: Database
    private let index: Database
    private var range: IndexedRange
    private let rows: Statement
    private let insertTerm: Statement
    private let insertPath: Statement
    private let insertGranule: Statement

    init?(_ partition: AuditPartition, isClosed: Bool) throws(DatabaseError) {
        // The last to close a database with a write-ahead log has to be able to remove it.
        let access: Database.Access = isClosed ? LogFile.exists(partition.path + "-wal") ? .readWrite : .immutable : .readOnly
        records = try Database(path: partition.path, access: access)
        guard try records.integer("PRAGMA user_version") ?? 0 >= AuditSchema.firstWithForms else { return nil }
        (index, range) = try Self.open(partition, records)
        rows = try records.prepare("SELECT sequence - ?1, image FROM forms WHERE sequence BETWEEN ?2 AND ?3")
        insertTerm = try index.prepare("INSERT OR REPLACE INTO terms (term, segment, granules, places) VALUES (?, ?, ?, ?)")
        insertPath = try index.prepare("INSERT OR IGNORE INTO paths (path) VALUES (?)")
        insertGranule = try index.prepare("INSERT OR REPLACE INTO granules (number, low, high) VALUES (?, ?, ?)")
    }

    private static func open(
        _ partition: AuditPartition, _ records: Database
    ) throws(DatabaseError) -> (Database, IndexedRange) {
        if LogFile.exists(partition.index) {
            let index = try Database(path: partition.index, access: .readWrite)
            if let range = try IndexedRange(index), try range.isOf(records) { return (index, range) }
        }
        partition.removeIndex()
        // Of a file that others may read, the index would be readable too.
        do { try LogFile.prepare(partition.index) } catch {
            throw DatabaseError(code: 14, message: error.description)
        }
        let index = try Database(path: partition.index, access: .readWrite)
        try index.execute("PRAGMA journal_mode = WAL")
        let statement = try records.prepare("SELECT sequence, hash FROM forms ORDER BY sequence LIMIT 1")
        guard try statement.step() else { throw DatabaseError(code: 14, message: "there is nothing to index") }
        let range = IndexedRange(first: statement.integer(0), hash: statement.blob(1))
        try index.transaction { () throws(DatabaseError) in
            try index.execute(AuditIndex.tables)
            let insert = try index.prepare("INSERT INTO index_of (first, hash, last) VALUES (?, ?, ?)")
            insert.bind(1, range.first)
            insert.bind(2, blob: range.hash.span)
            insert.bind(3, range.last)
            try insert.run()
        }
        return (index, range)
    }

    /// Indexes one segment more.
    ///
    /// - Returns: False when there is no whole one; in a closed partition, when nothing is left.
    func addSegment(isClosed: Bool) throws(DatabaseError) -> Bool {
        let segment = (range.last + 1 - range.first) / AuditIndex.segmentRecords
        let first = range.first + segment * AuditIndex.segmentRecords
        let newest = try records.integer("SELECT max(sequence) FROM forms") ?? 0
        let last = min(newest, first + AuditIndex.segmentRecords - 1)
        guard last > range.last, isClosed || last == first + AuditIndex.segmentRecords - 1 else { return false }
        let postings = try read(first, last)
        try index.transaction { () throws(DatabaseError) in
            try write(postings, segment)
            try index.execute("UPDATE index_of SET last = \(last)")
        }
        range.last = last
        return true
    }

    func finish() { _ = try? index.integer("PRAGMA wal_checkpoint(TRUNCATE)") }

    private func read(_ first: Int64, _ last: Int64) throws(DatabaseError) -> Postings {
        var postings = Postings()
        var recent = [RecentValue](repeating: RecentValue(), count: AuditIndex.texts.count)
        var recentPath = RecentPath()
        rows.reset()
        rows.bind(1, range.first)
        rows.bind(2, first)
        rows.bind(3, last)
        while try rows.step() {
            let offset = rows.integer(0)
            rows.withBytes(1) { image in
                guard RecordForm.isWhole(image) else { return }
                add(image, offset, &recent, &recentPath, &postings)
            }
        }
        rows.reset()
        return postings
    }

    private func add(
        _ image: Span<UInt8>, _ offset: Int64, _ recent: inout [RecentValue], _ recentPath: inout RecentPath,
        _ postings: inout Postings
    ) {
        let place = offset % AuditIndex.segmentRecords
        for (number, column) in AuditIndex.texts.enumerated() {
            let posting = postings.terms.posting(
                column, image.extracting(RecordForm.place(column, image)), &recent[number])
            if let posting { postings.terms.add(place, to: posting) }
        }
        for column in AuditIndex.integers {
            let value = RecordForm.integer(column, image)
            if value != 0 { postings.terms.add(place, toTerm: AuditIndex.term(column, value)) }
        }
        let revealed = RecordForm.integer(.revealed, image)
        if revealed != 0 { postings.terms.add(place, toTerm: AuditIndex.revealed) }
        add(Self.leading(image.extracting(RecordForm.place(.exchange, image))), offset / AuditIndex.granuleRecords, &postings)
        let path = image.extracting(RecordForm.place(.path, image))
        if !recentPath.isOf(path) {
            let digest = postings.terms.notePath(path, &recentPath)
            if postings.seen.insert(digest).inserted {
                postings.paths.append(String(decoding: path.indices.map { path[$0] }, as: UTF8.self))
            }
        }
        for posting in recentPath.objects { postings.terms.add(place, to: posting) }
        // As in `AuditExposure.isInDetail`.
        let kind = image.extracting(RecordForm.place(.kind, image))
        guard kind.equals("exposure") || revealed == 1 && kind.equals("outcome") else { return }
        if let term = AuditIndex.objectTerm(detail: image.extracting(RecordForm.place(.detail, image))) { postings.terms.add(place, toTerm: term) }
    }

    private struct Postings {
        var terms = PostingTable()
        var paths: [String] = []
        /// Digests of these.
        var seen: Set<Int64> = []
        /// Number, least and greatest id.
        var granules: [(number: Int64, low: Int64, high: Int64)] = []
    }

    private func add(_ id: Int64?, _ granule: Int64, _ postings: inout Postings) {
        guard let id else { return }
        if let last = postings.granules.indices.last, postings.granules[last].number == granule {
            postings.granules[last].low = min(postings.granules[last].low, id)
            postings.granules[last].high = max(postings.granules[last].high, id)
        } else {
            postings.granules.append((granule, id, id))
        }
    }

    /// The first 16 hexadecimal digits of an exchange id.
    private static func leading(_ digits: Span<UInt8>) -> Int64? {
        guard digits.count >= 16 else { return nil }
        var value: UInt64 = 0
        for index in 0..<16 {
            let digit = digits[index]
            value = value << 4 | UInt64(digit < 0x3A ? digit &- 0x30 : digit &- 0x57) & 15
        }
        return Int64(bitPattern: value)
    }

    private func write(_ postings: Postings, _ segment: Int64) throws(DatabaseError) {
        // In the order of the tree, so that its pages are touched one after the other.
        for (term, posting) in postings.terms.sorted {
            insertTerm.bind(1, term)
            insertTerm.bind(2, segment)
            insertTerm.bind(3, Int64(bitPattern: posting.granules))
            if let bytes = posting.bytes { insertTerm.bind(4, blob: bytes.span) } else { insertTerm.bindNull(4) }
            try insertTerm.run()
        }
        for path in postings.paths.sorted() where !path.isEmpty {
            insertPath.bind(1, path)
            try insertPath.run()
        }
        for granule in postings.granules {
            insertGranule.bind(1, granule.number)
            insertGranule.bind(2, granule.low)
            insertGranule.bind(3, granule.high)
            try insertGranule.run()
        }
    }
}
