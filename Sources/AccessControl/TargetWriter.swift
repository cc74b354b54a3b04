/// Writes the canonical form of a target into storage of fixed size.
struct TargetWriter: ~Copyable, ~Escapable {
    private var out: MutableSpan<UInt8>
    private(set) var count = 0

    @_lifetime(copy out)
    init(_ out: consuming MutableSpan<UInt8>) { self.out = out }

    /// What has been written.
    subscript(index: Int) -> UInt8 { out[index] }

    /// What has been written from `start` on.
    @_lifetime(borrow self)
    func written(from start: Int) -> Span<UInt8> { out.span.extracting(start..<count) }

    @inline(__always)
    @_lifetime(self: copy self)
    mutating func append(_ byte: UInt8) throws(TargetRefusal) {
        guard count < out.count else { throw .tooManyBytes }
        out[count] = byte
        count &+= 1
    }

    /// `%` and two upper-case digits.
    @_lifetime(self: copy self)
    mutating func appendEscape(_ byte: UInt8) throws(TargetRefusal) {
        guard count &+ 3 <= out.count else { throw .tooManyBytes }
        out[count] = 0x25
        out[count &+ 1] = TargetBytes.digit(byte >> 4)
        out[count &+ 2] = TargetBytes.digit(byte & 15)
        count &+= 3
    }

    /// Forgets what was written after the first `length` bytes.
    @_lifetime(self: copy self)
    mutating func truncate(to length: Int) { count = min(count, length) }
}
