/// Why a body is refused or cut short.
package enum BodyError: Error, Equatable, Sendable {
    /// Not hexadecimal digits, or more than 63 bits.
    case invalidChunkSize
    /// A line end or a byte that cannot be where it is.
    case malformedChunk
    /// A chunk-size line or all extensions of a body are over their limit.
    case chunkExtensionTooLarge
    case malformedTrailer
    case trailerTooLarge
    /// The peer closed before the framed end.
    case prematureEnd

    /// A stable name for logs, metrics and audit records.
    package var reason: StaticString {
        switch self {
        case .invalidChunkSize: "invalid_chunk_size"
        case .malformedChunk: "malformed_chunk"
        case .chunkExtensionTooLarge: "chunk_extension_too_large"
        case .malformedTrailer: "malformed_trailer"
        case .trailerTooLarge: "trailer_too_large"
        case .prematureEnd: "premature_end"
        }
    }
}

/// What one look at body bytes yielded.
@frozen @usableFromInline package struct BodyStep: Equatable, Sendable {
    /// Bytes done with, framing and payload: consume these.
    @usableFromInline package var consumed: Int
    /// The payload among them, at most one run; may be empty.
    @usableFromInline package var payload: Range<Int>
    /// The body is complete; what follows belongs to the next message.
    @usableFromInline package var isEnd: Bool

    @inlinable package init(consumed: Int, payload: Range<Int>, isEnd: Bool) {
        self.consumed = consumed
        self.payload = payload
        self.isEnd = isEnd
    }
}
