/// Why a compressed body cannot be decoded. The caller withholds it, or cuts it when bytes have left already.
package enum InflateError: Error, Sendable, Hashable, CaseIterable {
    /// Not what its coding says: a wrong header, block or checksum.
    case malformed
    /// Compressed against a dictionary that nobody has here.
    case dictionaryNeeded
    /// The body ended before its stream did.
    case truncated
    /// Something after the stream: garbage, padding, or a further gzip member. Decoders disagree on what it means.
    case trailingBytes
    /// More than `InflateLimits.outputBytes`.
    case outputLimit
    /// More than `InflateLimits.ratio` times what came in.
    case ratioLimit
    case outOfMemory
}

/// What a compressed body may become.
package struct InflateLimits: Sendable, Hashable {
    /// Bytes of the whole decoded body.
    package var outputBytes: Int
    /// Decoded bytes per compressed byte. Deflate reaches 1032 at most; lists of JSON objects stay below 100.
    package var ratio: Int
    /// Decoded bytes before the ratio is looked at.
    package var ratioGrace: Int

    package init(outputBytes: Int = 1 << 30, ratio: Int = 256, ratioGrace: Int = 1 << 20) {
        self.outputBytes = max(outputBytes, 0)
        self.ratio = max(ratio, 1)
        self.ratioGrace = max(ratioGrace, 0)
    }
}

/// A content coding that can be decoded (RFC 9110 section 8.4.1).
package enum ContentCoding: Sendable, Hashable, CaseIterable {
    /// RFC 1952, with one member.
    case gzip
    /// RFC 1950; the bare stream of RFC 1951, which some servers send under this name, is told by its first bytes.
    case deflate
}

/// One step of decoding.
package struct InflateStep: Sendable, Hashable {
    /// Compressed bytes that are done with.
    package let consumed: Int
    /// Decoded bytes at the start of the output.
    package let produced: Int
}
