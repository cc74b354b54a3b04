import AccessControl
import Compression
import HTTPWire
import Redaction
import Transport

/// What the decision says about the answer, and how far it has come.
struct ResponseProgress {
    /// Rules that mask for this caller, and those that an explicit scope released it from.
    private(set) var protected: UInt64 = 0
    private(set) var revealed: UInt64 = 0
    /// The object that is asked for, where secrets are revealed: the operation's controller, and the last number of the
    /// path.
    var controller = ""
    var identifier: [UInt8] = []
    /// The operation answers with files too.
    private(set) var givesFiles = false
    /// A byte of the answer has come.
    var hasBegun = false
    var interimCount = 0
    /// Microseconds of the lane's clock at which the request began to go out.
    var askedAt: UInt64 = 0
    /// The appliance keeps the connection open.
    var keepsAlive = false
    /// Its first bytes are here, and how long it is collected is settled.
    var isCollected = false
    /// Bytes left before the answer was complete: a completion record follows.
    var isStreamed = false
    /// Secrets that the request has brought so far: the answer to a caller who may not see them repeats none. The answer
    /// may come while the request is still being read; the appliance gets nothing of a secret that is not here.
    var echoes: SubmittedSecrets?

    init() {}

    init(_ permit: borrowing Permit, givesFiles: Bool) {
        protected = permit.protected
        revealed = permit.revealed
        self.givesFiles = givesFiles
    }

    var isProtected: Bool { protected != 0 }
    var mayHoldSecrets: Bool { protected | revealed != 0 }
}

extension Exchange {
    /// Reads of one connection before others have their turn.
    private static let fairReads = 16
    /// Interim answers (1xx) before the final one.
    private static let interimLimit = 8
    /// Milliseconds that an incomplete answer is collected before it goes out as it comes.
    private static let patience: UInt64 = 250

    /// The connection to the appliance can be read or written again.
    func upstreamReady() {
        sendRequest()
        receiveResponse()
    }

    /// Reads and moves on what there is of the answer.
    func receiveResponse() {
        var reads = 0
        while let connection = lease?.connection {
            if connection.hasInput || body.hasKept {
                guard understand(connection) else { return }
                // A head needs no output yet.
                if phase != .forwarding, ResponseBody.isFull(output) { break }
            }
            guard connection.isReadable, isReading else { break }
            guard reads < Self.fairReads else {
                lane.revisit(connection)
                break
            }
            reads += 1
            switch connection.receive() {
            case .bytes:
                response.hasBegun = true
                continue
            case .wouldBlock: break
            case .end: return upstreamEnded(connection)
            case .failed: return upstreamFailed(.closed)
            }
            break
        }
        lease?.connection.keepInput()
        waitForUpstream()
    }

    /// The answer can be moved on. While its outcome is being recorded, the appliance's bytes wait where they are.
    private var isReading: Bool { phase == .forwarding || phase == .collecting || phase == .answering }

    /// The client's output; full when there is no client.
    private var output: ByteBuffer { client?.output ?? gate.noOutput }

    /// Sets the deadline for what the appliance owes next.
    private func waitForUpstream() {
        guard let connection = lease?.connection else { return }
        switch phase {
        case .collecting where response.isCollected: break
        case .collecting:
            // Once: an answer in drops would be collected for as long as they fall.
            response.isCollected = true
            connection.setDeadline(after: Self.patience)
        case .answering:
            // While the client takes nothing, nothing is expected of the appliance.
            let isBlocked = ResponseBody.isFull(output)
            connection.setDeadline(after: isBlocked ? 0 : gate.configuration.settings.upstream.bodyTimeout)
        case .recordingOutcome, .recordingExposures: connection.setDeadline(after: 0)
        case .over, .decided, .recordingIntent, .waitingForUpstream, .forwarding: break
        }
    }

    /// False when the connection is no longer this exchange's.
    private func understand(_ connection: UpstreamConnection) -> Bool {
        while phase == .forwarding {
            guard let isWhole = readHead(connection) else { return false }
            guard isWhole else { return true }
        }
        guard phase == .collecting || phase == .answering else { return true }
        let input = connection.input
        let output = self.output
        var wasFull: Bool
        repeat {
            do {
                try body.move(from: input, to: output)
            } catch {
                bodyFailed(error)
                return false
            }
            if body.isEnd {
                responseComplete(connection)
                return false
            }
            wasFull = ResponseBody.isFull(output)
            guard phase == .answering else {
                if wasFull { stream() }
                return true
            }
            if holdForExposures() { return true }
            guard client?.flushOutput() != .lost else { return false }
            // What had no room has some now, and nothing else may come that would move it.
        } while wasFull && !ResponseBody.isFull(output)
        return true
    }

