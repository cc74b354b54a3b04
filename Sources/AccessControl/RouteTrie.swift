/// The paths of all operations as a trie of segments.
///
/// A literal goes before a parameter, and there is no way back: once a literal matched, an id that happens to equal
/// it is not tried. What that costs is an id that cannot be reached by that name; what it buys is that a path never
/// has two readings. A parameter never matches `-`.
struct RouteTrie: Sendable {
    /// Where a path leads.
    enum Arrival {
        /// A node with operations. Bit n of `integers`: segment n is a whole number.
        case node(Int, integers: UInt16)
        case nowhere
        /// Nowhere, but only because of the suffix of its last segment.
        case unknownSuffix
    }

    private struct Edge: Sendable {
        /// -1: an empty place.
        var node: Int32 = -1
        var hash: UInt32 = 0
        var child: Int32 = 0
        var labelStart: Int32 = 0
        var labelCount: Int32 = 0
    }

    /// Open addressing with linear probing, at most half full, so a search always ends at an empty place.
    private var edges = [Edge](repeating: Edge(), count: 16)
    private var edgeCount = 0
    private var labels: [UInt8] = []
    /// The child that any id leads to, per node; -1: none.
    private var parameterChild: [Int32] = [-1]

    var nodeCount: Int { parameterChild.count }

    /// - Parameter takesDash: `-` is an id like any other. For finding out what a path was meant to be, never for what
    ///   it does.
    func walk(_ segments: Span<PathSegment>, of bytes: Span<UInt8>, takesDash: Bool = false) -> Arrival {
        var node: Int32 = 0
        var integers: UInt16 = 0
        // No template is longer; also keeps `integers` within its bits.
        guard segments.count <= PathTemplate.maximumSegments else { return .nowhere }
        for index in segments.indices {
            let segment = segments[index]
            if segment.isInteger { integers |= 1 << UInt16(truncatingIfNeeded: index) }
            let start = Int(segment.start)
            let label = bytes.extracting(start..<(start &+ Int(segment.count)))
            if !(takesDash && segment.isDash), let child = child(of: node, label, hash: segment.hash) {
                node = child
            } else {
                let child = parameterChild[Int(node)]
                guard child >= 0, takesDash || !segment.isDash else {
                    return segment.hasRawDot && index == segments.count &- 1 ? .unknownSuffix : .nowhere
                }
                node = child
            }
        }
        return .node(Int(node), integers: integers)
    }

    @inline(__always)
    private func child(of node: Int32, _ label: borrowing Span<UInt8>, hash: UInt32) -> Int32? {
        let mask = edges.count &- 1
        var place = RouteTrie.place(node, hash) & mask
        while edges[place].node >= 0 {
            let edge = edges[place]
            if edge.node == node, edge.hash == hash, Int(edge.labelCount) == label.count, isLabel(edge, label) {
                return edge.child
            }
            place = (place &+ 1) & mask
        }
        return nil
    }

    @inline(__always)
    private func isLabel(_ edge: Edge, _ label: borrowing Span<UInt8>) -> Bool {
        let start = Int(edge.labelStart)
        for index in label.indices where labels[start &+ index] != label[index] { return false }
        return true
    }

    @inline(__always)
    private static func place(_ node: Int32, _ hash: UInt32) -> Int {
        let mixed = (UInt64(hash) ^ (UInt64(truncatingIfNeeded: node) &* 0x9E37_79B9)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 40)
    }

    /// Adds the nodes of a template and returns its last.
    mutating func insert(_ template: PathTemplate) -> Int {
        var node: Int32 = 0
        for segment in template.segments {
            switch segment {
            case .literal(let text): node = insertLiteral(Array(text.utf8), under: node)
            case .parameter: node = insertParameter(under: node)
            }
        }
        return Int(node)
    }

    private mutating func insertParameter(under node: Int32) -> Int32 {
        if parameterChild[Int(node)] >= 0 { return parameterChild[Int(node)] }
        let child = appendNode()
        parameterChild[Int(node)] = child
        return child
    }

    private mutating func insertLiteral(_ label: [UInt8], under node: Int32) -> Int32 {
        let hash = label.reduce(PathSegment.emptyHash, PathSegment.hash)
        if let child = child(of: node, label.span, hash: hash) { return child }
        let edge = Edge(
            node: node, hash: hash, child: appendNode(), labelStart: Int32(labels.count),
            labelCount: Int32(label.count))
        labels += label
        edgeCount += 1
        if edgeCount * 2 > edges.count {
            let old = edges
            edges = [Edge](repeating: Edge(), count: old.count * 2)
            for edge in old where edge.node >= 0 { place(edge) }
        }
        place(edge)
        return edge.child
    }

    private mutating func place(_ edge: Edge) {
        let mask = edges.count - 1
        var place = RouteTrie.place(edge.node, edge.hash) & mask
        while edges[place].node >= 0 { place = (place + 1) & mask }
        edges[place] = edge
    }

    private mutating func appendNode() -> Int32 {
        parameterChild.append(-1)
        return Int32(parameterChild.count - 1)
    }
}
