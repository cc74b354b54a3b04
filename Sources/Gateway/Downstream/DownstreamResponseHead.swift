import AccessControl
import AuditTrail
import HTTPWire

/// Writes the head that the client gets for an answer of the appliance, up to but without the framing fields and the
/// empty line.
struct DownstreamResponseHead: ~Escapable {
    let head: ResponseHead
    let bytes: Span<UInt8>
    let exchange: ExchangeID
    /// Rules look at this operation's answers: what a cache keeps for one caller must not serve another.
    let mayHoldSecrets: Bool
    /// The body is not the appliance's own: what describes that one is not true of this one.
    let isProtected: Bool
    let passesCookies: Bool
    /// The page that may see it; empty: none.
    let origin: [UInt8]
    /// Lines that every answer of the listener has.
    let listenerFields: [UInt8]

    @_lifetime(copy bytes)
    init(
        head: ResponseHead, bytes: Span<UInt8>, exchange: ExchangeID, mayHoldSecrets: Bool, isProtected: Bool,
        passesCookies: Bool, origin: [UInt8], listenerFields: [UInt8]
    ) {
        self.head = head
        self.bytes = bytes
        self.exchange = exchange
        self.mayHoldSecrets = mayHoldSecrets
        self.isProtected = isProtected
        self.passesCookies = passesCookies
        self.origin = origin
        self.listenerFields = listenerFields
    }

    /// - Parameter seconds: Unix time, for a Date field where the appliance sends none (RFC 9110 section 6.6.1).
    func write(to buffer: ByteBuffer, at seconds: Int64) -> Bool {
        guard buffer.appendStatusLine(head.status), buffer.append("X-Request-ID: "), buffer.append(exchange),
            buffer.append("\r\n"), buffer.append(listenerFields)
        else { return false }
        var hasDate = false
        let fields = head.fields
        for index in 0..<fields.count {
            let field = fields[index]
            guard !field.isHopByHop, passes(field.id) else { continue }
            // Which pages may see the answer is settled here, not by the appliance.
            if field.id == .other, isCrossOrigin(bytes[field.name]) { continue }
            if field.id == .date { hasDate = true }
            guard buffer.appendField(field, of: bytes) else { return false }
        }
        if !origin.isEmpty { guard CrossOrigin.write(origin, to: buffer) else { return false } }
        if mayHoldSecrets {
            guard buffer.append("Cache-Control: private, no-store\r\nVary: Authorization\r\n") else { return false }
        }
        return hasDate || buffer.appendDateField(seconds)
    }

    private func isCrossOrigin(_ name: Span<UInt8>) -> Bool {
        name.count > 15 && name.extracting(0..<15).equalsIgnoringCase("access-control-")
    }

    private func passes(_ id: FieldID) -> Bool {
        switch id {
        // Framing is the gateway's own, and so is the exchange's id.
        case .contentLength, .transferEncoding, .xRequestID, .forwardingAlias: return false
        // Instructions to a web server in front of the appliance.
        case .xAccelRedirect, .xAccelMapping, .xSendfile, .xSendfileType, .altSvc: return false
        case .setCookie: return passesCookies
        case .cacheControl, .expires, .pragma, .age: return !mayHoldSecrets
        case .vary: return true
        default:
            return !id.isForwardingClaim
                && !(isProtected && ProtectedExchange.treatment(ofResponseField: id) != .forward)
        }
    }
}
