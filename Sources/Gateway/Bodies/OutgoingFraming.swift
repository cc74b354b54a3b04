import HTTPWire

/// How a body that the gateway sends on is framed, settled as late as possible.
///
/// What is changed on the way has no known length. It is collected behind its head, in which a place is left for the
/// framing field; when it is whole it gets a Content-Length, and when the buffer is full it goes on in chunks.
struct OutgoingFraming {
    private enum Mode {
        /// The head says it, or there is no body.
        case settled
        /// The head waits for its framing field at this offset.
        case pending(Int)
        case chunked
    }

    /// Bytes to be kept free in a buffer: chunk head, chunk end, last chunk.
    static let reserve = 96

    private let mode: Mode

    private init(_ mode: Mode) { self.mode = mode }

    static let settled = OutgoingFraming(.settled)
    static let chunked = OutgoingFraming(.chunked)

    /// Appends the place for the framing field, and the end of the head; nil when there is no room.
    ///
    /// Blanks around a value mean nothing (RFC 9112 section 5).
    static func pending(in buffer: ByteBuffer) -> OutgoingFraming? {
        let place = buffer.count
        return buffer.append(pendingLine) ? OutgoingFraming(.pending(place)) : nil
    }

    // Of one length.
    private static let pendingLine: StaticString = "Content-Length:           \r\n\r\n"
    private static let chunkedLine: StaticString = "Transfer-Encoding: chunked\r\n\r\n"
    private static let closeLine: StaticString = "Connection: close         \r\n\r\n"
    /// Of `Content-Length:`, and of the number behind it.
    private static let lengthOffset = 16
    private static let lengthWidth = 10
    /// `0000abcd` and the line end.
    private static let blankChunkHead: StaticString = "00000000\r\n"
    private static let chunkHeadBytes = 10

    /// Nothing of the buffer may leave yet.
    var isPending: Bool {
        switch mode {
        case .pending: true
        case .settled, .chunked: false
        }
    }

    /// The body does not fit as a whole, or does not come at once: how it goes on.
    ///
    /// - Parameter asChunks: False for a peer that knows no chunks: only closing can end the body.
    func streamed(in buffer: ByteBuffer, asChunks: Bool) -> OutgoingFraming {
        guard case .pending(let place) = mode else { return self }
        guard asChunks else {
            buffer.overwrite(Self.closeLine, at: place)
            return .settled
        }
        buffer.overwrite(Self.chunkedLine, at: place)
        let start = place + Self.pendingLine.utf8CodeUnitCount
        let collected = buffer.count - start
        guard collected > 0 else { return .chunked }
        buffer.insert(Self.blankChunkHead, at: start)
        buffer.overwrite(hexadecimal: UInt64(collected), width: 8, at: start)
        buffer.appendChunkEnd()
        return .chunked
    }

    /// The body has ended after `length` bytes: nothing is pending any more.
    func finished(in buffer: ByteBuffer, length: UInt64) -> OutgoingFraming {
        switch mode {
        case .settled: break
        case .chunked: buffer.appendLastChunk()
        case .pending(let place):
            buffer.overwrite(decimal: length, width: Self.lengthWidth, at: place + Self.lengthOffset)
        }
        return .settled
    }

    /// Begins a run of payload; to be closed with the same value.
    func openChunk(in buffer: ByteBuffer) -> Int? {
        guard case .chunked = mode else { return nil }
        buffer.append(Self.blankChunkHead)
        return buffer.count - Self.chunkHeadBytes
    }

    func closeChunk(from start: Int?, in buffer: ByteBuffer) {
        guard let start else { return }
        let count = buffer.count - start - Self.chunkHeadBytes
        guard count > 0 else { return buffer.truncate(to: start) }
        buffer.overwrite(hexadecimal: UInt64(count), width: 8, at: start)
        buffer.appendChunkEnd()
    }
}
