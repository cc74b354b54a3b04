/// Looks through escapes of escapes (`%252F`): what a second or third decoding would make of a segment.
///
/// The appliance decodes an id once, but not every component on the way can be trusted to, so nothing that any
/// number of decodings turns into a separator, a dot segment or a control byte is carried.
enum NestedEscapes {
    /// Decodings that are followed before the segment is refused for its depth.
    static let maximumDepth = 8

    /// Examines canonical bytes `range` of the output; `scratch` is at least as long as the range.
    @inline(never)
    static func refusal(
        of writer: borrowing TargetWriter, from start: Int, scratch: inout [UInt8]
    ) -> TargetRefusal? {
        var count = 0
        for index in start..<writer.count {
            scratch[count] = writer[index]
            count &+= 1
        }
        // The first decoding has been examined byte by byte while it was read.
        _ = decode(&scratch, &count)
        for _ in 0..<maximumDepth {
            guard decode(&scratch, &count) else { return nil }
            if let refusal = inspect(scratch.span, count) { return refusal }
        }
        return .nestedEscapes
    }

    /// Decodes every valid escape once, in place. False when there is none.
    private static func decode(_ bytes: inout [UInt8], _ count: inout Int) -> Bool {
        var read = 0
        var written = 0
        var isChanged = false
        while read < count {
            if bytes[read] == 0x25, let value = TargetBytes.escaped(bytes.span, at: read, limit: count) {
                bytes[written] = value
                read &+= 3
                isChanged = true
            } else {
                bytes[written] = bytes[read]
                read &+= 1
            }
            written &+= 1
        }
        count = written
        return isChanged
    }

    private static func inspect(_ bytes: borrowing Span<UInt8>, _ count: Int) -> TargetRefusal? {
        var dots = 0
        for index in 0..<count {
            let byte = bytes[index]
            let next = index &+ 1 < count ? bytes[index &+ 1] : 0
            switch byte {
            case 0x2F, 0x5C: return .encodedSlash
            case 0x00...0x1F, 0x7F: return .encodedControl
            case 0x2E: dots &+= 1
            // Leads of overlong forms: a lax decoder reads C0 AF as a slash.
            case 0xC0, 0xC1: return .invalidUTF8
            case 0xE0 where next >= 0x80 && next < 0xA0: return .invalidUTF8
            case 0xF0 where next >= 0x80 && next < 0x90: return .invalidUTF8
            default: break
            }
        }
        if dots == count { return .dotSegment }
        let last = count > 0 ? bytes[count &- 1] : 0
        if last == 0x2E || last == 0x20 { return .trailingDotOrSpace }
        return count == 1 && last == 0x2D ? .dashIdentifier : nil
    }
}
