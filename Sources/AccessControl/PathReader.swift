/// One segment of a canonical path.
struct PathSegment {
    /// Where its canonical bytes are.
    var start: Int32 = 0
    var count: Int32 = 0
    /// Of the canonical bytes; the key of the router's edge table.
    var hash = PathSegment.emptyHash
    /// Decimal digits alone, without a leading zero: a whole number of at most 20 digits.
    var isInteger = false
    /// A single `-`.
    var isDash = false
    /// Has a dot that was not escaped: what the appliance would take for the start of a format.
    var hasRawDot = false

    static let emptyHash: UInt32 = 2_166_136_261

    /// FNV-1a over the canonical bytes. The labels in a table are few and fixed, so nobody gains by collisions.
    @inline(__always)
    static func hash(_ hash: UInt32, _ byte: UInt8) -> UInt32 { (hash ^ UInt32(byte)) &* 16_777_619 }
}

/// What is known of a segment while its bytes are read.
struct SegmentState {
    var hash = PathSegment.emptyHash
    var decodedCount = 0
    var dotCount = 0
    var lastByte: UInt8 = 0
    var areDigits = true
    var hasLeadingZero = false
    var hasEscape = false
    /// A percent sign as data: the decoded bytes could hold further escapes.
    var hasPercent = false
    /// Where in the output the last unescaped dot was written; -1: none.
    var rawDot = -1
    var text = UTF8Check()

    /// As many digits as 64 bits need.
    var isInteger: Bool { areDigits && decodedCount <= 20 && !(hasLeadingZero && decodedCount > 1) }

    @inline(__always)
    mutating func note(_ byte: UInt8) {
        if !TargetBytes.isDigit(byte) { areDigits = false }
        if decodedCount == 0 { hasLeadingZero = byte == 0x30 }
        if byte == 0x2E { dotCount &+= 1 }
        decodedCount &+= 1
        lastByte = byte
    }
}

/// Reads the path of a target into its canonical form, one segment at a time.
enum PathReader {
    /// Reads the segment that starts at `position` up to the next `/`, `?` or `limit`, and leaves `position` there.
    ///
    /// `beforeDot` becomes the state just before the last unescaped dot, for a suffix to be taken off.
    @inline(__always)
    @_lifetime(writer: copy writer)
    static func readSegment(
        _ bytes: borrowing Span<UInt8>, from position: inout Int, limit: Int, into writer: inout TargetWriter,
        state: inout SegmentState, beforeDot: inout SegmentState
    ) throws(TargetRefusal) {
        while position < limit {
            let byte = bytes[position]
            if TargetBytes.isPlain(byte) {
                guard state.text.accept(byte) else { throw .invalidUTF8 }
                try writer.append(byte)
                state.hash = PathSegment.hash(state.hash, byte)
                state.note(byte)
                position &+= 1
                continue
            }
            if byte == 0x2F || byte == 0x3F { break }
            try readUnusual(bytes, byte, from: &position, limit: limit, into: &writer, &state, &beforeDot)
        }
        guard state.text.isComplete else { throw .invalidUTF8 }
    }

    @inline(never)
    @_lifetime(writer: copy writer)
    private static func readUnusual(
        _ bytes: borrowing Span<UInt8>, _ byte: UInt8, from position: inout Int, limit: Int,
        into writer: inout TargetWriter, _ state: inout SegmentState, _ beforeDot: inout SegmentState
    ) throws(TargetRefusal) {
        var decoded = byte
        if byte == 0x25 {
            guard let value = TargetBytes.escaped(bytes, at: position, limit: limit) else { throw .invalidEscape }
            decoded = value
            if value == 0x2F || value == 0x5C { throw .encodedSlash }
            if TargetBytes.isControl(value) { throw .encodedControl }
            state.hasEscape = true
            if value == 0x25 { state.hasPercent = true }
            position &+= 3
        } else {
            try refuseRaw(byte)
            position &+= 1
        }
        guard state.text.accept(decoded) else { throw .invalidUTF8 }
        if byte == 0x2E {
            beforeDot = state
            state.rawDot = writer.count
        }
        let written = writer.count
        if TargetBytes.isPlain(decoded) {
            try writer.append(decoded)
        } else {
            try writer.appendEscape(decoded)
        }
        for index in written..<writer.count { state.hash = PathSegment.hash(state.hash, writer[index]) }
        state.note(decoded)
    }

    /// Bytes that never stand for themselves, in a path or a query.
    static func refuseRaw(_ byte: UInt8) throws(TargetRefusal) {
        switch byte {
        case 0x00...0x20, 0x7F: throw .controlByte
        case 0x80...0xFF: throw .nonASCII
        case 0x23: throw .fragment
        case 0x3B: throw .semicolon
        case 0x5C: throw .backslash
        default: break
        }
    }

    /// What a whole segment must not be, once decoded.
    @inline(__always)
    static func check(_ state: SegmentState) throws(TargetRefusal) {
        if state.dotCount == state.decodedCount { throw .dotSegment }
        if state.lastByte == 0x2E || state.lastByte == 0x20 { throw .trailingDotOrSpace }
        if state.decodedCount == 1 && state.lastByte == 0x2D && state.hasEscape { throw .dashIdentifier }
    }
}
