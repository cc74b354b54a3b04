/// Reads response heads from the bytes of one upstream connection, strictly by RFC 9112. Like `RequestParser`, it
/// keeps nothing of an incomplete head in the `ResponseHead`.
package struct ResponseParser: Sendable {
    private let limits: HTTPLimits
    private var lines = HeadLines()
    private var fieldsStart = -1
    private var fieldCount = 0

    package init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Like `RequestParser.parse`, for the answer to a request with `method`. After an interim head (1xx) the
    /// caller consumes it and parses on for the same request.
    package mutating func parse(
        _ bytes: Span<UInt8>, answering method: Method, into head: ResponseHead
    ) throws(ResponseError) -> Int? {
        var facts = HeadFacts()
        var fields = head.takeFields()
        defer { head.putBack(fields) }
        let isResumed = lines.position > 0
        guard var length = try read(bytes, into: head, &fields, noting: &facts) else { return nil }
        if isResumed {
            // What the first pieces said is gone, and every line is known to be well-formed.
            reset()
            facts = HeadFacts()
            guard let again = try read(bytes, into: head, &fields, noting: &facts) else { return nil }
            length = again
        }
        fields.count = fieldCount
        reset()
        try head.conclude(facts, marking: &fields, of: bytes, answering: method, limits: limits)
        return length
    }

    /// Forgets a head that was begun.
    package mutating func reset() {
        lines = HeadLines()
        fieldsStart = -1
        fieldCount = 0
    }

    /// The length of the head; nil when more bytes are needed.
    private mutating func read(
        _ bytes: Span<UInt8>, into head: ResponseHead, _ fields: inout FieldList, noting facts: inout HeadFacts
    ) throws(ResponseError) -> Int? {
        if fieldsStart < 0 {
            guard try readStatusLine(bytes, into: head) else { return nil }
        }
        do {
            return try readFields(bytes, into: &fields, noting: &facts)
        } catch {
            throw .head(error)
        }
    }

    /// False when more bytes are needed.
    private mutating func readStatusLine(_ bytes: Span<UInt8>, into head: ResponseHead) throws(ResponseError) -> Bool {
        let step: HeadLines.Step
        do {
            step = try lines.next(in: bytes, limit: limits.startLineBytes)
        } catch {
            throw .head(error)
        }
        switch step {
        case .incomplete: return false
        case .tooLong: throw .statusLineTooLong
        case .line(let end):
            try head.begin(bytes, from: lines.start, to: end)
            lines.advance(past: end)
            fieldsStart = lines.start
            return true
        }
    }

    /// As above, from the field lines on.
    private mutating func readFields(
        _ bytes: Span<UInt8>, into fields: inout FieldList, noting facts: inout HeadFacts
    ) throws(HeadFault) -> Int? {
        while let end = try lines.nextField(in: bytes, since: fieldsStart, count: fieldCount, limits: limits) {
            if end == lines.start {
                return end &+ 2
            }
            let field = try HeadField(line: bytes, from: lines.start, to: end)
            facts.note(field)
            fields.storage[fieldCount] = field
            fieldCount &+= 1
            lines.advance(past: end)
        }
        return nil
    }
}

extension ResponseHead {
    /// Reads a status line (RFC 9112 section 4): the bytes of `start..<end`, which hold no control byte but tab.
    func begin(_ bytes: Span<UInt8>, from start: Int, to end: Int) throws(ResponseError) {
        // "HTTP/1.1 200 " is the shortest; the space before an empty reason phrase is required.
        guard end &- start >= 13 else { throw .malformedStatusLine }
        switch HTTPVersion.read(bytes, at: start) {
        case .known(let known): values.version = known
        case .unknown: throw .unsupportedVersion
        case .malformed: throw .malformedStatusLine
        }
        guard bytes[start &+ 8] == 0x20, bytes[start &+ 12] == 0x20 else { throw .malformedStatusLine }
        var code: UInt16 = 0
        for index in (start &+ 9)..<(start &+ 12) {
            guard ASCII.isDigit(bytes[index]) else { throw .invalidStatus }
            code = code &* 10 &+ UInt16(bytes[index] &- 0x30)
        }
        guard code >= 100, code <= 599 else { throw .invalidStatus }
        guard code != 101 else { throw .switchingProtocols }
        values.status = code
        values.isInterim = code < 200
        values.reason = ByteRange(start: start &+ 13, count: end &- start &- 13)
    }

    /// Judges the head as a whole.
    func conclude(
        _ facts: HeadFacts, marking fields: inout FieldList, of bytes: Span<UInt8>, answering method: Method,
        limits: HTTPLimits
    ) throws(ResponseError) {
        let announced: BodyFraming?
        do {
            announced = try facts.framing(in: bytes, version: version)
            if facts.connectionCount == 0 {
                values.keepAlive = version == .http11
            } else {
                let options = try ConnectionOptions(
                    marking: &fields, of: bytes, limit: limits.connectionOptions)
                values.keepAlive = options.persists(version)
            }
        } catch {
            throw .head(error)
        }
        values.contentLength = nil
        if case .length(let count)? = announced { values.contentLength = count }
        values.framing = try bodyFraming(announced, answering: method)
        if framing == .untilClose { values.keepAlive = false }
        values.contentTypeCount = facts.typeCount
        values.contentType = facts.type
        values.contentEncodingCount = facts.encodingCount
        values.contentEncoding = facts.encoding
    }

    /// RFC 9112 section 6.3. What a 1xx or 204 must not announce is refused, because a peer that meant it would
    /// send bytes that look like the next response; `Content-Length: 0` is common there and harmless.
    private func bodyFraming(_ announced: BodyFraming?, answering method: Method) throws(ResponseError) -> BodyFraming {
        if isInterim || status == 204 {
            guard announced?.isEmpty ?? true else { throw .impossibleBody }
            return .none
        }
        if method == .head || status == 304 { return .none }
        return announced ?? .untilClose
    }
}
