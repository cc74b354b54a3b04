import AccessControl
import Compression
import HTTPWire
import Redaction

/// Why an answer's body cannot be passed on.
enum ResponseBodyError: Error {
    case framing(BodyError)
    case coding(InflateError)
    case redaction(RedactionError)
}

/// Moves the body of one answer from the appliance's framing into the client's, decoding and masking on the way.
struct ResponseBody: ~Copyable {
    /// The output is worth another step when it has that much room.
    private static let leastRoom = 1_024

    private var decoder: BodyDecoder
    private var coding: ResponseCoding?
    let redaction: ResponseRedaction?
    /// Notes the secrets that pass in clear.
    let exposures: ResponseExposures?
    private var framing: OutgoingFraming
    /// Payload of the appliance, and what goes to the client, in bytes.
    private(set) var received: UInt64 = 0
    private(set) var passed: UInt64 = 0
    private(set) var isEnd: Bool

    /// Without a body of any kind.
    init(limits: HTTPLimits) {
        decoder = BodyDecoder(framing: .none, limits: limits)
        redaction = nil
        exposures = nil
        framing = .settled
        isEnd = true
    }

    /// - Parameters:
    ///   - framing: How the client's body is framed.
    ///   - coding: What the appliance has compressed it with, unasked.
    init(
        _ upstream: BodyFraming, limits: HTTPLimits, framing: OutgoingFraming, redaction: ResponseRedaction? = nil,
        coding: ResponseCoding? = nil, exposures: ResponseExposures? = nil
    ) {
        decoder = BodyDecoder(framing: upstream, limits: limits)
        self.redaction = redaction
        self.exposures = exposures
        self.framing = framing
        self.coding = coding
        // A head that frames an empty body is all there is.
        isEnd = !framing.isPending && decoder.isEnd
    }

    /// Compressed bytes wait for room in the output.
    var hasKept: Bool { coding.map { !$0.isEmpty } ?? false }

    var redactedCount: Int { redaction?.count ?? 0 }
    var revealedCount: UInt32 { exposures?.count ?? 0 }

    /// The output must be emptied before more can be moved.
    static func isFull(_ output: ByteBuffer) -> Bool { output.room < OutgoingFraming.reserve + leastRoom }

    /// Moves what there is, as far as the output has room. `isEnd` says whether that was all of the body.
    mutating func move(from input: ByteBuffer, to output: ByteBuffer) throws(ResponseBodyError) {
        while !isEnd, !Self.isFull(output) {
            let chunkStart = framing.openChunk(in: output)
            let moved = try moveRun(from: input, to: output)
            framing.closeChunk(from: chunkStart, in: output)
            if decoder.isEnd, coding?.isEmpty ?? true { try finish(in: output) } else if !moved { return }
        }
    }

    /// The appliance closed the connection.
    mutating func end(in output: ByteBuffer) throws(ResponseBodyError) {
        guard !isEnd else { return }
        do { try decoder.end() } catch { throw .framing(error) }
        // What is left to be decoded goes out as the client takes it.
        if coding?.isEmpty ?? true { try finish(in: output) }
    }

    /// The body does not fit as a whole, or does not come at once.
    ///
    /// - Parameter asChunks: False for a client that knows no chunks: only closing can end the body.
    mutating func stream(in output: ByteBuffer, asChunks: Bool) { framing.stream(in: output, asChunks: asChunks) }

    // MARK: Steps

    /// One run of payload; false when nothing moved.
    private mutating func moveRun(from input: ByteBuffer, to output: ByteBuffer) throws(ResponseBodyError) -> Bool {
        let room = output.room - OutgoingFraming.reserve
        let before = output.count
        defer { passed += UInt64(output.count - before) }
        if coding != nil { return try moveCoded(from: input, to: output, room: room) }
        guard !input.isEmpty else { return false }
        let step = try decode(input, atMost: redaction == nil ? room : room / ResponseRedaction.growth)
        if !step.payload.isEmpty { try pass(input.span.extracting(step.payload), to: output) }
        input.consume(step.consumed)
        return step.consumed > 0
    }

    /// The appliance's bytes are kept until their text has room.
    private mutating func moveCoded(
        from input: ByteBuffer, to output: ByteBuffer, room: Int
    ) throws(ResponseBodyError) -> Bool {
        var moved = false
        if let space = coding?.room, space > 0, !input.isEmpty {
            let step = try decode(input, atMost: space)
            coding?.keep(input.span.extracting(step.payload))
            input.consume(step.consumed)
            moved = step.consumed > 0
        }
        let decoded: Int
        do throws(InflateError) { decoded = try coding?.decode(atMost: room / ResponseRedaction.growth) ?? 0 } catch {
            throw .coding(error)
        }
        guard decoded > 0, let text = coding?.text else { return moved }
        try pass(text.span.extracting(first: decoded), to: output)
        return true
    }

    private mutating func decode(_ input: ByteBuffer, atMost limit: Int) throws(ResponseBodyError) -> BodyStep {
        do {
            let step = try decoder.next(input.span.extracting(first: min(limit, input.count)))
            received += UInt64(step.payload.count)
            return step
        } catch { throw .framing(error) }
    }

    private func pass(_ payload: Span<UInt8>, to output: ByteBuffer) throws(ResponseBodyError) {
        exposures?.read(payload)
        guard let redaction else {
            output.append(payload)
            return
        }
        do throws(RedactionError) { try redaction.pass(payload, to: output) } catch { throw .redaction(error) }
    }

    private mutating func finish(in output: ByteBuffer) throws(ResponseBodyError) {
        isEnd = true
        // No bytes hold no secret; they are no JSON either.
        if received > 0 {
            do throws(InflateError) { try coding?.finish() } catch { throw .coding(error) }
            do throws(RedactionError) { try redaction?.finish() } catch { throw .redaction(error) }
            exposures?.finish()
        }
        framing.finish(in: output, length: passed)
    }
}
