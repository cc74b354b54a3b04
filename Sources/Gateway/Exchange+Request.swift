import AccessControl
import HTTPWire
import Redaction
import Transport

/// How far a request has come on its way to the appliance.
struct RequestProgress {
    /// Head and body as they go out; what a request without a body has sent stays, so that it can be sent again.
    var buffer: ByteBuffer?
    /// Bytes of the buffer that are sent.
    var sent = 0
    private(set) var framing = BodyFraming.none
    /// How the appliance gets the body.
    var outgoing = OutgoingFraming.settled
    /// Reads the body on its way; nil where there is nothing to be read.
    var guardian: RequestBodyGuard?
    /// Bytes of the body as the appliance gets it.
    var passed: UInt64 = 0
    /// Every byte from the client was seen.
    var isComplete = true
    /// The client's own credential goes to the appliance, and its verdict on it to the client.
    var forwardsCredential = false
    /// The key whose own credential the appliance sees; 0: another one.
    var boundKey: Int64 = 0
    /// All is sent, and the answer is waited for.
    var isAwaited = false
    /// The appliance takes no more of it.
    var isBroken = false
    /// Payload from the client, in bytes, and how much there may be.
    var received: UInt64 = 0
    var bodyLimit: UInt64 = 0
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
}

extension Exchange {
    /// Reading more is worth it when the buffer has that much room.
    private static let leastRoom = 1_024
    /// Writes of one request before others have their turn: a client and an appliance that are both fast would keep the
    /// lane to themselves, and its clock would stand still.
    private static let fairWrites = 16

    /// Sends what there is of the request, and reads on from the client as the appliance takes it.
    func sendRequest() {
        // All is sent already.
        guard !request.isAwaited else { return }
        var writes = 0
        while let connection = lease?.connection, let buffer = request.buffer, !request.isBroken {
            if request.outgoing.isPending {
                // What may be changed is collected first: the appliance is told a length, if it fits.
                collectBody(connection, buffer)
                if request.outgoing.isPending { return }
                continue
            }
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
            guard writes < Self.fairWrites else { return lane.revisit(connection) }
            writes += 1
            switch connection.write(buffer.span.extracting(request.sent...)) {
            case .bytes(let count):
                connection.setDeadline(after: gate.configuration.timeouts.write)
                request.sent += count
                if count == rest, request.isComplete { return requestSent(connection) }
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
        armForRequest(after: 0)
    }

    /// Sets the deadline for the client's body, unless what is on its way back has one that must not move.
    private func armForRequest(after milliseconds: UInt64) {
        switch phase {
        case .forwarding, .collecting: arm(after: milliseconds)
        case .answering: if client?.stretch == nil { arm(after: milliseconds) }
        case .over, .decided, .recordingIntent, .waitingForUpstream, .recordingOutcome, .recordingExposures: break
        }
    }

    /// From now on the client has to send at its pace.
    private func expectBody() {
        guard request.receivedBefore == nil else { return }
        request.receivedBefore = request.received
        armForRequest(after: gate.configuration.timeouts.bodyIdle)
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

    /// Reads on until the body is whole, or the buffer is full and it has to go out in chunks.
    private func collectBody(_ connection: UpstreamConnection, _ buffer: ByteBuffer) {
        expectBody()
        connection.setDeadline(after: 0)
        client?.readBody()
        guard request.buffer === buffer, request.outgoing.isPending, !wantsBody else { return }
        request.outgoing = request.outgoing.streamed(in: buffer, asChunks: true)
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
        return bodyRoom(buffer) >= Self.leastRoom
    }

    /// Payload that can be taken at once. What a guard has held back comes on top of it.
    private func bodyRoom(_ buffer: ByteBuffer) -> Int {
        let room = buffer.room - OutgoingFraming.reserve
        return request.guardian == nil ? room : room - WriteBackGuard.memberBytes
    }

    /// Moves body bytes of the client into the request.
    ///
    /// - Returns: False when the exchange is over for it.
    func takeBody(_ input: ByteBuffer, _ decoder: inout BodyDecoder) -> Bool {
        while !decoder.isEnd, !input.isEmpty, wantsBody, let buffer = request.buffer {
            let step: BodyStep
            do {
                step = try decoder.next(input.span.extracting(first: min(input.count, bodyRoom(buffer))))
            } catch {
                bodyRefused(ReasonCode(requestBody: error))
                return false
            }
            guard step.consumed > 0 else { break }
            request.received += UInt64(step.payload.count)
            guard request.received <= request.bodyLimit else {
                bodyRefused(.bodyTooLarge)
                return false
            }
            guard append(input.span.extracting(step.payload), to: buffer) else { return false }
            input.consume(step.consumed)
        }
        return !decoder.isEnd || request.isComplete || endBody()
    }

    /// False when the body must not go on.
    private func append(_ payload: Span<UInt8>, to buffer: ByteBuffer) -> Bool {
        guard payload.count > 0 else { return true }
        let chunk = request.outgoing.openChunk(in: buffer)
        let before = buffer.count
        if let guardian = request.guardian {
            do { try guardian.pass(payload, to: buffer) } catch {
                bodyRefused(error)
                return false
            }
        } else {
            buffer.append(payload)
        }
        request.passed += UInt64(buffer.count - before)
        request.outgoing.closeChunk(from: chunk, in: buffer)
        return true
    }

    /// The body is whole; false when it must not go on.
    private func endBody() -> Bool {
        if let guardian = request.guardian {
            do { try guardian.finish() } catch {
                bodyRefused(error)
                return false
            }
            if guardian.droppedCount > 0 {
                entry?.set(.detail, "\(guardian.droppedCount) masked values of the request were left out")
            }
            request.guardian = nil
        }
        request.isComplete = true
        if let buffer = request.buffer {
            request.outgoing = request.outgoing.finished(in: buffer, length: request.passed)
        }
        return true
    }

    private func bodyRefused(_ refusal: RequestBodyRefusal) {
        entry?.set(.detail, refusal.detail)
        bodyRefused(refusal.reason)
    }

    /// The client's body is not what it should be. The appliance has only a part of it, and never gets an end.
    func bodyRefused(_ reason: ReasonCode) {
        switch phase {
        case .over: break
        case .decided, .recordingIntent, .waitingForUpstream, .forwarding, .collecting:
            client?.closeAfterAnswer()
            refuse(Refusal(reason))
        // The appliance has begun to answer, but gives no end to a request that has none.
        case .recordingOutcome, .recordingExposures, .answering: cut(reason)
        }
    }

    func dropRequest() {
        guard let buffer = request.buffer else { return }
        request.buffer = nil
        lane.returnBuffer(buffer)
    }
}
