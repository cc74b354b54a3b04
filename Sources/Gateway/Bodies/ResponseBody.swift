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
///
/// An object serves the answers of one connection one after the other. A class, because a part that is changed in place
/// within another object's property would have every use of that property checked for exclusive access at run time.
final class ResponseBody {
    /// The output is worth another step when it has that much room.
    private static let leastRoom = 1_024

    private var decoder = BodyDecoder(framing: .none, limits: HTTPLimits())
    /// Every byte of the appliance's body was seen.
    private var isDecoded = true
    private var coding: ResponseCoding?
    private(set) var redaction: ResponseRedaction?
    /// Notes the secrets that pass in clear.
    private(set) var exposures: ResponseExposures?
    private var framing = OutgoingFraming.settled
    /// Payload of the appliance, and what goes to the client, in bytes.
    private var received: UInt64 = 0
    private(set) var passed: UInt64 = 0
    private(set) var isEnd = true

    /// Begins with an answer that has no body of any kind.
    func begin(limits: HTTPLimits) { begin(.none, limits: limits, framing: .settled) }

    /// Begins with another answer.
    ///
    /// - Parameters:
    ///   - framing: How the client's body is framed.
    ///   - coding: What the appliance has compressed it with, unasked.
    func begin(
        _ upstream: BodyFraming, limits: HTTPLimits, framing: OutgoingFraming, redaction: ResponseRedaction? = nil,
        coding: ResponseCoding? = nil, exposures: ResponseExposures? = nil
    ) {
        let decoder = BodyDecoder(framing: upstream, limits: limits)
        self.decoder = decoder
        isDecoded = decoder.isEnd
        self.coding = coding
        self.redaction = redaction
        self.exposures = exposures
        self.framing = framing
        received = 0
        passed = 0
        // A head that frames an empty body is all there is.
        isEnd = !framing.isPending && isDecoded
    }

    /// Compressed bytes wait for room in the output.
    var hasKept: Bool { coding.map { !$0.isEmpty } ?? false }

    var redactedCount: Int { redaction?.count ?? 0 }
    var revealedCount: UInt32 { exposures?.count ?? 0 }

    /// The output must be emptied before more can be moved.
    static func isFull(_ output: ByteBuffer) -> Bool { output.room < OutgoingFraming.reserve + leastRoom }

    /// Moves what there is, as far as the output has room. `isEnd` says whether that was all of the body.
    func move(from input: ByteBuffer, to output: ByteBuffer) throws(ResponseBodyError) {
        while !isEnd, !Self.isFull(output) {
            let chunkStart = framing.openChunk(in: output)
            let moved = try moveRun(from: input, to: output)
            framing.closeChunk(from: chunkStart, in: output)
            if isDecoded, coding?.isEmpty ?? true { try finish(in: output) } else if !moved { return }
        }
    }

    /// The appliance closed the connection.
    func end(in output: ByteBuffer) throws(ResponseBodyError) {
        guard !isEnd else { return }
        do { try decoder.end() } catch { throw .framing(error) }
        isDecoded = true
        // What is left to be decoded goes out as the client takes it.
        if coding?.isEmpty ?? true { try finish(in: output) }
    }

    /// The body does not fit as a whole, or does not come at once.
    ///
    /// - Parameter asChunks: False for a client that knows no chunks: only closing can end the body.
    func stream(in output: ByteBuffer, asChunks: Bool) {
        framing = framing.streamed(in: output, asChunks: asChunks)
    }

    // MARK: Steps

    /// One run of payload; false when nothing moved.
    private func moveRun(from input: ByteBuffer, to output: ByteBuffer) throws(ResponseBodyError) -> Bool {
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
    private func moveCoded(
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

    private func decode(_ input: ByteBuffer, atMost limit: Int) throws(ResponseBodyError) -> BodyStep {
        do {
            let step = try decoder.next(input.span.extracting(first: min(limit, input.count)))
            received += UInt64(step.payload.count)
            isDecoded = step.isEnd
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

    private func finish(in output: ByteBuffer) throws(ResponseBodyError) {
        isEnd = true
        // No bytes hold no secret; they are no JSON either.
        if received > 0 {
            do throws(InflateError) { try coding?.finish() } catch { throw .coding(error) }
            do throws(RedactionError) { try redaction?.finish() } catch { throw .redaction(error) }
            exposures?.finish()
        }
        framing = framing.finished(in: output, length: passed)
    }
}
