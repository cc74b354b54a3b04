/// Takes the framing off one body, without copying: `next` points at payload in the caller's bytes.
///
/// Chunk extensions and trailer fields are checked, counted against their limits and dropped.
package struct BodyDecoder: Sendable {
    /// Where in the framing the next byte is (RFC 9112 section 7.1).
    private enum State: UInt8 {
        case length, untilClose
        case size, chunkExtension, sizeLF
        case chunk, chunkCR, chunkLF
        case trailerStart, trailerName, trailerValue, trailerLF, lastLF
        case end
    }

    private let limits: HTTPLimits
    private var state: State
    /// Payload bytes still to come where that is known: of the body (length) or of the open chunk (chunked).
    package private(set) var remaining: UInt64
    /// Thrown by every call from now on.
    private var failure: BodyError?
    private var digits = 0
    private var extensionBytes = 0
    private var lineBytes = 0
    private var trailerCount = 0
    private var trailerBytes = 0

    package init(framing: BodyFraming, limits: HTTPLimits) {
        self.limits = limits
        remaining = 0
        switch framing {
        case .none, .length(0): state = .end
        case .length(let count):
            state = .length
            remaining = count
        case .chunked: state = .size
        case .untilClose: state = .untilClose
        }
    }

    /// Every byte of the body was seen. True from the start for an empty body, never for one that ends with the
    /// connection.
    package var isEnd: Bool { state == .end }

    /// Takes framing, one run of payload and the framing after it. Call again with what was not consumed for as
    /// long as `consumed` is not zero and `isEnd` is false. Payload before a malformed byte is still yielded; the
    /// call after that throws.
    package mutating func next(_ bytes: Span<UInt8>) throws(BodyError) -> BodyStep {
        if let failure { throw failure }
        switch state {
        case .end:
            return BodyStep(consumed: 0, payload: 0..<0, isEnd: true)
        case .untilClose:
            return BodyStep(consumed: bytes.count, payload: 0..<bytes.count, isEnd: false)
        case .length:
            let taken = take(bytes.count)
            if remaining == 0 { state = .end }
            return BodyStep(consumed: taken, payload: 0..<taken, isEnd: isEnd)
        default:
            return try nextChunked(bytes)
        }
    }

    /// The peer closed its side. Throws `.prematureEnd` unless the body was complete or framed by the close.
    package mutating func end() throws(BodyError) {
        if let failure { throw failure }
        guard state == .end || state == .untilClose else { throw .prematureEnd }
        state = .end
    }

    private mutating func nextChunked(_ bytes: Span<UInt8>) throws(BodyError) -> BodyStep {
        var payload = 0..<0
        var index = 0
        while index < bytes.count, state != .end {
            guard state == .chunk else {
                do {
                    try takeFraming(bytes[index])
                } catch {
                    failure = error
                    guard !payload.isEmpty else { throw error }
                    break
                }
                index &+= 1
                continue
            }
            guard payload.isEmpty else { break }
            let taken = take(bytes.count &- index)
            payload = index..<index &+ taken
            index &+= taken
            if remaining == 0 { state = .chunkCR }
        }
        return BodyStep(consumed: index, payload: payload, isEnd: isEnd)
    }

    private mutating func take(_ available: Int) -> Int {
        let taken = remaining > UInt64(available) ? available : Int(truncatingIfNeeded: remaining)
        remaining &-= UInt64(taken)
        return taken
    }

    private mutating func takeFraming(_ byte: UInt8) throws(BodyError) {
        switch state {
        case .size, .chunkExtension, .sizeLF: try takeSizeLine(byte)
        case .chunkCR:
            guard byte == 0x0d else { throw .malformedChunk }
            state = .chunkLF
        case .chunkLF:
            guard byte == 0x0a else { throw .malformedChunk }
            state = .size
            digits = 0
            lineBytes = 0
        case .trailerStart, .trailerName, .trailerValue, .trailerLF, .lastLF: try takeTrailer(byte)
        case .length, .untilClose, .chunk, .end: break
        }
    }

    /// `chunk-size [ chunk-ext ] CRLF`: digits straight from the line's start, then either the line end or `;`.
    private mutating func takeSizeLine(_ byte: UInt8) throws(BodyError) {
        switch (state, byte) {
        case (.sizeLF, 0x0a):
            if remaining == 0 {
                state = .trailerStart
            } else {
                state = .chunk
            }
        case (.sizeLF, _):
            throw .malformedChunk
        case (_, 0x0d):
            guard digits > 0 else { throw .invalidChunkSize }
            state = .sizeLF
        case (.size, 0x3b) where digits > 0:
            state = .chunkExtension
            try countExtension()
        case (.size, _):
            guard let value = ASCII.hexadecimalValue(byte) else { throw .invalidChunkSize }
            digits += 1
            // 16 digits fill 64 bits; the last must leave the sign bit of a signed reader alone.
            guard digits <= 16, remaining <= UInt64(Int64.max) >> 4 else { throw .invalidChunkSize }
            remaining = remaining << 4 | UInt64(value)
            try countLine()
        default:
            guard ASCII.isFieldValue(byte) else { throw .malformedChunk }
            try countExtension()
        }
    }

    private mutating func countLine() throws(BodyError) {
        lineBytes += 1
        guard lineBytes <= limits.chunkLineBytes else { throw .chunkExtensionTooLarge }
    }

    private mutating func countExtension() throws(BodyError) {
        try countLine()
        extensionBytes += 1
        guard extensionBytes <= limits.chunkExtensionBytes else { throw .chunkExtensionTooLarge }
    }

    /// Field lines by the grammar of a head's, then the empty line.
    private mutating func takeTrailer(_ byte: UInt8) throws(BodyError) {
        if state == .trailerStart, byte == 0x0d {
            state = .lastLF
            return
        }
        if state == .lastLF {
            guard byte == 0x0a else { throw .malformedTrailer }
            state = .end
            return
        }
        trailerBytes += 1
        guard trailerBytes <= limits.trailerBytes else { throw .trailerTooLarge }
        switch (state, byte) {
        case (.trailerStart, _):
            guard ASCII.isToken(byte) else { throw .malformedTrailer }
            trailerCount += 1
            guard trailerCount <= limits.trailerCount else { throw .trailerTooLarge }
            state = .trailerName
        case (.trailerName, 0x3a):
            state = .trailerValue
        case (.trailerName, _):
            guard ASCII.isToken(byte) else { throw .malformedTrailer }
        case (.trailerValue, 0x0d):
            state = .trailerLF
        case (.trailerValue, _):
            guard ASCII.isFieldValue(byte) else { throw .malformedTrailer }
        default:
            guard byte == 0x0a else { throw .malformedTrailer }
            state = .trailerStart
        }
    }
}
