import AccessControl
import AuditTrail
import HTTPWire

extension Exchange {
    /// Starts the record of an exchange: when, who, which.
    func openRecord(_ client: DownstreamConnection, _ method: Method) -> AuditEntry {
        let entry = audit.borrowEntry()
        self.entry = entry
        began = lane.time.microseconds
        var facts = AuditFacts()
        facts.exchange = gate.nextExchange()
        facts.lane = UInt16(truncatingIfNeeded: lane.number)
        facts.listener = client.listener
        let identity = client.client
        facts.clientPort = identity.port
        facts.method = method
        facts.generation = gate.snapshot.generation
        self.facts = facts
        let address = identity.addressText
        entry.set(.client, address.span)
        let encryption = client.encryption
        if !encryption.isEmpty { entry.set(.tls, encryption.span) }
        return entry
    }

    /// What was asked for.
    func describe(_ head: RequestHead, _ bytes: Span<UInt8>, _ target: CanonicalTarget, in entry: AuditEntry) {
        if target.count > 0 {
            entry.set(.path) { target.emitPath(into: $0) }
            if target.parameterCount > 0 { entry.set(.query) { gate.auditQuery.emit(target, into: $0) } }
        }
        let fields = head.fields
        if let place = fields.firstIndex(of: .userAgent) { entry.set(.userAgent, bytes[fields[place].value]) }
        if let place = fields.firstIndex(of: .xRequestID) {
            let id = bytes[fields[place].value]
            if ClientRequestID.isSane(id) { entry.set(.clientRequestID, id) }
        }
    }

    func describe(_ permit: borrowing Permit, under snapshot: PolicySnapshot, in entry: AuditEntry) {
        facts.decision = permit.reason == .allowed ? .permit : .wouldDeny
        facts.reason = permit.reason
        describe(permit.keyID)
        entry.set(.principalName, snapshot.name(of: permit.key).span)
        entry.set(permit.operation, from: gate.configuration.names)
    }

    func describe(_ denial: Denial, under snapshot: PolicySnapshot, in entry: AuditEntry) {
        facts.decision = .deny
        facts.reason = denial.reason
        if let key = denial.key {
            describe(snapshot[key].id)
            entry.set(.principalName, snapshot.name(of: key).span)
        }
        if let operation = denial.operation { entry.set(operation, from: gate.configuration.names) }
        if let target = denial.target {
            entry.set(.detail, target.explanation)
        } else if let missing = denial.missingScope {
            entry.set(.detail, "missing scope: \(snapshot.operations[missing])")
        }
    }

    private func describe(_ keyID: Int64) {
        facts.principal = TokenPrincipal.holds(keyID) ? .jwt : BasicPrincipal.holds(keyID) ? .basic : .key
        facts.keyID = max(0, keyID)
    }

    /// Records the exchange as it stands.
    ///
    /// - Parameter waiting: Told when the record is stored; nil for a record that nothing depends on.
    func record(_ kind: AuditKind, for waiting: Exchange?) {
        guard let entry else { return }
        facts.kind = kind
        facts.time = lane.time.wall
        facts.bytesIn = request.received
        if kind != .intent {
            countBody()
            facts.gatewayMicroseconds = lane.time.microseconds - began
        }
        entry.facts = facts
        if waiting != nil { awaited += 1 }
        audit.record(entry, for: waiting)
    }

    func closeRecord() {
        guard let entry else { return }
        self.entry = nil
        audit.returnEntry(entry)
    }
}

/// The request id that a client sends: kept beside the gateway's own, if it is one.
enum ClientRequestID {
    private static let longest = 128

    /// Letters, digits and what UUIDs, ULIDs and trace ids are made of.
    static func isSane(_ id: Span<UInt8>) -> Bool {
        guard !id.isEmpty, id.count <= longest else { return false }
        for index in 0..<id.count {
            let byte = id[index]
            guard ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F || byte == 0x3A
            else { return false }
        }
        return true
    }
}
