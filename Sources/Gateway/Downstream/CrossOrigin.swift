import AuditTrail
import HTTPWire
import Settings

/// What pages of other origins may do (Fetch standard, section 3.2).
enum CrossOrigin {
    /// The Origin of a request, when it is one of those that may.
    static func allowed(_ head: RequestHead, _ bytes: Span<UInt8>, _ settings: Settings.CrossOrigin) -> [UInt8]? {
        guard !settings.origins.isEmpty else { return nil }
        let fields = head.fields
        guard fields.count(of: .origin) == 1, let place = fields.firstIndex(of: .origin) else { return nil }
        let origin = bytes[fields[place].value]
        for candidate in settings.origins {
            let text = Array(candidate.utf8)
            guard text.count == origin.count else { continue }
            var index = 0
            while index < text.count, text[index] == origin[index] { index += 1 }
            if index == text.count { return text }
        }
        return nil
    }

    /// A browser asks whether it may send a request.
    static func isPreflight(_ head: RequestHead, _ bytes: Span<UInt8>) -> Bool {
        guard head.method == .options, head.framing.isEmpty else { return false }
        let fields = head.fields
        for index in 0..<fields.count where bytes[fields[index].name].equalsIgnoringCase("access-control-request-method") {
            return true
        }
        return false
    }

    /// The fields that let a page see an answer.
    static func write(_ origin: [UInt8], to buffer: ByteBuffer) -> Bool {
        buffer.append("Access-Control-Allow-Origin: ") && buffer.append(origin)
            && buffer.append("\r\nAccess-Control-Expose-Headers: X-Request-ID\r\nVary: Origin\r\n")
    }

    /// The whole answer to a preflight. What a page may send is decided when it sends it.
    static func writePreflight(
        _ origin: [UInt8], exchange: ExchangeID, maximumAge: UInt64, isLast: Bool, fields: [UInt8],
        at seconds: Int64, to buffer: ByteBuffer
    ) {
        buffer.appendStatusLine(204)
        buffer.append("X-Request-ID: ")
        _ = buffer.append(exchange)
        buffer.append("\r\n")
        _ = buffer.append(fields)
        _ = write(origin, to: buffer)
        buffer.append("Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE\r\n")
        buffer.append("Access-Control-Allow-Headers: Authorization, Content-Type, X-Request-ID\r\n")
        buffer.appendField("Access-Control-Max-Age", decimal: maximumAge / 1_000)
        if isLast { buffer.appendField("Connection", "close") }
        buffer.appendDateField(seconds)
        buffer.appendHeadEnd()
    }
}
