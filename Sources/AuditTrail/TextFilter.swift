import HTTPWire

/// Makes text of a peer fit for a column: valid UTF-8 without control characters, of bounded length.
enum TextFilter {
    /// Only printable ASCII but no backslash, so that nothing needs a change.
    @inline(__always)
    static func isPlain(_ bytes: Span<UInt8>) -> Bool {
        // Without an early exit the compiler can look at many bytes at once.
        var refused: UInt8 = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            refused |= (byte &- 0x20 > 0x5E ? 1 : 0) | (byte == 0x5C ? 1 : 0)
        }
        return refused == 0
    }

    /// Appends `bytes` with control bytes and invalid UTF-8 as `\xHH` and a backslash doubled; at most `limit`
    /// bytes, a cut being marked by an ellipsis, as it is when the source was not `isWhole`.
    static func append(_ bytes: Span<UInt8>, to buffer: ByteBuffer, limit: Int, isWhole: Bool = true) {
        let limit = min(limit, buffer.room)
        let start = buffer.count
        // The end of the last character after which an ellipsis still fits.
        var markEnd = start
        var index = 0
        while index < bytes.count {
            let length = characterLength(bytes, index)
            let used = buffer.count - start
            let needed = length > 0 ? (bytes[index] == 0x5C ? 2 : length) : 4
            guard used + needed <= limit else { return cut(buffer, to: markEnd, from: start, limit) }
            if length == 0 {
                buffer.append("\\x")
                buffer.append(hexadecimal: UInt64(bytes[index]), width: 2)
                index += 1
            } else {
                if bytes[index] == 0x5C { buffer.append(0x5C) }
                buffer.append(bytes.extracting(index..<index + length))
                index += length
            }
            if buffer.count - start + ellipsisBytes <= limit { markEnd = buffer.count }
        }
        if !isWhole { cut(buffer, to: markEnd, from: start, limit) }
    }

    private static let ellipsisBytes = 3

    private static func cut(_ buffer: ByteBuffer, to end: Int, from start: Int, _ limit: Int) {
        buffer.truncate(to: end)
        if end - start + ellipsisBytes <= limit { buffer.append("…") }
    }

    /// The bytes of the printable character at `index` (RFC 3629); 0 for a control character or invalid UTF-8.
    static func characterLength(_ bytes: Span<UInt8>, _ index: Int) -> Int {
        let first = bytes[index]
        switch first {
        case 0x20...0x7E: return 1
        case 0xC2:
            // U+0080 to U+009F are control characters.
            return follows(bytes, index + 1, 0xA0...0xBF) ? 2 : 0
        case 0xC3...0xDF: return follows(bytes, index + 1, 0x80...0xBF) ? 2 : 0
        case 0xE0...0xEF:
            let second: ClosedRange<UInt8> = first == 0xE0 ? 0xA0...0xBF : first == 0xED ? 0x80...0x9F : 0x80...0xBF
            return follows(bytes, index + 1, second) && follows(bytes, index + 2, 0x80...0xBF) ? 3 : 0
        case 0xF0...0xF4:
            let second: ClosedRange<UInt8> = first == 0xF0 ? 0x90...0xBF : first == 0xF4 ? 0x80...0x8F : 0x80...0xBF
            return follows(bytes, index + 1, second) && follows(bytes, index + 2, 0x80...0xBF)
                && follows(bytes, index + 3, 0x80...0xBF) ? 4 : 0
        default: return 0
        }
    }

    private static func follows(_ bytes: Span<UInt8>, _ index: Int, _ range: ClosedRange<UInt8>) -> Bool {
        index < bytes.count && range.contains(bytes[index])
    }
}
