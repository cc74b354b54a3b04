import AccessControl
import AuditTrail
import HTTPWire
import Redaction
import Transport

extension Exchange {
    /// Decides on a request and gets ready for what follows. Nothing of `head` and `bytes` is needed afterwards.
    func begin(_ head: RequestHead, _ bytes: Span<UInt8>, from client: DownstreamConnection) {
        let entry = open(client, head.method)
        request = RequestProgress(head)
        let configuration = gate.configuration
        let snapshot = gate.snapshot
        let target = gate.target
        let traits = configuration.traits(of: client.listener)
        identify(head, bytes, client, traits, in: entry)
        let route: Route
        do {
            try target.parse(bytes, head.path)
            route = snapshot.operations.route(head.method, target)
        } catch {
            route = .refused(error)
        }
        describe(head, bytes, target, in: entry)
        if let named, !client.carries(named.address) { return answerTooMany(named) }
        if !traits.redirect.isEmpty { return answerRedirect(route, to: traits.redirect, hasCredential: head.authorizationCount > 0) }
        if !origin.isEmpty, CrossOrigin.isPreflight(head, bytes) { return answerPreflight() }
        let presented = client.credential(of: head, in: bytes)
        let policy = presented.policy ?? snapshot
        let decision = Policy.decide(
            head.method, route, of: target, credential: presented.state, certificate: client.certificateNames,
            under: policy, at: lane.time.seconds, enforcement: traits.enforcement)
        switch consume decision {
        case .denial(let denial):
            describe(denial, under: policy, in: entry)
            if let refusal = presented.refusal, refusal.reason == denial.reason { entry.set(.detail, refusal.detail) }
            answer(with: throttled(denial, under: policy) ?? Refusal(denial, snapshot.operations))
        case .permit(let permit):
            describe(permit, under: policy, in: entry)
            if let refusal = admit(permit, head, bytes, target, from: client, by: configuration) {
                answer(with: refusal)
            } else {
                step = .forward(ClearanceStep(permit))
            }
        }
    }

    /// Who asks, and whose page.
    private func identify(
        _ head: RequestHead, _ bytes: Span<UInt8>, _ client: DownstreamConnection, _ traits: ListenerTraits,
        in entry: AuditEntry
    ) {
        var identity = client.client
        if !traits.trustedProxies.isEmpty, let named = ClientIdentity(head, bytes, from: identity, by: traits) {
            self.named = named
            identity = named
            let address = named.addressText
            entry.set(.client, address.span)
            facts.clientPort = named.port
        }
        let chain = identity.chainText
        if !chain.isEmpty { entry.set(.forwarded, chain.span) }
        if let allowed = CrossOrigin.allowed(head, bytes, gate.configuration.settings.crossOrigin) { origin = allowed }
    }

    private var identity: ClientIdentity? { named ?? client?.client }

    /// Nil while refused credentials of this address are not too many.
    private func throttled(_ denial: Denial, under snapshot: PolicySnapshot) -> Refusal? {
        guard denial.status == 401, let identity else { return nil }
        let limits = gate.configuration.settings.throttle
        let now = lane.time.milliseconds
        // One that is revoked or expired counts by itself too, wherever it is tried from.
        let ofKey = denial.key.flatMap { key in
            gate.throttle.count(FailureThrottle.place(ofKey: snapshot[key].id), at: now, limits)
        }
        guard let seconds = gate.throttle.count(identity.address, at: now, limits) ?? ofKey else { return nil }
        entry?.set(.detail, "\(denial.reason.text), too often")
        var refusal = Refusal(.throttled)
        refusal.retryAfter = max(1, seconds)
        return refusal
    }

    /// Whether a password is right, only the appliance knows: after too many refusals it is not asked any more.
    private func throttledBasic() -> Refusal? {
        guard let identity else { return nil }
        let limits = gate.configuration.settings.throttle
        guard let seconds = gate.throttle.wait(identity.address, at: lane.time.milliseconds, limits) else { return nil }
        var refusal = Refusal(.throttled)
        refusal.retryAfter = max(1, seconds)
        return refusal
    }

    /// The appliance has refused the client's own credential.
    func countRefusedCredential() {
        guard facts.principal == .basic, let identity else { return }
        _ = gate.throttle.count(identity.address, at: lane.time.milliseconds, gate.configuration.settings.throttle)
    }

