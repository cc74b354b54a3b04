/// Where in one segment of a partition the records of a condition may be.
enum SegmentPlaces: Equatable {
    /// Bit n: somewhere in granule n.
    case granules(UInt64)
    /// Exactly there, ascending.
    case records([UInt16])

    static let nowhere = SegmentPlaces.records([])

    /// Reads a row of `terms`: its granules, and the bytes of its places; those are nil when they are many.
    init(granules: Int64, bytes: [UInt8]) {
        guard !bytes.isEmpty, bytes.count.isMultiple(of: 2) else {
            self = .granules(UInt64(bitPattern: granules))
            return
        }
        self = .records(stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 })
    }

    private init(_ granules: UInt64) { self = granules == 0 ? .nowhere : .granules(granules) }

    private static func granule(_ place: UInt16) -> UInt64 { 1 << UInt64(Int64(place) / AuditIndex.granuleRecords) }

    var isNowhere: Bool {
        switch self {
        case .granules(let granules): granules == 0
        case .records(let places): places.isEmpty
        }
    }

    /// Both conditions hold.
    func intersection(_ other: SegmentPlaces) -> SegmentPlaces {
        switch (self, other) {
        case (.granules(let left), .granules(let right)): SegmentPlaces(left & right)
        case (.granules(let granules), .records(let places)), (.records(let places), .granules(let granules)):
            .records(places.filter { granules & Self.granule($0) != 0 })
        case (.records(let left), .records(let right)): .records(left.filter(Set(right).contains))
        }
    }

    /// One of the conditions holds.
    func union(_ other: SegmentPlaces) -> SegmentPlaces {
        switch (self, other) {
        case (.granules(let left), .granules(let right)): .granules(left | right)
        case (.granules(let granules), .records(let places)), (.records(let places), .granules(let granules)):
            .granules(places.reduce(granules) { $0 | Self.granule($1) })
        case (.records(let left), .records(let right)): .records(Set(left).union(right).sorted())
        }
    }

    /// Runs of places in the segment, ascending.
    var runs: [ClosedRange<Int64>] {
        switch self {
        case .granules(let granules):
            (0..<AuditIndex.segmentGranules).filter { granules >> UInt64($0) & 1 == 1 }.map { granule in
                let first = granule * AuditIndex.granuleRecords
                return first...first + AuditIndex.granuleRecords - 1
            }
        case .records(let places): places.map { Int64($0)...Int64($0) }
        }
    }
}
