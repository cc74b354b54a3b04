/// Where the records of one value are, in one segment of an index.
struct Posting {
    var granules: UInt64 = 0
    /// In the segment, ascending; one more than are kept when there are too many.
    private var places: [UInt16] = []

    mutating func add(_ place: Int64) {
        granules |= 1 << UInt64(place / AuditIndex.granuleRecords)
        guard places.count <= AuditIndex.mostPlaces, places.last.map(Int64.init) != place else { return }
        places.append(UInt16(truncatingIfNeeded: place))
    }

    /// nil when they are too many.
    var bytes: [UInt8]? {
        guard places.count <= AuditIndex.mostPlaces else { return nil }
        return places.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }
}

/// The value that the last record had in a column, since the next one often has the same.
struct RecentValue {
    private var bytes: [UInt8] = []
    fileprivate private(set) var posting: Int?

    fileprivate func isOf(_ value: Span<UInt8>) -> Bool { posting != nil && bytes.isEqual(to: value) }

    fileprivate mutating func take(_ value: Span<UInt8>, _ posting: Int) {
        bytes.replace(with: value)
        self.posting = posting
    }
}

/// The same for a path, which may name several objects.
struct RecentPath {
    private var bytes: [UInt8] = []
    private var isTaken = false
    /// Their postings.
    fileprivate(set) var objects: [Int] = []

    func isOf(_ path: Span<UInt8>) -> Bool { isTaken && bytes.isEqual(to: path) }

    fileprivate mutating func take(_ path: Span<UInt8>) {
        bytes.replace(with: path)
        isTaken = true
        objects.removeAll(keepingCapacity: true)
    }
}

extension [UInt8] {
    fileprivate func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }

    fileprivate mutating func replace(with other: Span<UInt8>) {
        removeAll(keepingCapacity: true)
        for index in 0..<other.count { append(other[index]) }
    }
}

/// Postings by term: open addressing, at most half full. Terms are digests already, so they are their own hashes, and
/// whoever makes many of them meet costs the indexer time on its queue in the background, and nobody else.
struct PostingTable {
    private var terms: [Int64] = []
    private var postings: [Posting] = []
    /// Places in `postings`; -1: free.
    private var slots = [Int32](repeating: -1, count: 8_192)

    /// The posting of a column's value; nil for an empty one, which has none.
    mutating func posting(_ column: AuditText, _ value: Span<UInt8>, _ recent: inout RecentValue) -> Int? {
        guard !value.isEmpty else { return nil }
        if recent.isOf(value) { return recent.posting }
        let posting = find(AuditIndex.term(column, value))
        recent.take(value, posting)
        return posting
    }

    /// Finds the postings of the objects that a path names; returns its digest.
    mutating func notePath(_ path: Span<UInt8>, _ recent: inout RecentPath) -> Int64 {
        recent.take(path)
        AuditIndex.forEachObjectTerm(path: path) { recent.objects.append(find($0)) }
        return AuditIndex.term(.path, path)
    }

    mutating func add(_ place: Int64, to posting: Int) { postings[posting].add(place) }

    mutating func add(_ place: Int64, toTerm term: Int64) { postings[find(term)].add(place) }

    /// In the order of terms.
    var sorted: [(term: Int64, posting: Posting)] {
        zip(terms, postings).map { ($0, $1) }.sorted { $0.term < $1.term }
    }

    private mutating func find(_ term: Int64) -> Int {
        var slot = slot(of: term)
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if terms[index] == term { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(terms.count)
        terms.append(term)
        postings.append(Posting())
        if terms.count * 2 > slots.count { grow() }
        return terms.count - 1
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for (index, term) in terms.enumerated() {
            var slot = slot(of: term)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(index)
        }
    }

    private func slot(of term: Int64) -> Int {
        Int(truncatingIfNeeded: (UInt64(bitPattern: term) &* 0x9E37_79B9_7F4A_7C15) >> 32) & (slots.count - 1)
    }
}
