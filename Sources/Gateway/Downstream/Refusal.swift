import AccessControl
import AuditTrail
import HTTPWire

/// An answer of the gateway's own instead of the appliance's.
struct Refusal {
    /// For the audit record; the client is told `reason.disclosed`.
    let reason: ReasonCode
    var status: UInt16
    /// What is wrong in this case, where it says more than the reason's own explanation.
    var detail: StaticString?
    var missingScope: Scope?
    /// The methods of the path, for an Allow field.
    var allowed: MethodSet = []
    /// Seconds after which a client may try again (RFC 9110 section 10.2.3).
    var retryAfter: UInt64?

    init(_ reason: ReasonCode, status: UInt16? = nil, detail: StaticString? = nil) {
        self.reason = reason
        self.status = status ?? reason.disclosed.status
        self.detail = detail
        switch reason {
        case .overloaded, .auditUnavailable, .draining, .tokenKeysUnavailable: retryAfter = 1
        default: break
        }
    }

    init(_ denial: Denial, _ operations: OperationTable) {
        self.init(denial.reason, detail: denial.target?.explanation)
        missingScope = denial.missingScope.map { operations[$0] }
        allowed = denial.allowed
    }

    init(_ error: RequestError) {
        self.init(ReasonCode(error), status: error.status)
    }
}

/// Problem documents (RFC 9457), with the `messages` that clients of the appliance look for.
extension Refusal {
    /// Writes head and body. A document is at most 2 KiB.
    func write(
        to buffer: ByteBuffer, exchange: ExchangeID, answering method: Method, isLast: Bool, origin: [UInt8],
        fields: [UInt8], at seconds: Int64, into body: ByteBuffer
    ) {
        body.removeAll()
        writeDocument(to: body, exchange)
        buffer.appendStatusLine(status)
        buffer.appendField("Content-Type", "application/problem+json")
        buffer.appendField("Cache-Control", "no-store")
        buffer.append("X-Request-ID: ")
        _ = buffer.append(exchange)
        buffer.append("\r\n")
        _ = buffer.append(fields)
        if status == 401 {
            // RFC 6750 section 3.1: the client may get a new token and try again.
            buffer.appendField(
                "WWW-Authenticate",
                reason == .refusedToken ? "Bearer realm=\"nodegate\", error=\"invalid_token\"" : "Bearer realm=\"nodegate\"")
        }
        if !allowed.isEmpty {
            buffer.append("Allow: ")
            allowed.emit(into: buffer)
            buffer.append("\r\n")
        }
        if let retryAfter { buffer.appendField("Retry-After", decimal: retryAfter) }
        if !origin.isEmpty { _ = CrossOrigin.write(origin, to: buffer) }
        if isLast { buffer.appendField("Connection", "close") }
        buffer.appendDateField(seconds)
        buffer.appendField("Content-Length", decimal: UInt64(body.count))
        buffer.appendHeadEnd()
        if method != .head { buffer.append(body.span) }
        body.removeAll()
    }

    private func writeDocument(to body: ByteBuffer, _ exchange: ExchangeID) {
        let told = reason.disclosed
        body.append("{\"type\":\"urn:nodegate:reason:")
        body.append(told.text)
        body.append("\",\"title\":\"")
        body.append(told.explanation)
        body.append("\",\"status\":")
        body.append(decimal: UInt64(status))
        body.append(",\"code\":\"")
        body.append(told.text)
        body.append("\",\"request_id\":\"")
        _ = body.append(exchange)
        if let missingScope {
            body.append("\",\"missing_scope\":\"")
            body.append(missingScope.description)
        }
        body.append("\",\"detail\":\"")
        writeSentence(to: body, told)
        body.append("\",\"messages\":[\"")
        writeSentence(to: body, told)
        body.append("\"]}\n")
    }

    /// Nothing in it needs escaping: it is made of the product's own texts and of names of scopes.
    private func writeSentence(to body: ByteBuffer, _ told: ReasonCode) {
        body.append(detail ?? told.explanation)
        guard let missingScope else { return }
        body.append(" Missing: ")
        body.append(missingScope.controller)
        body.append(" / ")
        body.append(missingScope.action)
        body.append(".")
    }
}