    /// Reads one head: true when it was one, final or interim; nil when the connection is lost.
    private func readHead(_ connection: UpstreamConnection) -> Bool? {
        let head = gate.responseHead
        let input = connection.input
        let length: Int
        do {
            guard let read = try connection.parser.parse(input.span, answering: facts.method, into: head) else {
                return false
            }
            length = read
        } catch {
            upstreamFailed(.malformedHead(error))
            return nil
        }
        if head.isInterim {
            // 100 and 103 are between this gateway and the appliance; the client got its own 100 (Continue).
            input.consume(length)
            response.interimCount += 1
            guard response.interimCount <= Self.interimLimit else {
                upstreamFailed(.tooManyInterim)
                return nil
            }
            return !input.isEmpty
        }
        pool.answered(connection)
        guard openResponse(head, input.span) else { return nil }
        input.consume(length)
        return true
    }

    /// Judges the head of the answer and writes the client's; false when the answer is not passed on.
    private func openResponse(_ head: ResponseHead, _ bytes: Span<UInt8>) -> Bool {
        facts.upstreamStatus = head.status
        facts.upstreamMicroseconds = lane.time.microseconds - response.askedAt
        if request.isComplete { dropRequest() }
        if head.status == 401 {
            guard request.forwardsCredential else {
                upstreamFailed(.credentialRefused(key: request.boundKey))
                return false
            }
            countRefusedCredential()
        }
        if fieldsRepeatSecrets(head, bytes) {
            withhold(.responseWithheld, "a field of the answer repeats a secret of the request")
            return false
        }
        let handling = bodyHandling(head, bytes)
        if case .withheld(let detail) = handling {
            withhold(.responseWithheld, detail.description)
            return false
        }
        guard let client else { return false }
        let output = client.openOutput()
        response.keepsAlive = head.keepAlive
        facts.status = head.status
        let isWritten = DownstreamResponseHead(
            head: head, bytes: bytes, exchange: facts.exchange, mayHoldSecrets: response.mayHoldSecrets,
            isProtected: response.isProtected, passesCookies: gate.configuration.passesCookies, origin: origin,
            listenerFields: client.listenerFields
        ).write(to: output, at: lane.time.seconds) && client.writePersistence(to: output)
            && frame(head, bytes, handling, in: output)
        guard isWritten else {
            upstreamFailed(.headTooLarge)
            return false
        }
        phase = .collecting
        return true
    }

    /// A field that would be passed on holds what the caller may not get back.
    private func fieldsRepeatSecrets(_ head: ResponseHead, _ bytes: Span<UInt8>) -> Bool {
        guard response.isProtected, let echoes = response.echoes, !echoes.isEmpty else { return false }
        let fields = head.fields
        for index in 0..<fields.count {
            let field = fields[index]
            guard !field.isHopByHop, ProtectedExchange.treatment(ofResponseField: field.id) == .forward else { continue }
            if echoes.areRepeated(inText: bytes[field.value]) || echoes.areRepeated(inText: bytes[field.name]) { return true }
        }
        return false
    }

    // MARK: Bodies

    private enum BodyHandling {
        case none
        case unchanged
        case redacted(ContentCoding?)
        case withheld(StaticString)
    }

    private func bodyHandling(_ head: ResponseHead, _ bytes: Span<UInt8>) -> BodyHandling {
        if response.isProtected, ProtectedExchange.isWithheld(status: head.status) {
            return .withheld("a part of a document, or a statement about one, cannot be redacted")
        }
        if head.framing == .none { return .none }
        guard response.isProtected, head.framing != .length(0) else { return .unchanged }
        let isJSON = head.contentTypeCount == 1
            && MediaKinds.announced(by: head.contentType, in: bytes) == .json
        guard isJSON else {
            // A file is what such an operation is there for, and its scope needs a grant of its own.
            if response.givesFiles, head.contentTypeCount == 1 { return .unchanged }
            return .withheld("the body is not announced as application/json in UTF-8")
        }
        if let echoes = response.echoes {
            guard echoes.missedCount == 0 else { return .withheld("the request brought too many secrets") }
        }
        switch head.contentEncodingCount {
        case 0: return .redacted(nil)
        case 1 where bytes[head.contentEncoding].equalsIgnoringCase("identity"): return .redacted(nil)
        case 1:
            guard let coding = ResponseCoding.named(bytes[head.contentEncoding]) else {
                return .withheld("a body of this Content-Encoding cannot be redacted")
            }
            return .redacted(coding)
        default: return .withheld("a body that is coded several times cannot be redacted")
        }
    }

