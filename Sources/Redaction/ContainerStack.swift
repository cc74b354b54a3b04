/// The arrays and objects that are open: one bit each, in line.
struct ContainerStack {
    enum Container: UInt8 {
        /// Outside of the outermost.
        case none
        case array, object
    }

    private(set) var depth = 0
    /// The innermost.
    private(set) var top = Container.none
    /// Bit n of the whole: container n (from the outermost) is an object.
    private var bits: InlineArray<16, UInt64> = .init(repeating: 0)

    /// Precondition: `depth` < `RedactionLimits.maximumDepth`.
    @inline(__always)
    mutating func push(_ container: Container) {
        let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: depth & 63)
        if container == .object { bits[depth >> 6] |= bit } else { bits[depth >> 6] &= ~bit }
        depth += 1
        top = container
    }

    /// Precondition: `depth` > 0.
    @inline(__always)
    mutating func pop() {
        depth -= 1
        guard depth > 0 else {
            top = .none
            return
        }
        let below = depth - 1
        top = bits[below >> 6] >> UInt64(truncatingIfNeeded: below & 63) & 1 == 1 ? .object : .array
    }
}
