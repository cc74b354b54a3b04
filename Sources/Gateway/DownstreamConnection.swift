import AccessControl
import AuditTrail
import Cryptography
import HTTPWire
import Transport

/// A client's connection: reads one request after the other, hands each to its exchange, and lets bytes out when the
/// exchange has a receipt for them.
final class DownstreamConnection: PeerConnection {
    enum Phase {
        /// Before the header of the proxy in front.
        case proxyHeader
        /// Between requests, or within the head of one.
        case head
        case exchange
        /// The answer is out, the rest of the request's body is read and dropped.
        case draining
        /// The answer is out and the connection is finished for writing; what still comes is dropped.
        case lingering
    }

    /// How sending went.
    enum Flush: Equatable {
        case drained
        /// The client does not take more at the moment.
        case blocked
        /// The client is gone, and the exchange has been told.
        case lost
    }

    let gate: GatewayLane
    let peer: SocketAddress
    let listener: UInt16
    /// Who the connection comes from; a proxy in front may have said.
    private(set) var client: ClientIdentity

    private var phase: Phase
    private var parser: RequestParser
    private var remembered = RememberedCredential()
    private let exchange: Exchange
    private var body: BodyDecoder
    private var requests = 0
    /// Bytes of a head that is not complete have come.
    private var hasPartialHead = false
    /// What the request's head says about the connection, the answer and the body.
    private var persists = false
    private var waitsForContinue = false
    private(set) var takesChunks = true
    private var isHTTP10 = false
    /// Where the head of the answer says that the connection stays open, which HTTP/1.0 has to be told.
    private var keepAlivePlace = 0
    /// Bytes read and dropped since the answer.
    private var dropped = 0

    /// What is to be sent. Nothing of it leaves before `isReleased`.
    private(set) var output: ByteBuffer?
    private var isReleased = false

    init(gate: GatewayLane, socket: consuming Socket, peer: SocketAddress, listener: UInt16) {
        self.gate = gate
        self.peer = peer
        self.listener = listener
        let limits = gate.configuration.limits
        client = ClientIdentity(peer.ip, port: peer.port)
        phase = gate.configuration.traits(of: listener).proxyProtocol == .off ? .head : .proxyHeader
        parser = RequestParser(limits: limits.request)
        body = BodyDecoder(framing: .none, limits: limits.request)
        exchange = Exchange(gate: gate)
        super.init(lane: gate.lane, socket: socket)
    }

    /// Just accepted.
    func opened() {
        assumeReady()
        setDeadline(after: gate.configuration.timeouts.head)
        ready()
    }

    // MARK: Events

    override func ready() {
        // Nobody is there for an answer, whatever was sent before.
        guard !isBroken else { return lose() }
        if isReleased, let output, !output.isEmpty {
            guard flushOutput() == .drained else { return }
            exchange.outputDrained()
        }
        guard isOpen else { return }
        switch phase {
        case .proxyHeader: readProxyHeader()
        case .head: readHead()
        case .exchange: exchange.sendRequest()
        case .draining, .lingering: dropBody()
        }
    }

    override func deadlinePassed() {
        switch phase {
        case .head where hasPartialHead:
            refuse(Refusal(.requestTimeout), "the head was not complete in time")
        case .proxyHeader, .head, .draining, .lingering: close()
        case .exchange: exchange.deadlinePassed()
        }
    }

    override func failed(errno code: Int32) { lose() }

    override func closed() {
        dropInput()
        dropOutput()
        remembered.forget()
        exchange.clientGone()
        gate.closed(self)
    }

    /// The client is gone.
    private func lose() {
        exchange.clientGone()
        close()
    }

    // MARK: Heads

    /// The first bytes of a connection from a proxy say whose it is. Anybody else is turned away without a word.
    private func readProxyHeader() {
        let traits = gate.configuration.traits(of: listener)
        while isOpen, phase == .proxyHeader {
            do {
                guard traits.trusts(client.address) else { throw ProxyHeaderError.noSignature }
                if let header = try ProxyHeader.parse(input.span, traits.proxyProtocol) {
                    input.consume(header.length)
                    if let address = header.address {
                        client = ClientIdentity(address, port: header.port, isTLS: false, through: client.address)
                    }
                    phase = .head
                    readHead()
                    return
                }
            } catch {
                dropInput()
                gate.reports.proxyHeaderRefused(client.addressText, error)
                return close()
            }
            guard receiveMore() else { break }
        }
        keepInput()
    }

