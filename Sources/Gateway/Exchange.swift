import AccessControl
import AuditTrail
import HTTPWire
import Redaction
import Transport

/// One request and its answer. The only place that knows the order:
///
/// decision, stored intent, lease of an upstream, request out, answer in, redaction, stored outcome, bytes out.
///
/// Refusals take the same road from the decision to the outcome to the bytes. An object serves the exchanges of one
/// connection one after the other. The steps are here; `Exchange+Request` sends what the client sends,
/// `Exchange+Response` reads what the appliance answers, `Exchange+Record` says what is recorded.
final class Exchange {
    enum Phase {
        /// Between two exchanges.
        case over
        /// The decision has been made; nothing has been done about it yet.
        case decided
        case recordingIntent
        /// For a connection that is free, or is being made.
        case waitingForUpstream
        /// The request is on its way, the head of the answer is not here yet.
        case forwarding
        /// The body of the answer is being collected behind its head.
        case collecting
        /// Not a byte has left.
        case recordingOutcome
        /// The outcome is stored, and bytes go out.
        case answering
    }

    /// What is to be done once the bytes of the request's head are no longer needed.
    private enum Step: ~Copyable {
        case forward(ClearanceStep)
        case answer
    }

    let gate: GatewayLane
    var phase = Phase.over
    /// Nil between exchanges, and once the client is gone.
    var client: DownstreamConnection?
    private var step: Step?
    private var pendingIntent: PendingIntent?
    private var clearance: Clearance?
    var lease: UpstreamLease?
    /// Addresses tried, or attempts made again.
    private var attempts = 0
    /// Milliseconds of the lane's clock at which the exchange must be over; 0: whenever.
    private var end: UInt64 = 0

    // The request: see Exchange+Request.
    var request = RequestProgress()
    // The answer: see Exchange+Response.
    var response = ResponseProgress()
    // What is recorded: see Exchange+Record.
    var facts = AuditFacts()
    var entry: AuditEntry?
    var began: UInt64 = 0
    /// The client of this request, where the connection's own is a trusted proxy that named it.
    private var named: ClientIdentity?
    /// The page that may see the answer; empty: none.
    private(set) var origin: [UInt8] = []

    init(gate: GatewayLane) { self.gate = gate }

    var lane: Lane { gate.lane }
    var isWaitingForUpstream: Bool { phase == .waitingForUpstream }

    // MARK: Decision

    /// Decides on a request and gets ready for what follows. Nothing of `head` and `bytes` is needed afterwards.
    func begin(_ head: RequestHead, _ bytes: Span<UInt8>, from client: DownstreamConnection) {
        open(client, head.method)
        request = RequestProgress(head)
        let snapshot = gate.snapshot
        let target = gate.target
        let traits = gate.configuration.traits(of: client.listener)
        identify(head, bytes, traits)
        let route: Route
        do {
            try target.parse(bytes, head.path)
            route = snapshot.operations.route(head.method, target)
        } catch {
            route = .refused(error)
        }
        describe(head, bytes, target)
        if !origin.isEmpty, CrossOrigin.isPreflight(head, bytes) { return answerPreflight() }
        let decision = Policy.decide(
            head.method, route, of: target, credential: client.credential(of: head, in: bytes), under: snapshot,
            at: lane.time.seconds, enforcement: traits.enforcement)
        switch consume decision {
        case .denial(let denial):
            describe(denial, under: snapshot)
            answer(with: throttled(denial) ?? Refusal(denial, snapshot.operations))
        case .permit(let permit):
            describe(permit, under: snapshot)
            if let refusal = admit(permit, head, bytes) {
                answer(with: refusal)
            } else {
                step = .forward(ClearanceStep(permit))
            }
        }
    }

    /// Who asks, and whose page.
    private func identify(_ head: RequestHead, _ bytes: Span<UInt8>, _ traits: ListenerTraits) {
        if let client, !traits.trustedProxies.isEmpty {
            named = ClientIdentity(head, bytes, from: client.client, by: traits)
            if let named { entry?.set(.client, named.addressText.span) }
        }
        if let identity, !identity.chainText.isEmpty { entry?.set(.forwarded, identity.chainText.span) }
        origin = CrossOrigin.allowed(head, bytes, gate.configuration.settings.crossOrigin) ?? []
    }

    private var identity: ClientIdentity? { named ?? client?.client }

    /// Nil while refused credentials of this address are not too many.
    private func throttled(_ denial: Denial) -> Refusal? {
        guard denial.status == 401, let identity else { return nil }
        let limits = gate.configuration.settings.throttle
        guard let seconds = gate.throttle.count(identity.address, at: lane.time.milliseconds, limits) else { return nil }
        entry?.set(.detail, "\(denial.reason.text), too often")
        var refusal = Refusal(.throttled)
        refusal.retryAfter = max(1, seconds)
        return refusal
    }

