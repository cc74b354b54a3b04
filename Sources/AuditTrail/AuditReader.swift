/// Reads an audit log, all its partitions as one, also while it is being written. Confined to one queue at a time by
/// its owner.
package final class AuditReader {
    private let layout: AuditLayout
    private let busyMilliseconds: Int32
    /// Of the last partition, which is asked most. The others are opened when they are read.
    private var last: PartitionReader

    /// - Throws: `.cannotOpen`, `.damaged`, `.newerSchema`.
    package init(path: String, busyMilliseconds: Int32 = 2_000) throws(AuditError) {
        layout = AuditLayout(path: path)
        self.busyMilliseconds = busyMilliseconds
        last = try Self.openLast(layout, busyMilliseconds)
    }

    /// Calls `body` with each record of the query, until it returns false.
    ///
    /// All records are of one moment: what is stored meanwhile is not among them.
    package func read(_ query: AuditQuery, _ body: (AuditRecord) -> Bool) throws(AuditError) {
        var left = query.limit ?? .max
        try partitions(query) { reader throws(AuditError) in
            var query = query
            query.limit = query.limit.map { _ in left }
            let isWanted = try reader.read(query) { record in
                left -= 1
                return body(record)
            }
            return isWanted && left > 0
        }
    }

    package func records(_ query: AuditQuery) throws(AuditError) -> [AuditRecord] {
        var records: [AuditRecord] = []
        try read(query) { record in
            records.append(record)
            return true
        }
        return records
    }

    /// How many records of the query there are for each value of a column: the greatest counts first, at most
    /// `query.limit` of them. `query.cursor` and `query.order` do not matter.
    package func counts(_ query: AuditQuery, by column: AuditCountColumn) throws(AuditError) -> [AuditCount] {
        var counts: [String: AuditCount] = [:]
        var all = query
        all.cursor = nil
        try partitions(all) { reader throws(AuditError) in
            try reader.count(all, by: column, into: &counts)
            return true
        }
        let sorted = counts.values.sorted { ($1.records, $0.value) < ($0.records, $1.value) }
        return Array(sorted.prefix(query.limit ?? .max))
    }

    /// The sequence number of the newest record; 0 for an empty log. To follow a log, poll `changeCount` and, when
    /// it differs, read with the last number seen as cursor.
    package func lastSequence() throws(AuditError) -> Int64 {
        try refresh()
        return try last.lastSequence()
    }

    /// Changes whenever another connection wrote, or began a partition.
    package func changeCount() throws(AuditError) -> Int64 {
        try refresh()
        // `PRAGMA data_version` counts for each connection by itself; a new partition is a new connection.
        return try last.changeCount() &+ (last.partition.first << 16)
    }

    /// The partitions of this moment, oldest first, each opened when it is its turn.
    ///
    /// One that retention removes meanwhile is left out.
    func partitions(
        _ query: AuditQuery = AuditQuery.everything, _ body: (PartitionReader) throws(AuditError) -> Bool
    ) throws(AuditError) {
        try refresh()
        let partitions = layout.partitions().filter { $0.first <= last.partition.first }
        let wanted = partitions.indices.filter { index in
            guard let cursor = query.cursor else { return true }
            return query.order == .newestFirst
                ? partitions[index].first < cursor
                : index == partitions.count - 1 || partitions[index + 1].first > cursor
        }
        for index in query.order == .newestFirst ? wanted.reversed() : wanted {
            let partition = partitions[index]
            if partition == last.partition {
                guard try body(last) else { return }
                continue
            }
            let reader: PartitionReader
            do throws(AuditError) {
                reader = try PartitionReader(partition, isClosed: true, busyMilliseconds: busyMilliseconds)
            } catch {
                guard LogFile.exists(partition.path) else { continue }
                throw error
            }
            guard try body(reader) else { return }
        }
    }

    /// Notices a partition that was begun since.
    private func refresh() throws(AuditError) {
        guard let newest = layout.partitions().last, newest != last.partition else { return }
        last = try Self.openLast(layout, busyMilliseconds)
    }

    private static func openLast(
        _ layout: AuditLayout, _ busyMilliseconds: Int32
    ) throws(AuditError) -> PartitionReader {
        let partitions = layout.partitions()
        for partition in partitions.reversed() {
            let reader = try PartitionReader(partition, isClosed: false, busyMilliseconds: busyMilliseconds)
            // A partition that is just being begun has nothing to read.
            if reader.start != nil || partition == partitions.first { return reader }
        }
        return try PartitionReader(
            AuditPartition(path: layout.base, first: 1), isClosed: false, busyMilliseconds: busyMilliseconds)
    }
}

extension AuditQuery {
    /// Every record, oldest first.
    static let everything: AuditQuery = {
        var query = AuditQuery()
        query.limit = nil
        query.order = .oldestFirst
        return query
    }()
}