    private func readHead() {
        while isOpen, phase == .head {
            if !input.isEmpty {
                guard readRequest() else { break }
                continue
            }
            guard receiveMore() else { break }
        }
        keepInput()
    }

    /// False when nothing can be read at the moment, or ever.
    private func receiveMore() -> Bool {
        guard isReadable else { return false }
        switch receive() {
        case .bytes: return true
        case .wouldBlock: return false
        case .end, .failed:
            lose()
            return false
        }
    }

    /// Reads a head from what has come; false when more must come, or the next request must wait.
    private func readRequest() -> Bool {
        let head = gate.requestHead
        let length: Int
        do {
            guard let read = try parser.parse(input.span, into: head) else {
                if !hasPartialHead {
                    hasPartialHead = true
                    setDeadline(after: gate.configuration.timeouts.head)
                }
                return receiveMore()
            }
            length = read
        } catch {
            dropInput()
            refuse(Refusal(error), error.reason)
            return false
        }
        hasPartialHead = false
        requests += 1
        note(head)
        phase = .exchange
        exchange.begin(head, input.span, from: self)
        input.consume(length)
        exchange.start()
        return true
    }

    private func note(_ head: RequestHead) {
        body = BodyDecoder(framing: head.framing, limits: gate.configuration.limits.request)
        persists = head.keepAlive && requests < gate.configuration.limits.requestsPerConnection
        waitsForContinue = head.expectsContinue
        isHTTP10 = head.version == .http10
        takesChunks = !isHTTP10
    }

    /// Answers what cannot be read as a request; nothing that follows can be either.
    private func refuse(_ refusal: Refusal, _ detail: StaticString) {
        body = BodyDecoder(framing: .untilClose, limits: gate.configuration.limits.request)
        persists = false
        hasPartialHead = false
        phase = .exchange
        exchange.begin(malformed: refusal, detail: detail, from: self)
        exchange.start()
    }

    func credential(of head: RequestHead, in bytes: Span<UInt8>) -> CredentialState {
        let credential = Credential(of: head, in: bytes)
        switch credential {
        case .key(let range):
            do { return .digest(try remembered.digest(of: range, in: bytes, gate.digests)) } catch {
                return .refused(.internalError)
            }
        case .basic, .token: return .refused(.unsupportedCredential)
        case .none, .malformed, .several, .unsupported: return .refused(credential.refusal ?? .malformedCredential)
        }
    }

    // MARK: Bodies

    /// Reads on in the body of the request, as far as the exchange takes it.
    func readBody() {
        while isOpen, exchange.phase != .over {
            if !input.isEmpty { guard exchange.takeBody(input, &body) else { return } }
            guard exchange.wantsBody, input.isEmpty, isReadable else { break }
            switch receive() {
            case .bytes: continue
            case .wouldBlock: break
            case .end:
                return exchange.bodyRefused(.clientClosedEarly)
            case .failed: return lose()
            }
            break
        }
        keepInput()
    }

    /// Tells the client to go on with its body (RFC 9110 section 10.1.1). By now its intent is stored.
    func sendContinue() {
        guard waitsForContinue else { return }
        waitsForContinue = false
        let output = openOutput()
        output.append("HTTP/1.1 100 Continue\r\n\r\n")
        isReleased = true
        switch flushOutput() {
        case .drained: isReleased = false
        // What follows in this buffer must wait for its record, so these bytes cannot wait before it.
        case .blocked: lose()
        case .lost: break
        }
    }

    /// Reads and drops what is left of a body, or of everything, so that the client gets to see the answer.
    private func dropBody() {
        let limit = gate.configuration.limits.linger
        while isOpen {
            if !input.isEmpty { guard dropInputBytes() else { break } }
            guard dropped <= limit else { return close() }
            guard receiveMore() else { break }
        }
        keepInput()
    }

    /// False when the body has ended.
    private func dropInputBytes() -> Bool {
        guard phase == .draining else {
            dropped += input.count
            input.removeAll()
            return true
        }
        do {
            let step = try body.next(input.span)
            dropped += step.consumed
            input.consume(step.consumed)
        } catch {
            close()
            return false
        }
        guard body.isEnd else { return true }
        nextRequest()
        return false
    }

    // MARK: Answers

    /// The output for the head of an answer.
    func openOutput() -> ByteBuffer {
        if let output { return output }
        let buffer = lane.borrowBuffer()
        output = buffer
        return buffer
    }

    func discardOutput() {
        if !isReleased { output?.removeAll() }
    }

    /// The connection ends after this answer.
    func closeAfterAnswer() { persists = false }

