import AccessControl
import HTTPWire
import Transport

/// How far a request has come on its way to the appliance.
struct RequestProgress {
    /// Head and body as they go out; what a request without a body has sent stays, so that it can be sent again.
    var buffer: ByteBuffer?
    /// Bytes of the buffer that are sent.
    var sent = 0
    private(set) var framing = BodyFraming.none
    /// Every byte from the client was seen.
    var isComplete = true
    /// All is sent, and the answer is waited for.
    var isAwaited = false
    /// The appliance takes no more of it.
    var isBroken = false
    /// Payload from the client, in bytes.
    var received: UInt64 = 0
    /// What had been received when the present stretch of `body_idle` began; nil: the client is not waited for.
    var receivedBefore: UInt64?

    init() {}

    init(_ head: RequestHead) {
        framing = head.framing
        isComplete = head.framing.isEmpty
    }

    /// Goes out from its first byte, perhaps not for the first time.
    mutating func beginSending() {
        sent = 0
        isAwaited = false
        isBroken = false
    }

    var hasBody: Bool { !framing.isEmpty }
    var isChunked: Bool { framing == .chunked }
}

extension Exchange {
    /// Chunk head, chunk end and last chunk.
    private static let chunkReserve = 32
    /// Reading more is worth it when the buffer has that much room.
    private static let leastRoom = 1_024

    /// Sends what there is of the request, and reads on from the client as the appliance takes it.
    func sendRequest() {
        while let connection = lease?.connection, let buffer = request.buffer, !request.isBroken {
            let rest = buffer.count - request.sent
            if rest == 0 {
                if request.isComplete { return requestSent(connection) }
                buffer.removeAll()
                request.sent = 0
                expectBody()
                connection.setDeadline(after: 0)
                client?.readBody()
                guard lease != nil, !buffer.isEmpty else { return }
                continue
            }
            guard connection.isWritable else { return takeMore(connection) }
            switch connection.write(buffer.span.extracting(request.sent...)) {
            case .bytes(let count):
                connection.setDeadline(after: gate.configuration.timeouts.write)
                request.sent += count
            case .wouldBlock: return takeMore(connection)
            case .failed:
                // The appliance may have answered before it closed: what it said is read, and decides.
                request.isBroken = true
            }
        }
    }

    /// The appliance does not take more at the moment; the client's bytes wait where they are.
    private func takeMore(_ connection: UpstreamConnection) {
        guard !request.isComplete else { return }
        request.receivedBefore = nil
        arm(after: 0)
    }

    /// From now on the client has to send at its pace.
    private func expectBody() {
        guard request.receivedBefore == nil else { return }
        request.receivedBefore = request.received
        arm(after: gate.configuration.timeouts.bodyIdle)
    }

    /// A stretch is over: true when enough came in it, and the next one has begun.
    func keepsPace() -> Bool {
        guard let before = request.receivedBefore else { return false }
        let timeouts = gate.configuration.timeouts
        let wanted = max(1, UInt64(timeouts.bodyRate) * timeouts.bodyIdle / 1_000)
        guard request.received - before >= wanted else { return false }
        request.receivedBefore = nil
        expectBody()
        return true
    }

    private func requestSent(_ connection: UpstreamConnection) {
        guard phase == .forwarding, !request.isAwaited else { return }
        request.isAwaited = true
        request.receivedBefore = nil
        arm(after: 0)
        connection.setDeadline(after: gate.configuration.settings.upstream.responseTimeout)
    }

    /// More of the body can be taken.
    var wantsBody: Bool {
        guard !request.isComplete, let buffer = request.buffer else { return false }
        return buffer.room >= Self.chunkReserve + Self.leastRoom
    }

    /// Moves body bytes of the client into the request.
    ///
    /// - Returns: False when the exchange is over for it.
    func takeBody(_ input: ByteBuffer, _ decoder: inout BodyDecoder) -> Bool {
        while !decoder.isEnd, !input.isEmpty, wantsBody, let buffer = request.buffer {
            let step: BodyStep
            do {
                step = try decoder.next(input.span.extracting(first: min(input.count, buffer.room - Self.chunkReserve)))
            } catch {
                bodyRefused(ReasonCode(requestBody: error))
                return false
            }
            guard step.consumed > 0 else { break }
            request.received += UInt64(step.payload.count)
            guard request.received <= gate.configuration.limits.body else {
                bodyRefused(.bodyTooLarge)
                return false
            }
            append(input.span.extracting(step.payload), to: buffer)
            input.consume(step.consumed)
        }
        if decoder.isEnd, !request.isComplete {
            request.isComplete = true
            if request.isChunked { request.buffer?.appendLastChunk() }
        }
        return true
    }

    private func append(_ payload: Span<UInt8>, to buffer: ByteBuffer) {
        guard payload.count > 0 else { return }
        if request.isChunked { buffer.appendChunkHead(payload.count) }
        buffer.append(payload)
        if request.isChunked { buffer.appendChunkEnd() }
    }

    /// The client's body is not what it should be. The appliance has only a part of it, and never gets an end.
    func bodyRefused(_ reason: ReasonCode) {
        switch phase {
        case .over: break
        case .decided, .recordingIntent, .waitingForUpstream, .forwarding, .collecting:
            client?.closeAfterAnswer()
            refuse(Refusal(reason))
        // The appliance has begun to answer, but gives no end to a request that has none.
        case .recordingOutcome, .answering: cut(reason)
        }
    }

    func dropRequest() {
        guard let buffer = request.buffer else { return }
        request.buffer = nil
        lane.returnBuffer(buffer)
    }
}
