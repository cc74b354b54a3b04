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
/// connection one after the other. The steps are here; `Exchange+Decision` decides,
/// `Exchange+Request` sends what the client sends, `Exchange+Response` reads what the appliance answers,
/// `Exchange+Record` says what is recorded.
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
        /// Secrets are about to go out: not a byte more leaves before they are recorded.
        case recordingExposures
    }

    /// What is to be done once the bytes of the request's head are no longer needed.
    enum Step: ~Copyable {
        case forward(ClearanceStep)
        case answer
    }

    let gate: GatewayLane
    // The lane's own, here too because what a constant leads to directly needs not be retained for each use.
    let lane: Lane
    let pool: UpstreamPool
    let audit: AuditDesk
    var phase = Phase.over
    /// Nil between exchanges, and once the client is gone.
    var client: DownstreamConnection?
    var step: Step?
    private var pendingIntent: PendingIntent?
    private var clearance: Clearance?
    var lease: UpstreamLease?
    /// Addresses tried, or attempts made again.
    var attempts = 0
    /// Records that this exchange waits for.
    var awaited = 0
    /// Milliseconds of the lane's clock at which the exchange must be over; 0: whenever.
    var end: UInt64 = 0

    // The request: see Exchange+Request.
    var request = RequestProgress()
    // The answer: see Exchange+Response.
    var response = ResponseProgress()
    let body = ResponseBody()
    // What is recorded: see Exchange+Record.
    var facts = AuditFacts()
    var entry: AuditEntry?
    var began: UInt64 = 0
    /// The client of this request, where the connection's own is a trusted proxy that named it.
    var named: ClientIdentity?
    /// The page that may see the answer; empty: none.
    var origin: [UInt8] = []

    init(gate: GatewayLane) {
        self.gate = gate
        lane = gate.lane
        pool = gate.pool
        audit = gate.audit
    }

    var isWaitingForUpstream: Bool { phase == .waitingForUpstream }

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
        awaited -= 1
        guard awaited == 0 else { return }
        switch phase {
        case .recordingIntent:
            guard let intent = pendingIntent.take() else { return }
            leaseUpstream(intent.cleared(by: receipt))
        case .recordingOutcome, .recordingExposures:
            phase = .answering
            client?.release(receipt)
        // The client is gone, or has been told that the log is not to be had.
        case .over, .decided, .waitingForUpstream, .forwarding, .collecting, .answering: break
        }
    }

    /// A record of this exchange could not be stored: nothing of the answer may leave.
    func notStored(_ error: AuditError) {
        awaited -= 1
        switch phase {
        case .recordingIntent, .recordingOutcome:
            // The refusal itself is recorded, on the reserve of the full disk.
            if error == .storageFull, facts.needsRoom { refuse(Refusal(.auditUnavailable)) } else { refuseUnrecorded() }
        case .recordingExposures: cut(.auditUnavailable)
        case .over, .decided, .waitingForUpstream, .forwarding, .collecting, .answering: break
        }
    }

    private func leaseUpstream(_ clearance: consuming Clearance) {
        phase = .waitingForUpstream
        arm(after: gate.configuration.settings.upstream.connectTimeout)
        pool.lease(clearance, for: self)
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
        pool.lease(lease.surrender(), for: self, isFresh: true)
        return true
    }

    // MARK: Answers

    /// Makes the gateway's own answer; it leaves when the outcome is stored.
    func answer(with refusal: Refusal) {
        facts.reason = refusal.reason
        facts.status = refusal.status
        facts.bytesOut = 0
        releaseBody()
        client?.compose(refusal, facts.exchange, answering: facts.method, origin: origin)
        step = .answer
    }

    /// The same for a failure on the way, after the decision.
    func refuse(_ refusal: Refusal) {
        dropUpstream()
        dropRequest()
        clearance = nil
        pendingIntent = nil
        response.isStreamed = false
        client?.discardOutput()
        answer(with: refusal)
        step = nil
        recordOutcome()
    }

    func recordOutcome() {
        phase = .recordingOutcome
        arm(after: gate.configuration.timeouts.audit)
        if recordOutcomeWithExposure() { return }
        // In this order: no clear secret leaves without its record.
        _ = recordExposures()
        record(.outcome, for: self)
    }

    /// The log is not to be had: a fixed answer, which is the only one without a record.
    private func refuseUnrecorded() {
        dropUpstream()
        dropRequest()
        pendingIntent = nil
        let refusal = Refusal(.auditUnavailable)
        phase = .answering
        releaseBody()
        client?.discardOutput()
        client?.answerUnrecorded(refusal, facts.exchange, answering: facts.method)
    }

    /// Nothing comes after what is in the client's output.
    var isAtEnd: Bool { phase == .answering && body.isEnd }

    /// The client has taken everything that was there.
    func outputDrained() {
        guard phase == .answering else { return }
        if isAtEnd { finish() } else { upstreamReady() }
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
        case .recordingOutcome, .recordingExposures, .answering: record(.completion, for: nil)
        }
    }

    /// The answer's body is done with, or nothing of it will be passed on.
    private func releaseBody() {
        gate.takeBack(body)
        body.begin(limits: gate.configuration.limits.response)
    }

    private func close() {
        releaseBody()
        gate.counters.count(facts, microseconds: lane.time.microseconds - began)
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
        case .recordingExposures: cut(isOver ? .exchangeTimeout : .auditUnavailable)
        case .waitingForUpstream: upstreamFailed(.waitTimeout)
        case .forwarding where !isOver && !request.isComplete:
            if !keepsPace() { bodyRefused(.requestTimeout) }
        case .forwarding, .collecting: upstreamFailed(.timeout)
        case .answering where isOver: cut(.exchangeTimeout)
        // An answer that waits for the client comes before a body that is waited for.
        case .answering:
            if let isTaking = client?.keepsPace() {
                if !isTaking { cut(.answerTimeout) }
            } else if !keepsPace() {
                cut(.requestTimeout)
            }
        }
    }
}
