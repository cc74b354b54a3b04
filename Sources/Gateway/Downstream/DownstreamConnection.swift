import AccessControl
import AuditTrail
import Cryptography
import HTTPWire
import Transport

/// A client's connection: reads one request after the other, hands each to its exchange, and lets bytes out when the
/// exchange has a receipt for them.
///
/// Bodies are read in `DownstreamConnection+Body`, answers leave in `DownstreamConnection+Answer`.
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
    /// Whose connection it is for the limit of connections per client; nil while it is a trusted proxy's.
    private(set) var countedAs: IPAddress?
    /// Whose request a proxy's connection carries at the moment.
    private var carried: IPAddress?

    var phase: Phase
    private var parser: RequestParser
    private var remembered = RememberedCredential()
    let exchange: Exchange
    var body: BodyDecoder
    private var requests = 0
    /// Requests in a row, up to now, that came before the answer to the one before them.
    private var ahead = 0
    /// Bytes of the next one are here already, while the answer is going out.
    var nextIsAhead = false
    /// Bytes of a head that is not complete have come.
    private var hasPartialHead = false
    /// What the request's head says about the connection, the answer and the body.
    var persists = false
    var waitsForContinue = false
    private(set) var takesChunks = true
    var isHTTP10 = false
    /// Where the head of the answer says that the connection stays open, which HTTP/1.0 has to be told.
    var keepAlivePlace = 0
    /// Bytes read and dropped since the answer.
    var dropped = 0

    /// What TLS was agreed on, for records; empty without.
    private(set) var encryption: [UInt8] = []
    /// nil without one, or without TLS.
    private(set) var certificate: ClientCertificate?

    /// What is to be sent. Nothing of it leaves before `isReleased`.
    var output: ByteBuffer?
    var isReleased = false
    /// Bytes that were written, since the connection began.
    var written: UInt64 = 0
    /// The time in which the client has to take enough of what is there for it; nil while nothing waits for it.
    var stretch: AnswerStretch?

    init(gate: GatewayLane, socket: consuming Socket, peer: SocketAddress, listener: UInt16) {
        self.gate = gate
        self.peer = peer
        self.listener = listener
        let limits = gate.configuration.limits
        let traits = gate.configuration.traits(of: listener)
        countedAs = traits.client(behind: peer.ip)
        client = ClientIdentity(peer.ip, port: peer.port, isTLS: traits.tls != nil, through: [])
        phase = traits.proxyProtocol == .off ? .head : .proxyHeader
        parser = RequestParser(limits: limits.request)
        body = BodyDecoder(framing: .none, limits: limits.request)
        exchange = Exchange(gate: gate)
        super.init(lane: gate.lane, socket: socket)
    }

    /// Just accepted.
    func opened() {
        guard !isEncrypted else {
            return setDeadline(after: gate.configuration.traits(of: listener).handshakeTimeout)
        }
        assumeReady()
        setDeadline(after: gate.configuration.timeouts.head)
        ready()
    }

    func dropCertificate() { certificate = nil }

    // MARK: Events

    override func secured() {
        if let tlsPeer {
            encryption = Self.text(of: tlsPeer)
            // A session that is resumed may be older than its certificate is good for; a handshake would have said so.
            if let shown = tlsPeer.certificate, shown.isExpired(at: lane.time.seconds) {
                gate.reports.handshakeFailed(client.addressText, .certificateRefused(.expired))
                return close()
            }
            gate.counters.countHandshake(tlsPeer)
            // Without its digests it is no credential, and nothing is let through for it.
            certificate = tlsPeer.certificate.flatMap { try? ClientCertificate($0, gate.digests) }
            // A reload may have come between.
            checkCertificate(under: gate.configuration.traits(of: listener).tls)
            guard isOpen else { return }
        }
        setDeadline(after: gate.configuration.timeouts.head)
    }

    override func handshakeFailed() {
        if let tlsFailure { gate.reports.handshakeFailed(client.addressText, tlsFailure) }
        close()
    }

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
            refuse(Refusal(.requestTimeout), "the head was not complete in time", RequestExcerpt.text(input.span))
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
        releaseCarried()
        gate.closed(self)
    }

    /// The client is gone.
    func lose() {
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
                        client = ClientIdentity(address, port: header.port, isTLS: false, through: [client.address])
                    }
                    phase = .head
                    guard isCounted(by: traits) else { return }
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

    /// Counts the connection as the client's whom its proxy named; false when that is one too many, which is answered.
    private func isCounted(by traits: ListenerTraits) -> Bool {
        guard countedAs == nil, let named = traits.client(behind: client.address) else { return true }
        guard gate.census.attribute(to: named, limits: gate.configuration.limits) else {
            dropInput()
            gate.reports.tooManyOfClient(client.addressText)
            refuse(Refusal(.overloaded), "the client has as many connections as it may")
            return false
        }
        countedAs = named
        return true
    }

    /// The request is one of a client that a trusted proxy named: false when that has as many connections as it may.
    func carries(_ named: IPAddress) -> Bool {
        guard countedAs == nil else { return true }
        guard gate.census.attribute(to: named, limits: gate.configuration.limits) else { return false }
        carried = named
        return true
    }

    func releaseCarried() {
        guard let client = carried else { return }
        carried = nil
        gate.census.release(client)
    }

    private func readHead() {
        while isOpen, phase == .head {
            if hasInput {
                guard readRequest() else { break }
                continue
            }
            guard receiveMore() else { break }
        }
        keepInput()
    }

    /// False when nothing can be read at the moment, or ever.
    func receiveMore() -> Bool {
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
        let input = self.input
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
            let excerpt = RequestExcerpt.text(input.span)
            dropInput()
            refuse(Refusal(error), error.reason, excerpt)
            return false
        }
        hasPartialHead = false
        ahead = nextIsAhead ? ahead + 1 : 0
        nextIsAhead = false
        guard ahead <= gate.configuration.limits.pipelining else {
            dropInput()
            refuse(Refusal(.tooManyPipelined), "more requests than limits.pipelining were sent ahead")
            return false
        }
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
    private func refuse(_ refusal: Refusal, _ detail: StaticString, _ excerpt: [UInt8] = []) {
        body = BodyDecoder(framing: .untilClose, limits: gate.configuration.limits.request)
        persists = false
        hasPartialHead = false
        phase = .exchange
        exchange.begin(malformed: refusal, detail: detail, excerpt: excerpt, from: self)
        exchange.start()
    }

    /// Who asks. A token is never tried as an API key, and a key never as a token.
    func credential(of head: RequestHead, in bytes: Span<UInt8>) -> PresentedCredential {
        if head.authorizationCount == 1, let digest = remembered.digest(of: bytes[head.authorization]) {
            return PresentedCredential(.digest(digest))
        }
        let credential = Credential(of: head, in: bytes)
        if case .token(let range) = credential {
            return gate.tokens.present(bytes[range], at: lane.time, under: gate.snapshot, gate.configuration.rules)
        }
        return PresentedCredential(state(of: credential, head, in: bytes))
    }

    private func state(of credential: Credential, _ head: RequestHead, in bytes: Span<UInt8>) -> CredentialState {
        switch credential {
        case .key(let range):
            do {
                let computed = try gate.digests.digest(bytes[range])
                let digest = KeyDigest(computed.word0, computed.word1, computed.word2, computed.word3)
                remembered.remember(digest, of: bytes[head.authorization])
                return .digest(digest)
            } catch { return .refused(.internalError) }
        case .basic(let range):
            guard gate.configuration.settings.authentication.basic == .forward else {
                return .refused(.unsupportedCredential)
            }
            do {
                return try BasicPrincipal.digest(of: bytes[range], gate.digests).map { .digest($0) }
                    ?? .refused(.malformedCredential)
            } catch { return .refused(.internalError) }
        case .token: return .refused(.unsupportedCredential)
        case .none: return certificateCredential(of: head)
        case .malformed, .several, .unsupported: return .refused(credential.refusal ?? .malformedCredential)
        }
    }

    // MARK: The end

    /// The gateway is at its limits.
    func turnAway() {
        // Nothing can be said before a handshake, and that is work which there is no room for.
        guard gate.configuration.traits(of: listener).tls == nil else {
            close()
            return closed()
        }
        assumeReady()
        let output = openOutput()
        Refusal(.overloaded).write(
            to: output, exchange: gate.nextExchange(), answering: .get, isLast: true, origin: [],
            fields: [], at: lane.time.seconds, into: gate.scratch)
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