    /// What the head of an answer says about the connection.
    func writePersistence(to output: ByteBuffer) -> Bool {
        settlePersistence()
        guard persists else { return output.appendField("Connection", "close") }
        guard isHTTP10 else { return true }
        keepAlivePlace = output.count
        return output.append(Self.keepAliveLine)
    }

    /// Only closing can end this answer after all: says so in its head, of which nothing has left.
    func endAnswerByClosing(in output: ByteBuffer) {
        if persists { output.overwrite(Self.closeLine, at: keepAlivePlace) }
        persists = false
    }

    // Of one length.
    private static let keepAliveLine: StaticString = "Connection: keep-alive\r\n"
    private static let closeLine: StaticString = "Connection: close     \r\n"

    private func settlePersistence() {
        guard persists else { return }
        // Whether a client that was not told to go on will send its body anyway is not known.
        if gate.isDraining || waitsForContinue { persists = false }
        if !body.isEnd, body.remaining > UInt64(gate.configuration.limits.linger) { persists = false }
    }

    /// Writes the gateway's own answer.
    ///
    /// - Parameter origin: Whose page may see it.
    func compose(_ refusal: Refusal, _ exchange: ExchangeID, answering method: Method, origin: [UInt8]) {
        settlePersistence()
        refusal.write(
            to: openOutput(), exchange: exchange, answering: method, isLast: !persists, origin: origin,
            at: lane.time.seconds, into: gate.scratch)
    }

    func composePreflight(_ origin: [UInt8], _ exchange: ExchangeID) {
        settlePersistence()
        CrossOrigin.writePreflight(
            origin, exchange: exchange, maximumAge: gate.configuration.settings.crossOrigin.maximumAge,
            isLast: !persists, at: lane.time.seconds, to: openOutput())
    }

    /// Lets the answer out.
    func release(_ receipt: consuming AuditReceipt) {
        sendReleased()
    }

    /// The one answer that has no record, because the log is not to be had.
    func answerUnrecorded(_ refusal: Refusal, _ id: ExchangeID, answering method: Method) {
        persists = false
        compose(refusal, id, answering: method, origin: [])
        sendReleased()
    }

    private func sendReleased() {
        isReleased = true
        if flushOutput() == .drained { exchange.outputDrained() }
    }

    /// Sends what the client takes.
    @discardableResult
    func flushOutput() -> Flush {
        guard let output else { return .drained }
        guard flush(output) else {
            lose()
            return .lost
        }
        guard output.isEmpty else {
            exchange.arm(after: gate.configuration.timeouts.write)
            return .blocked
        }
        exchange.arm(after: 0)
        return .drained
    }

    /// The exchange's last byte is out.
    func exchangeEnded() {
        dropOutput()
        dropped = 0
        if persists, body.isEnd {
            nextRequest()
        } else if persists {
            phase = .draining
            setDeadline(after: gate.configuration.timeouts.linger)
            lane.revisit(self)
        } else {
            end()
        }
    }

    private func nextRequest() {
        guard !gate.isDraining else { return end() }
        phase = .head
        if hasKeptInput || isReadable || !input.isEmpty {
            setDeadline(after: gate.configuration.timeouts.head)
            lane.revisit(self)
        } else {
            setDeadline(after: gate.configuration.timeouts.idle)
        }
    }

    /// Finishes the connection without losing the answer: closing with unread bytes would reset it.
    private func end() {
        if body.isEnd, !hasKeptInput, !isReadable, input.isEmpty { return close() }
        finishWriting()
        phase = .lingering
        setDeadline(after: gate.configuration.timeouts.linger)
        lane.revisit(self)
    }

    /// Bytes have left, and the rest will not come: the client must notice.
    func cut() {
        resetOnClose()
        close()
    }

    private func dropOutput() {
        isReleased = false
        guard let buffer = output else { return }
        output = nil
        lane.returnBuffer(buffer)
    }

    // MARK: The end

    /// The gateway is at its limits.
    func turnAway() {
        assumeReady()
        let output = openOutput()
        Refusal(.overloaded).write(
            to: output, exchange: gate.nextExchange(), answering: .get, isLast: true, origin: [],
            at: lane.time.seconds, into: gate.scratch)
        _ = flush(output)
        close()
        closed()
    }

    /// Ends at once between requests, else with the exchange.
    func drain() {
        switch phase {
        case .head where !hasPartialHead: close()
        case .proxyHeader, .head, .draining, .lingering, .exchange: break
        }
    }

    func abort() {
        guard phase == .exchange, exchange.phase != .over else { return close() }
        exchange.cut(.draining)
        if isOpen { close() }
    }
}