    /// Writes the framing of the client's body and the end of the head.
    private func frame(_ head: ResponseHead, _ bytes: Span<UInt8>, _ handling: BodyHandling, in output: ByteBuffer) -> Bool {
        let limits = gate.configuration.limits.response
        switch handling {
        case .withheld: return false
        case .none:
            body.begin(limits: limits)
            // What a GET would have had; of a redacted body nobody knows it.
            if facts.method == .head, !response.isProtected, let count = head.contentLength {
                guard output.appendField("Content-Length", decimal: count) else { return false }
            }
            return output.appendHeadEnd()
        case .unchanged:
            let exposures = exposures(of: head, bytes, isDecoded: false)
            if case .length(let count) = head.framing {
                body.begin(head.framing, limits: limits, framing: .settled, exposures: exposures)
                return output.appendField("Content-Length", decimal: count) && output.appendHeadEnd()
            }
            guard let framing = OutgoingFraming.pending(in: output) else { return false }
            body.begin(head.framing, limits: limits, framing: framing, exposures: exposures)
            return true
        case .redacted(let coding):
            let exposures = exposures(of: head, bytes, isDecoded: coding != nil)
            guard let framing = OutgoingFraming.pending(in: output) else { return false }
            let configuration = gate.configuration
            let redaction = gate.borrowRedaction()
            redaction.begin(
                rules: configuration.rules, active: RuleMask(rawValue: response.protected),
                limits: configuration.settings.redaction.limits, echoes: response.echoes)
            var decoding: ResponseCoding?
            if let coding {
                decoding = ResponseCoding(coding, lane: lane)
                guard decoding != nil else { return false }
            }
            body.begin(
                head.framing, limits: limits, framing: framing, redaction: redaction, coding: decoding,
                exposures: exposures)
            return true
        }
    }

    /// The answer does not fit as a whole, or does not come at once: it goes out as it comes.
    private func stream() {
        response.isStreamed = true
        guard let client else { return }
        body.stream(in: output, asChunks: client.takesChunks)
        if !client.takesChunks { client.endAnswerByClosing(in: output) }
        countBody()
        recordOutcome()
    }

    private func responseComplete(_ connection: UpstreamConnection) {
        countBody()
        connection.keepInput()
        let isReusable = response.keepsAlive && request.isComplete && request.buffer.map { $0.count == request.sent } ?? true
            && !connection.hasKeptInput && !request.isBroken
        lease = nil
        if isReusable { pool.giveBack(connection) } else { connection.abandon() }
        switch phase {
        case .collecting: recordOutcome()
        case .answering: if !holdForExposures(), client?.flushOutput() == .drained { outputDrained() }
        case .over, .decided, .recordingIntent, .waitingForUpstream, .forwarding, .recordingOutcome,
            .recordingExposures:
            break
        }
    }

    func countBody() {
        facts.bytesOut = body.passed
        facts.redacted = UInt32(clamping: body.redactedCount)
        facts.revealed = body.revealedCount
    }

    // MARK: Failures

    private func upstreamEnded(_ connection: UpstreamConnection) {
        if phase == .forwarding {
            if retry() { return }
            return upstreamFailed(.closed)
        }
        response.keepsAlive = false
        do { try body.end(in: output) } catch { return bodyFailed(error) }
        guard body.isEnd else {
            // The last compressed bytes wait until their text has room.
            if phase == .collecting { stream() }
            return connection.keepInput()
        }
        responseComplete(connection)
    }

    func upstreamDeadlinePassed() {
        switch phase {
        // Slow, but not too slow: what is there goes out.
        case .collecting where !response.isStreamed: stream()
        case .forwarding, .collecting, .answering, .waitingForUpstream: upstreamFailed(.timeout)
        case .over, .decided, .recordingIntent, .recordingOutcome, .recordingExposures: break
        }
    }

    private func bodyFailed(_ error: ResponseBodyError) {
        switch error {
        case .framing(let error): upstreamFailed(.malformedBody(error))
        case .coding(let error): withhold(.responseWithheld, "the compressed body cannot be decoded: \(error)")
        case .redaction(let error): withhold(.redactionFailed, error.reason.rawValue)
        }
    }

    func upstreamFailed(_ failure: UpstreamFailure) {
        if case .closed = failure, retry() { return }
        if failure.isFault, phase == .forwarding, request.isAwaited, let connection = lease?.connection {
            pool.faulted(connection)
        }
        gate.report(failure)
        withhold(failure.reason, failure.detail.description)
    }

    /// Nothing of the appliance's answer is passed on, or nothing more of it.
    private func withhold(_ reason: ReasonCode, _ detail: String) {
        entry?.set(.detail, detail)
        switch phase {
        case .over: break
        case .decided, .recordingIntent, .waitingForUpstream, .forwarding, .collecting:
            refuse(Refusal(reason))
        case .recordingOutcome, .recordingExposures, .answering: cut(reason)
        }
    }

    func dropUpstream() {
        guard let lease = lease.take() else { return }
        lease.connection.dropInput()
        lease.connection.abandon()
    }
}
