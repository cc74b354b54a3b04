import AccessControl
import HTTPWire
import Redaction

/// Why an answer's body cannot be passed on.
enum ResponseBodyError: Error {
    case framing(BodyError)
    case redaction(RedactionError)
}

/// Moves the body of one answer from the appliance's framing into the client's, masking on the way.
///
/// Until the outcome is recorded the body is collected behind the head; only then is it known whether it will have a
/// length or go out in chunks.
struct ResponseBody: ~Copyable {
    /// How the client's body is framed.
    private enum Framing: Equatable {
        /// There is no body, or its framing is in the head already.
        case settled
        /// The head waits for its framing field at this offset.
        case pending(Int)
        case chunked
    }

    /// Bytes that are kept free in the output for framing: fields, chunk head, chunk end, last chunk.
    private static let reserve = 96
    /// `0000abcd` and the line end.
    private static let chunkHeadBytes = 10
    /// The output is worth another step when it has that much room.
    private static let leastRoom = 1_024

    private var decoder: BodyDecoder
    private var redactor: JSONRedactor?
    private var framing: Framing
    /// Payload of the appliance, and what goes to the client, in bytes.
    private(set) var received: UInt64 = 0
    private(set) var passed: UInt64 = 0
    private(set) var isEnd: Bool

    /// Without a body of any kind.
    init(limits: HTTPLimits) {
        decoder = BodyDecoder(framing: .none, limits: limits)
        framing = .settled
        isEnd = true
    }

    /// - Parameter pending: The place from `appendPendingFraming`; nil where the head frames the body already.
    init(_ upstream: BodyFraming, limits: HTTPLimits, redactor: JSONRedactor?, pending: Int?) {
        decoder = BodyDecoder(framing: upstream, limits: limits)
        self.redactor = redactor
        framing = pending.map { .pending($0) } ?? .settled
        // A head that frames an empty body is all there is.
        isEnd = pending == nil && decoder.isEnd
    }

    var redactedCount: Int { redactor?.redactedCount ?? 0 }

    /// The output must be emptied before more can be moved.
    static func isFull(_ output: ByteBuffer) -> Bool { output.room < reserve + leastRoom }

    /// Moves what there is, as far as the output has room. `isEnd` says whether that was all of the body.
    mutating func move(from input: ByteBuffer, to output: ByteBuffer) throws(ResponseBodyError) {
        while !isEnd, !input.isEmpty, !Self.isFull(output) {
            let chunkStart = openChunk(in: output)
            let moved = try moveRun(from: input, to: output)
            closeChunk(from: chunkStart, in: output)
            if decoder.isEnd { try finish(in: output) } else if !moved { return }
        }
    }

    /// The appliance closed the connection.
    mutating func end(in output: ByteBuffer) throws(ResponseBodyError) {
        guard !isEnd else { return }
        do { try decoder.end() } catch { throw .framing(error) }
        try finish(in: output)
    }

    /// The body does not fit as a whole: settles how it goes on, before the first byte leaves.
    ///
    /// - Parameter asChunks: False for a client that knows no chunks: only closing can end the body.
    mutating func stream(in output: ByteBuffer, asChunks: Bool) {
        guard case .pending(let place) = framing else { return }
        guard asChunks else {
            framing = .settled
            output.overwrite(Self.closeLine, at: place)
            return
        }
        framing = .chunked
        output.overwrite(Self.chunkedLine, at: place)
        let start = place + Self.pendingLine.utf8CodeUnitCount
        let collected = output.count - start
        guard collected > 0 else { return }
        output.insert(Self.blankChunkHead, at: start)
        output.overwrite(hexadecimal: UInt64(collected), width: 8, at: start)
        output.appendChunkEnd()
    }

    /// Appends the place for the field that frames the body, and the end of the head; it is filled in when it is known
    /// which it will be. Blanks around a value mean nothing (RFC 9112 section 5).
    static func appendPendingFraming(to output: ByteBuffer) -> Int? {
        let place = output.count
        return output.append(pendingLine) ? place : nil
    }

    // Of one length.
    private static let pendingLine: StaticString = "Content-Length:           \r\n\r\n"
    private static let chunkedLine: StaticString = "Transfer-Encoding: chunked\r\n\r\n"
    private static let closeLine: StaticString = "Connection: close         \r\n\r\n"
    /// Of `Content-Length:`, and of the number behind it.
    private static let lengthOffset = 16
    private static let lengthWidth = 10
    private static let blankChunkHead: StaticString = "00000000\r\n"

    // MARK: Steps

    /// One run of payload; false when nothing moved.
    private mutating func moveRun(from input: ByteBuffer, to output: ByteBuffer) throws(ResponseBodyError) -> Bool {
        let room = output.room - Self.reserve
        // A mask can be longer than what it stands for: `"k":1` becomes `"k":"[censored]"`.
        let limit = redactor == nil ? room : room / 4
        let step: BodyStep
        do { step = try decoder.next(input.span.extracting(first: min(limit, input.count))) } catch {
            throw .framing(error)
        }
        if !step.payload.isEmpty {
            received += UInt64(step.payload.count)
            let before = output.count
            try pass(input.span.extracting(step.payload), to: output)
            passed += UInt64(output.count - before)
        }
        input.consume(step.consumed)
        return step.consumed > 0
    }

    private mutating func pass(_ payload: Span<UInt8>, to output: ByteBuffer) throws(ResponseBodyError) {
        guard redactor != nil else {
            output.append(payload)
            return
        }
        var index = 0
        while index < payload.count {
            let rest = payload.extracting(index...)
            do throws(RedactionError) {
                guard let step = try redactor?.next(rest) else { return }
                output.append(rest.extracting(step.pass))
                if step.insertion == .mask { output.append(JSONRedactor.mask) }
                index += step.consumed
            } catch { throw .redaction(error) }
        }
    }

    private mutating func finish(in output: ByteBuffer) throws(ResponseBodyError) {
        isEnd = true
        // No bytes hold no secret; they are no JSON either.
        if received > 0 {
            do throws(RedactionError) { try redactor?.finish() } catch { throw .redaction(error) }
        }
        switch framing {
        case .settled: break
        case .chunked: output.appendLastChunk()
        case .pending(let place):
            framing = .settled
            output.overwrite(decimal: passed, width: Self.lengthWidth, at: place + Self.lengthOffset)
        }
    }

    private func openChunk(in output: ByteBuffer) -> Int? {
        guard framing == .chunked else { return nil }
        output.append(Self.blankChunkHead)
        return output.count - Self.chunkHeadBytes
    }

    private func closeChunk(from start: Int?, in output: ByteBuffer) {
        guard let start else { return }
        let count = output.count - start - Self.chunkHeadBytes
        guard count > 0 else { return output.truncate(to: start) }
        output.overwrite(hexadecimal: UInt64(count), width: 8, at: start)
        output.appendChunkEnd()
    }
}