    private func answerPreflight() {
        facts.decision = .none
        facts.status = 204
        entry?.set(.detail, "preflight of a browser")
        client?.composePreflight(origin, facts.exchange)
        step = .answer
    }

    /// Answers a request that cannot be read.
    func begin(malformed refusal: Refusal, detail: StaticString, from client: DownstreamConnection) {
        open(client, .unknown)
        request = RequestProgress()
        facts.decision = .none
        entry?.set(.detail, detail)
        answer(with: refusal)
    }

    private func open(_ client: DownstreamConnection, _ method: Method) {
        self.client = client
        phase = .decided
        attempts = 0
        named = nil
        origin = []
        response = ResponseProgress()
        let limit = gate.configuration.timeouts.exchange
        end = limit == 0 ? 0 : lane.time.milliseconds + limit
        openRecord(client, method)
    }

    /// Looks at what the decision did not: the body. Builds the request for the appliance.
    private func admit(_ permit: borrowing Permit, _ head: RequestHead, _ bytes: Span<UInt8>) -> Refusal? {
        let configuration = gate.configuration
        if !head.framing.isEmpty {
            let operation = gate.snapshot.operations[permit.operation]
            if let reason = operation.refusal(ofBodyOf: head, in: bytes) { return Refusal(reason) }
            if case .length(let count) = head.framing, count > configuration.limits.body { return Refusal(.bodyTooLarge) }
        }
        response = ResponseProgress(permit, givesFiles: configuration.givesFiles(permit.operation))
        if response.isProtected, !head.method.isSafe, isConditional(head) { return Refusal(.unsupportedCondition) }
        if !head.framing.isEmpty, response.mayHoldSecrets {
            request.guardian = RequestBodyGuard(
                head, bytes, configuration: configuration, rules: RuleMask(rawValue: permit.protected | permit.revealed),
                refusesRedirects: refusesRedirects(permit))
        }
        let buffer = lane.borrowBuffer()
        request.buffer = buffer
        let written = UpstreamRequestHead(
            head: head, bytes: bytes, target: gate.target, configuration: configuration,
            clientFields: identity?.forwardingFields ?? [], exchange: facts.exchange,
            isProtected: response.isProtected, givesFiles: response.givesFiles, isGuarded: request.guardian != nil
        ).write(to: buffer)
        guard let written else { return Refusal(.fieldsTooLarge) }
        request.outgoing = written
        return nil
    }

    /// A caller who may not see the stored secret must not have it sent elsewhere.
    private func refusesRedirects(_ permit: borrowing Permit) -> Bool {
        let configuration = gate.configuration
        return response.isProtected && configuration.settings.redaction.redirects == .refuse
            && configuration.redirectsSecrets(permit.operation)
    }

    /// Its condition would be dropped, which changes what is done.
    private func isConditional(_ head: RequestHead) -> Bool {
        let fields = head.fields
        for index in 0..<fields.count
        where ProtectedExchange.treatment(ofRequestField: fields[index].id, method: head.method) == .refuse {
            return true
        }
        return false
    }

    // MARK: Steps

    /// Does what was decided.
    func start() {
        switch step.take() {
        case .forward(.clear(let clearance)): leaseUpstream(clearance)
        case .forward(.recordIntent(let intent)):
            pendingIntent = consume intent
            phase = .recordingIntent
            arm(after: gate.configuration.timeouts.audit)
            record(.intent, for: self)
        case .answer: recordOutcome()
        case nil: break
        }
    }

    /// A record of this exchange is stored.
    func stored(_ receipt: consuming AuditReceipt) {
        switch phase {
        case .recordingIntent:
            guard let intent = pendingIntent.take() else { return }
            leaseUpstream(intent.cleared(by: receipt))
        case .recordingOutcome:
            phase = .answering
            client?.release(receipt)
        // The client is gone, or has been told that the log is not to be had.
        case .over, .decided, .waitingForUpstream, .forwarding, .collecting, .answering: break
        }
    }

    /// A record of this exchange could not be stored: nothing of the answer may leave.
    func notStored(_ error: AuditError) {
        switch phase {
        case .recordingIntent, .recordingOutcome: refuseUnrecorded()
        case .over, .decided, .waitingForUpstream, .forwarding, .collecting, .answering: break
        }
    }

    private func leaseUpstream(_ clearance: consuming Clearance) {
        phase = .waitingForUpstream
        arm(after: gate.configuration.settings.upstream.connectTimeout)
        gate.pool.lease(clearance, for: self)
    }

    /// The pool found a way: the clearance waits here until a connection is there.
    func await(_ clearance: consuming Clearance) { self.clearance = consume clearance }

    /// Nil when the exchange does not wait any more.
    func takeClearance() -> Clearance? { phase == .waitingForUpstream ? clearance.take() : nil }

