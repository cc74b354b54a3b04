import HTTPWire

/// The bytes and offsets of a canonical target, and how they are read.
struct CanonicalForm: ~Copyable {
    /// How much of the storage is in use.
    private struct Extent {
        var segments = 0
        var parameters = 0
        var pathBytes = 0
        var bytes = 0
    }

    private let prefix: [UInt8]
    private let prefixSegments: Int
    private let limits: TargetLimits
    private var storage: [UInt8]
    private var scratch: [UInt8]
    private var segments: [PathSegment]
    private var parameters: [QueryParameter]
    private var extent = Extent()

    init(prefix: APIPrefix, limits: TargetLimits) {
        self.prefix = Array(prefix.text.utf8)
        prefixSegments = prefix.segmentCount
        self.limits = limits
        storage = [UInt8](repeating: 0, count: max(limits.bytes, 1))
        scratch = storage
        segments = [PathSegment](repeating: PathSegment(), count: max(limits.segments, 1))
        parameters = [QueryParameter](repeating: QueryParameter(), count: max(limits.parameters, 0))
    }

    var pathCount: Int { extent.pathBytes }

    /// Reads a target; after a refusal the form is empty.
    ///
    /// - Returns: Its bytes in canonical form, and its query parameters.
    mutating func parse(
        _ bytes: Span<UInt8>, _ range: ByteRange
    ) throws(TargetRefusal) -> (bytes: Int, parameters: Int) {
        extent = Extent()
        guard range.count <= limits.bytes else { throw .tooManyBytes }
        extent = try Self.read(
            bytes, range, below: prefix, segmentCount: prefixSegments, into: &storage, spare: &scratch, &segments,
            &parameters)
        return (extent.bytes, extent.parameters)
    }

    /// Static, because a mutable span of one stored property excludes every other use of self.
    private static func read(
        _ bytes: Span<UInt8>, _ range: ByteRange, below prefix: [UInt8], segmentCount: Int,
        into storage: inout [UInt8], spare: inout [UInt8], _ segments: inout [PathSegment],
        _ parameters: inout [QueryParameter]
    ) throws(TargetRefusal) -> Extent {
        var position = range.start
        guard position < range.end, bytes[position] == 0x2F else { throw .notOriginForm }
        var writer = TargetWriter(storage.mutableSpan)
        var extent = Extent()
        try readPath(bytes, from: &position, limit: range.end, into: &writer, spare: &spare, &segments, &extent)
        guard extent.segments >= segmentCount, isBelow(prefix, writer) else { throw .outsidePrefix }
        try readQuery(bytes, from: &position, limit: range.end, into: &writer, &parameters, &extent)
        return extent
    }

    @inline(__always)
    @_lifetime(writer: copy writer)
    private static func readPath(
        _ bytes: Span<UInt8>, from position: inout Int, limit: Int, into writer: inout TargetWriter,
        spare: inout [UInt8], _ segments: inout [PathSegment], _ extent: inout Extent
    ) throws(TargetRefusal) {
        repeat {
            guard extent.segments < segments.count else { throw .tooManySegments }
            position &+= 1
            segments[extent.segments] = try readSegment(bytes, from: &position, limit: limit, into: &writer, &spare)
            extent.segments &+= 1
        } while position < limit && bytes[position] == 0x2F
        extent.pathBytes = writer.count
        extent.bytes = writer.count
    }

    @inline(__always)
    @_lifetime(writer: copy writer)
    private static func readSegment(
        _ bytes: Span<UInt8>, from position: inout Int, limit: Int, into writer: inout TargetWriter,
        _ spare: inout [UInt8]
    ) throws(TargetRefusal) -> PathSegment {
        try writer.append(0x2F)
        let start = writer.count
        var state = SegmentState()
        var beforeDot = SegmentState()
        try PathReader.readSegment(
            bytes, from: &position, limit: limit, into: &writer, state: &state, beforeDot: &beforeDot)
        let isLast = position == limit || bytes[position] == 0x3F
        guard state.decodedCount > 0 else { throw isLast ? .trailingSlash : .emptySegment }
        try PathReader.check(state)
        if isLast && state.rawDot >= 0 { try PathSuffix.take(&writer, &state, beforeDot: beforeDot) }
        if state.hasPercent, let refusal = NestedEscapes.refusal(of: writer, from: start, scratch: &spare) {
            throw refusal
        }
        return PathSegment(
            start: Int32(start), count: Int32(writer.count &- start), hash: state.hash, isInteger: state.isInteger,
            isDash: state.decodedCount == 1 && state.lastByte == 0x2D, hasRawDot: state.rawDot >= 0)
    }

    private static func isBelow(_ prefix: [UInt8], _ writer: borrowing TargetWriter) -> Bool {
        guard writer.count >= prefix.count else { return false }
        for index in prefix.indices where writer[index] != prefix[index] { return false }
        return writer.count == prefix.count || writer[prefix.count] == 0x2F
    }

    @inline(__always)
    @_lifetime(writer: copy writer)
    private static func readQuery(
        _ bytes: Span<UInt8>, from position: inout Int, limit: Int, into writer: inout TargetWriter,
        _ parameters: inout [QueryParameter], _ extent: inout Extent
    ) throws(TargetRefusal) {
        // At a `?` or an `&` whenever there is more.
        while position < limit {
            position &+= 1
            let mark = writer.count
            try writer.append(extent.parameters == 0 ? 0x3F : 0x26)
            guard let parameter = try QueryReader.readParameter(bytes, from: &position, limit: limit, into: &writer)
            else {
                writer.truncate(to: mark)
                continue
            }
            guard extent.parameters < parameters.count else { throw .tooManyParameters }
            parameters[extent.parameters] = parameter
            extent.parameters &+= 1
        }
        extent.bytes = writer.count
    }

    func parameter(_ index: Int) -> QueryParameter {
        precondition(index >= 0 && index < extent.parameters)
        return parameters[index]
    }

    var lastNumber: [UInt8] {
        for index in stride(from: extent.segments - 1, through: prefixSegments, by: -1) {
            let start = Int(segments[index].start)
            let end = start + Int(segments[index].count)
            var digit = start
            while digit < end, storage[digit] &- 0x30 < 10 { digit += 1 }
            if digit == end { return Array(storage[start..<end]) }
        }
        return []
    }

    func emit(_ range: Range<Int>, into buffer: ByteBuffer) -> Bool {
        precondition(range.upperBound <= extent.bytes)
        return buffer.append(storage.span.extracting(range))
    }

    var canonicalBytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { storage.span.extracting(0..<extent.bytes) }
    }

    var text: String { String(decoding: storage[0..<extent.bytes], as: UTF8.self) }

    func walk(_ trie: RouteTrie, takesDash: Bool) -> RouteTrie.Arrival {
        let below = segments.span.extracting(prefixSegments..<max(prefixSegments, extent.segments))
        return trie.walk(below, of: storage.span, takesDash: takesDash)
    }
}
