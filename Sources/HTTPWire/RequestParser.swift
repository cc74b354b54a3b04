/// Reads request heads from the bytes of one connection, strictly by RFC 9112.
///
/// Nothing of a head that is not complete is kept in the `RequestHead`, so that one object can serve every
/// connection of a lane; a head that arrives in pieces is read a second time once it is whole.
package struct RequestParser: Sendable {
    private let limits: HTTPLimits
    private var lines = HeadLines()
    private var fieldsStart = -1
    private var fieldCount = 0
    private var skippedEmptyLine = false

    package init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Looks at everything received and not yet consumed of one connection.
    ///
    /// - Returns: the length of the head in bytes (a leading empty line included) once it is complete, with
    ///   `head` filled in and the parser ready for the next request; nil while more bytes are needed, when the
    ///   next call must start with the same bytes again. The search never starts over.
    /// - Throws: as soon as the bytes at hand can never become a valid head.
    package mutating func parse(_ bytes: Span<UInt8>, into head: RequestHead) throws(RequestError) -> Int? {
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
        try head.conclude(facts, marking: &fields, of: bytes, limits: limits)
        return length
    }

    /// Forgets a head that was begun.
    package mutating func reset() {
        lines = HeadLines()
        fieldsStart = -1
        fieldCount = 0
        skippedEmptyLine = false
    }

    /// The length of the head; nil when more bytes are needed.
    private mutating func read(
        _ bytes: Span<UInt8>, into head: RequestHead, _ fields: inout FieldList, noting facts: inout HeadFacts
    ) throws(RequestError) -> Int? {
        if fieldsStart < 0 {
            guard try readRequestLine(bytes, into: head) else { return nil }
        }
        do {
            return try readFields(bytes, into: &fields, noting: &facts)
        } catch {
            throw .head(error)
        }
    }

    /// False when more bytes are needed.
    private mutating func readRequestLine(_ bytes: Span<UInt8>, into head: RequestHead) throws(RequestError) -> Bool {
        while true {
            let step: HeadLines.Step
            do {
                step = try lines.next(in: bytes, limit: limits.startLineBytes)
            } catch {
                throw .head(error)
            }
            switch step {
            case .incomplete: return false
            case .tooLong: throw .requestLineTooLong
            case .line(let end) where end == lines.start:
                // RFC 9112 section 2.2: at least one empty line before a request is to be ignored; one it is.
                guard !skippedEmptyLine else { throw .malformedRequestLine }
                skippedEmptyLine = true
                lines.advance(past: end)
            case .line(let end):
                head.begin(try RequestLine(bytes, from: lines.start, to: end))
                lines.advance(past: end)
                fieldsStart = lines.start
                return true
            }
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

extension HeadLines {
    /// Where the current line of a field section that began at `first` ends; nil when more bytes are needed.
    @inline(__always)
    mutating func nextField(
        in bytes: Span<UInt8>, since first: Int, count: Int, limits: HTTPLimits
    ) throws(HeadFault) -> Int? {
        // The line's own end counts too, except for the empty line after the last field.
        let left = max(0, limits.fieldBytes &- (start &- first) &- 2)
        switch try next(in: bytes, limit: left) {
        case .incomplete: return nil
        case .tooLong: throw .fieldsTooLarge
        case .line(let end):
            guard end == start || count < limits.fieldCount else { throw .tooManyFields }
            return end
        }
    }
}

extension RequestHead {
    func begin(_ line: RequestLine) {
        values.method = line.method
        values.methodRange = line.methodRange
        values.version = line.version
        values.target = line.target
        values.path = line.path
        values.targetAuthority = line.authority
        values.isAsterisk = line.method == .options && line.target.count == 1 && line.path == line.target
    }

    /// Judges the head as a whole.
    func conclude(
        _ facts: HeadFacts, marking fields: inout FieldList, of bytes: Span<UInt8>, limits: HTTPLimits
    ) throws(RequestError) {
        try concludeHost(facts, of: bytes)
        do {
            values.framing = try facts.framing(in: bytes, version: version) ?? .none
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
        values.expectsContinue = false
        if facts.expectCount > 0 {
            guard facts.expectCount == 1, bytes[facts.expect].equalsIgnoringCase("100-continue") else {
                throw .unsupportedExpectation
            }
            values.expectsContinue = version == .http11 && !framing.isEmpty
        }
        values.authorizationCount = facts.authorizationCount
        values.authorization = facts.authorization
        values.contentTypeCount = facts.typeCount
        values.contentType = facts.type
    }

    /// RFC 9112 section 3.2: exactly one valid Host, the same as the target's own authority.
    private func concludeHost(_ facts: HeadFacts, of bytes: Span<UInt8>) throws(RequestError) {
        guard facts.hostCount <= 1 else { throw .repeatedHost }
        values.host = facts.host
        if facts.hostCount == 0 {
            guard version == .http10 else { throw .missingHost }
            guard values.targetAuthority.isEmpty else { throw .missingHost }
            return
        }
        guard Authority(bytes[host]) != nil else { throw .invalidHost }
        if !values.targetAuthority.isEmpty {
            guard bytes[values.targetAuthority].equalsIgnoringCase(bytes[host]) else { throw .hostMismatch }
        }
    }
}
