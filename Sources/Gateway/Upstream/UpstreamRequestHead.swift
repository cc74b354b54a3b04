import AccessControl
import AuditTrail
import Cryptography
import HTTPWire

/// Writes the head that the appliance gets: rebuilt from what was decided on, never copied as a whole.
///
/// Fields pass by allow-list: what the API needs and what describes the request. What is not known is dropped, and so
/// is every claim about where a request comes from; the gateway makes its own.
struct UpstreamRequestHead: ~Escapable {
    let head: RequestHead
    let bytes: Span<UInt8>
    let target: CanonicalTarget
    let configuration: LaneConfiguration
    let client: ClientIdentity
    let exchange: ExchangeID
    /// Rules protect the answer from this caller, so it must come whole, uncoded and unconditionally.
    let isProtected: Bool
    /// Secrets in the answer are masked or noted, so it should come uncoded.
    let isRead: Bool
    /// The operation answers with files too.
    let givesFiles: Bool
    /// The body may be changed on the way, so that its length is not known yet.
    let isGuarded: Bool
    /// What the appliance sees in Authorization; nil: the client's own.
    let authorization: CredentialLine?
    /// The id of the client's key, where the appliance is told; 0 where it is not.
    let keyID: Int64

    @_lifetime(copy bytes)
    init(
        head: RequestHead, bytes: Span<UInt8>, target: CanonicalTarget, configuration: LaneConfiguration,
        client: ClientIdentity, exchange: ExchangeID, isProtected: Bool, isRead: Bool, givesFiles: Bool,
        isGuarded: Bool, authorization: CredentialLine?, keyID: Int64
    ) {
        self.head = head
        self.bytes = bytes
        self.target = target
        self.configuration = configuration
        self.client = client
        self.exchange = exchange
        self.isProtected = isProtected
        self.isRead = isRead
        self.givesFiles = givesFiles
        self.isGuarded = isGuarded
        self.authorization = authorization
        self.keyID = keyID
    }

    /// How the body will be framed; nil when the head does not fit, and the buffer is of no use.
    func write(to buffer: ByteBuffer) -> OutgoingFraming? {
        guard buffer.append(head.method.name), buffer.append(" "), target.emit(into: buffer),
            buffer.append(" HTTP/1.1\r\n"), buffer.append(configuration.upstreamFields),
            writeCredential(to: buffer), buffer.append(client.forwardingFields), writeExchange(to: buffer),
            writeNegotiation(to: buffer), writeBody(to: buffer)
        else { return nil }
        let fields = head.fields
        for index in 0..<fields.count {
            let field = fields[index]
            guard !field.isHopByHop, passes(field.id) || isExtra(field) else { continue }
            guard buffer.appendField(field, of: bytes) else { return nil }
        }
        if isGuarded { return OutgoingFraming.pending(in: buffer) }
        guard buffer.appendHeadEnd() else { return nil }
        return head.framing == .chunked ? .chunked : .settled
    }

    private func writeCredential(to buffer: ByteBuffer) -> Bool {
        if let authorization, !authorization.withLine({ buffer.append($0) }) { return false }
        return keyID <= 0 || buffer.appendField("X-Nodegate-Key-Id", decimal: UInt64(keyID))
    }

    private func writeExchange(to buffer: ByteBuffer) -> Bool {
        guard buffer.append("X-Request-ID: "), buffer.append(exchange), buffer.append("\r\n") else { return false }
        return head.host.isEmpty || buffer.appendField("X-Forwarded-Host", bytes[head.host])
    }

    /// What the answer may be. The API speaks JSON, and redaction understands nothing else.
    private func writeNegotiation(to buffer: ByteBuffer) -> Bool {
        guard buffer.append(givesFiles ? "Accept: */*\r\n" : "Accept: application/json\r\n") else { return false }
        return !(isProtected || isRead) || buffer.append("Accept-Encoding: identity\r\n")
    }

    private func writeBody(to buffer: ByteBuffer) -> Bool {
        if isGuarded { return writeContentType(to: buffer) }
        switch head.framing {
        case .none, .untilClose: return true
        case .length(let count):
            guard buffer.appendField("Content-Length", decimal: count) else { return false }
            return count == 0 || writeContentType(to: buffer)
        case .chunked:
            return buffer.append("Transfer-Encoding: chunked\r\n") && writeContentType(to: buffer)
        }
    }

    /// Exactly one, and of a kind that the operation takes: the body was admitted by it.
    private func writeContentType(to buffer: ByteBuffer) -> Bool {
        buffer.appendField("Content-Type", bytes[head.contentType])
    }

    /// One that the operator lets through.
    private func isExtra(_ field: HeadField) -> Bool {
        guard field.id == .other, !configuration.extraFields.isEmpty else { return false }
        let name = bytes[field.name]
        for extra in configuration.extraFields where extra.count == name.count {
            var index = 0
            while index < extra.count, extra[index] == ASCII.lowercase(name[index]) { index += 1 }
            if index == extra.count { return true }
        }
        return false
    }

    private func passes(_ id: FieldID) -> Bool {
        switch id {
        case .acceptLanguage, .userAgent, .prefer, .traceparent, .tracestate, .xCorrelationID, .idempotencyKey,
            .contentLanguage, .contentDisposition, .contentMD5, .digest, .contentDigest, .reprDigest:
            return true
        case .acceptEncoding where isRead: return false
        case .acceptEncoding, .range, .ifRange, .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince:
            return !isProtected
                || ProtectedExchange.treatment(ofRequestField: id, method: head.method) == .forward
        case .authorization: return authorization == nil
        case .cookie: return configuration.passesCookies
        default: return false
        }
    }
}

extension ByteBuffer {
    /// Appends the 32 digits of an exchange's id.
    func append(_ exchange: ExchangeID) -> Bool {
        append(hexadecimal: exchange.high, width: 16) && append(hexadecimal: exchange.low, width: 16)
    }
}