    /// The client has as many connections as it may, those of the proxy that carry its requests included.
    private func answerTooMany(_ named: ClientIdentity) {
        facts.decision = .none
        entry?.set(.detail, "the client has as many connections as it may")
        gate.reports.tooManyOfClient(named.addressText)
        answer(with: Refusal(.overloaded))
    }

    private func answerPreflight() {
        facts.decision = .none
        facts.status = 204
        entry?.set(.detail, "preflight of a browser")
        client?.composePreflight(origin, facts.exchange)
        step = .answer
    }

    /// Nothing is decided here: the client is to ask again over TLS.
    private func answerRedirect(_ route: Route, to origin: [UInt8], hasCredential: Bool) {
        facts.decision = .none
        if case .refused(let target) = route { return answer(with: Refusal(target.reason, detail: target.explanation)) }
        facts.status = 308
        entry?.set(.detail, hasCredential ? "redirected to https; a credential came unencrypted" : "redirected to https")
        client?.composeRedirect(origin, facts.exchange)
        step = .answer
    }

    /// Answers a request that cannot be read.
    ///
    /// - Parameter excerpt: Of its beginning, without credentials.
    func begin(malformed refusal: Refusal, detail: StaticString, excerpt: [UInt8], from client: DownstreamConnection) {
        let entry = open(client, .unknown)
        request = RequestProgress()
        facts.decision = .none
        entry.set(.detail) { text in
            text.append(detail) && (excerpt.isEmpty || text.append("; began: ") && text.append(excerpt))
        }
        answer(with: refusal)
    }

    private func open(_ client: DownstreamConnection, _ method: Method) -> AuditEntry {
        self.client = client
        phase = .decided
        attempts = 0
        awaited = 0
        named = nil
        origin = []
        response = ResponseProgress()
        let limit = gate.configuration.timeouts.exchange
        end = limit == 0 ? 0 : lane.time.milliseconds + limit
        return openRecord(client, method)
    }

    /// Looks at what the decision did not: the body. Builds the request for the appliance.
    private func admit(
        _ permit: borrowing Permit, _ head: RequestHead, _ bytes: Span<UInt8>, _ target: CanonicalTarget,
        from client: DownstreamConnection, by configuration: LaneConfiguration
    ) -> Refusal? {
        // Nothing is begun that could not be recorded; the refusal is, on the reserve.
        if audit.isOnReserve { return Refusal(.auditUnavailable) }
        let isBasic = BasicPrincipal.holds(permit.keyID)
        var authorization = isBasic ? nil : configuration.authorization
        switch gate.credentials.find(permit.keyID) {
        case .none: break
        case .line(let line):
            authorization = line
            request.boundKey = permit.keyID
        case .unavailable: return Refusal(.upstreamCredentialUnavailable)
        }
        request.forwardsCredential = authorization == nil
        if isBasic, let refusal = throttledBasic() { return refusal }
        if !head.framing.isEmpty {
            let operation = gate.snapshot.operations[permit.operation]
            if let reason = operation.refusal(ofBodyOf: head, in: bytes) { return Refusal(reason) }
            request.bodyLimit = configuration.bodyLimits[permit.operation]
            if case .length(let count) = head.framing, count > request.bodyLimit { return Refusal(.bodyTooLarge) }
        }
        response = ResponseProgress(permit, givesFiles: configuration.givesFiles(permit.operation))
        if permit.revealed != 0 {
            response.controller = gate.snapshot.operations.controller(of: permit.operation) ?? "-"
            response.identifier = target.lastNumber
        }
        if response.isProtected, !head.method.isSafe, isConditional(head) { return Refusal(.unsupportedCondition) }
        if !head.framing.isEmpty, response.mayHoldSecrets {
            request.guardian = RequestBodyGuard(
                head, bytes, configuration: configuration, rules: RuleMask(rawValue: permit.protected | permit.revealed),
                refusesRedirects: refusesRedirects(permit))
            response.echoes = request.guardian?.submitted
        }
        let buffer = lane.borrowBuffer()
        request.buffer = buffer
        let written = UpstreamRequestHead(
            head: head, bytes: bytes, target: target, configuration: configuration,
            client: named ?? client.client, exchange: facts.exchange,
            isProtected: response.isProtected, isRead: response.mayHoldSecrets && !response.givesFiles,
            givesFiles: response.givesFiles, isGuarded: request.guardian != nil,
            authorization: authorization, keyID: configuration.settings.upstream.keyID == .send ? permit.keyID : 0
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
}