    func countAttempt() -> Int {
        attempts += 1
        return attempts
    }

    func leased(_ lease: consuming UpstreamLease) {
        phase = .forwarding
        let upstream = gate.configuration.upstreamName
        entry?.set(.upstream, upstream.span)
        let connection = lease.connection
        self.lease = consume lease
        request.beginSending()
        response.askedAt = lane.time.microseconds
        client?.sendContinue()
        guard phase == .forwarding else { return }
        arm(after: 0)
        connection.setDeadline(after: gate.configuration.timeouts.write)
        sendRequest()
    }

    /// The connection that had been used before was closed before a byte of the answer: an idempotent request without
    /// a body is made once more, over a new connection (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1).
    func retry() -> Bool {
        guard phase == .forwarding, !response.hasBegun, attempts == 0, facts.method.isIdempotent, !request.hasBody,
            lease?.connection.isReused == true, let lease = lease.take()
        else { return false }
        attempts += 1
        lease.connection.abandon()
        phase = .waitingForUpstream
        arm(after: gate.configuration.settings.upstream.connectTimeout)
        gate.pool.lease(lease.surrender(), for: self, isFresh: true)
        return true
    }

    // MARK: Answers

    /// Makes the gateway's own answer; it leaves when the outcome is stored.
    func answer(with refusal: Refusal) {
        facts.reason = refusal.reason
        facts.status = refusal.status
        facts.bytesOut = 0
        response.body = ResponseBody(limits: gate.configuration.limits.response)
        client?.compose(refusal, facts.exchange, answering: facts.method, origin: origin)
        step = .answer
    }

    /// The same for a failure on the way, after the decision.
    func refuse(_ refusal: Refusal) {
        dropUpstream()
        dropRequest()
        clearance = nil
        client?.discardOutput()
        answer(with: refusal)
        step = nil
        recordOutcome()
    }

    func recordOutcome() {
        phase = .recordingOutcome
        arm(after: gate.configuration.timeouts.audit)
        record(.outcome, for: self)
    }

    /// The log is not to be had: a fixed answer, which is the only one without a record.
    private func refuseUnrecorded() {
        dropUpstream()
        dropRequest()
        pendingIntent = nil
        let refusal = Refusal(.auditUnavailable)
        phase = .answering
        response.body = ResponseBody(limits: gate.configuration.limits.response)
        client?.discardOutput()
        client?.answerUnrecorded(refusal, facts.exchange, answering: facts.method)
    }

    /// The client has taken everything that was there.
    func outputDrained() {
        guard phase == .answering else { return }
        if response.body.isEnd { finish() } else { upstreamReady() }
    }

    /// The last byte is out.
    private func finish() {
        if response.isStreamed { record(.completion, for: nil) }
        let client = self.client
        close()
        client?.exchangeEnded()
    }

    /// Something went wrong when bytes had left already: the client must see a cut answer, never a shorter one.
    func cut(_ reason: ReasonCode) {
        facts.reason = reason
        dropUpstream()
        dropRequest()
        recordEnd()
        let client = self.client
        close()
        client?.cut()
    }

    /// The client closed its connection, or will not take the answer.
    func clientGone() {
        guard phase != .over else { return }
        facts.reason = .clientClosedEarly
        dropUpstream()
        recordEnd()
        close()
    }

    /// Records that the exchange ended on the way: the client got nothing, or not all.
    private func recordEnd() {
        switch phase {
        case .over: break
        case .decided, .recordingIntent, .waitingForUpstream, .forwarding, .collecting:
            facts.status = 0
            record(.outcome, for: nil)
        case .recordingOutcome, .answering: record(.completion, for: nil)
        }
    }

    private func close() {
        phase = .over
        client = nil
        step = nil
        pendingIntent = nil
        clearance = nil
        dropRequest()
        closeRecord()
    }

    // MARK: Deadlines

    /// Sets the client's deadline for the present phase; the exchange's own end comes first.
    func arm(after milliseconds: UInt64) {
        guard end > 0 else {
            client?.setDeadline(after: milliseconds)
            return
        }
        let left = max(end, lane.time.milliseconds + 1) - lane.time.milliseconds
        client?.setDeadline(after: milliseconds == 0 ? left : min(left, milliseconds))
    }

    /// The client's deadline came.
    func deadlinePassed() {
        let isOver = end > 0 && lane.time.milliseconds >= end
        switch phase {
        case .over, .decided: break
        case .recordingIntent, .recordingOutcome: refuseUnrecorded()
        case .waitingForUpstream: upstreamFailed(.waitTimeout)
        case .forwarding where !isOver && !request.isComplete:
            if !keepsPace() { refuse(Refusal(.requestTimeout)) }
        case .forwarding, .collecting: upstreamFailed(.timeout)
        case .answering: cut(isOver ? .exchangeTimeout : .clientClosedEarly)
        }
    }
}
