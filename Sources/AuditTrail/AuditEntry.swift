import AccessControl
import HTTPWire

/// What a record says in numbers and enumerations.
package struct AuditFacts: Equatable, Sendable {
    package var kind: AuditKind = .outcome
    /// Microseconds since 1970 UTC.
    package var time: Int64 = 0
    package var exchange = ExchangeID(high: 0, low: 0)
    package var lane: UInt16 = 0
    package var listener: UInt16 = 0
    package var clientPort: UInt16 = 0
    package var method: Method = .unknown
    package var principal: AuditPrincipal = .none
    /// 0: no key.
    package var keyID: Int64 = 0
    package var decision: AuditDecision = .none
    package var reason: ReasonCode = .allowed
    /// Of the policy snapshot that decided.
    package var generation: UInt64 = 0
    /// What the client gets; 0: nothing (yet).
    package var status: UInt16 = 0
    /// What the upstream answered; 0: nothing.
    package var upstreamStatus: UInt16 = 0
    /// Body bytes from the client and to it.
    package var bytesIn: UInt64 = 0
    package var bytesOut: UInt64 = 0
    /// Time spent in all and waiting for the upstream.
    package var gatewayMicroseconds: UInt64 = 0
    package var upstreamMicroseconds: UInt64 = 0
    /// Protected values masked, and those released in clear.
    package var redacted: UInt32 = 0
    package var revealed: UInt32 = 0

    package init() {}

    /// False for what is recorded even when the disk is full, from the reserve: refusals, and the end of what has
    /// its intent stored already. True for an intent, and for the outcome of a permitted request that had none:
    /// such a request becomes a refusal.
    package var needsRoom: Bool {
        switch kind {
        case .intent: true
        case .outcome:
            switch decision {
            case .permit: reason == .allowed && method.isSafe && revealed == 0
            case .wouldDeny: reason != .auditUnavailable && method.isSafe && revealed == 0
            case .deny, .none: false
            }
        case .completion, .exposure, .administration, .lifecycle, .checkpoint: false
        }
    }
}

/// One record before it is encoded.
///
/// Reused: a lane sets facts and texts, appends the entry to a batch and resets it; or lends one to each exchange,
/// which appends it more than once, as intent and as outcome. Setting and appending allocate nothing. Confined to
/// its lane.
package final class AuditEntry {
    // Stored properties are not visible outside the module, so that the compiler proves exclusive access instead of
    // checking it at run time.
    private var storedFacts = AuditFacts()
    /// Where each field's text lies in `texts`: start << 16 | count.
    private var places = InlineArray<13, UInt32>(repeating: 0)
    let limits: AuditLimits
    let texts: ByteBuffer

    package init(limits: AuditLimits = AuditLimits()) {
        self.limits = limits
        texts = ByteBuffer(capacity: min(max(limits.entryBytes, 256), 0xffff))
    }

    /// Cheapest when set whole.
    package var facts: AuditFacts {
        get { storedFacts }
        set { storedFacts = newValue }
    }

    /// Forgets facts and texts.
    package func reset() {
        storedFacts = AuditFacts()
        texts.removeAll()
        places = InlineArray(repeating: 0)
    }

    @inline(__always)
    func place(of field: AuditField) -> (start: Int, count: Int) {
        let place = places[Int(field.rawValue)]
        return (Int(place >> 16), Int(place & 0xffff))
    }

    /// Sets a text: cut at its limit, control bytes and what is not UTF-8 written as `\xHH`.
    ///
    /// The texts of one exchange share a fixed storage; what does not fit is cut as well. Setting a field again
    /// uses new room.
    package func set(_ field: AuditField, _ bytes: Span<UInt8>) {
        let start = texts.count
        if bytes.count <= limits.bytes(of: field), TextFilter.isPlain(bytes), texts.append(bytes) {
            place(field, start, bytes.count)
        } else {
            setFiltered(field, bytes)
        }
    }

    package func set(_ field: AuditField, _ text: StaticString) {
        let start = texts.count
        guard text.utf8CodeUnitCount <= limits.bytes(of: field), texts.append(text) else { return clear(field) }
        place(field, start, text.utf8CodeUnitCount)
    }

    package func set(_ field: AuditField, _ text: String) {
        set(field, text.utf8.span)
    }

    /// Sets a text that `emit` appends to a buffer, such as the path of a `CanonicalTarget`.
    package func set(_ field: AuditField, emit: (ByteBuffer) -> Bool) {
        let start = texts.count
        let isWhole = emit(texts)
        let count = texts.count - start
        let texts = self.texts
        if isWhole, count <= limits.bytes(of: field), TextFilter.isPlain(texts.span.extracting(start..<start + count)) {
            place(field, start, count)
        } else {
            let copy = texts.span.extracting(start..<start + count)
            let raw = (0..<count).map { copy[$0] }
            texts.truncate(to: start)
            setFiltered(field, raw.span, isWhole: isWhole)
        }
    }

    package func set(_ operation: OperationIndex, from names: AuditOperationNames) {
        let start = texts.count
        guard let counts = names.append(operation, to: texts) else {
            clear(.operation)
            clear(.controller)
            return clear(.action)
        }
        place(.operation, start, counts.operation)
        place(.controller, start + counts.operation, counts.controller)
        place(.action, start + counts.operation + counts.controller, counts.action)
    }

    /// Sets a text for as long as `body` runs.
    package func with(_ field: AuditField, _ text: Span<UInt8>, _ body: () -> Void) {
        let place = places[Int(field.rawValue)]
        let count = texts.count
        set(field, text)
        body()
        places[Int(field.rawValue)] = place
        texts.truncate(to: count)
    }

    package func isEmpty(_ field: AuditField) -> Bool { place(of: field).count == 0 }

    package func clear(_ field: AuditField) { places[Int(field.rawValue)] = 0 }

    @inline(never)
    private func setFiltered(_ field: AuditField, _ bytes: Span<UInt8>, isWhole: Bool = true) {
        let start = texts.count
        TextFilter.append(bytes, to: texts, limit: limits.bytes(of: field), isWhole: isWhole)
        place(field, start, texts.count - start)
    }

    @inline(__always)
    private func place(_ field: AuditField, _ start: Int, _ count: Int) {
        places[Int(field.rawValue)] = UInt32(truncatingIfNeeded: start << 16 | count)
    }
}
