import HTTPWire

/// What came of a message, as the facts that vectors expect; equal for every way the bytes may arrive.
struct Outcome: Equatable {
    var facts: [String] = []

    /// The message's bytes arrive in pieces that end at `cuts`, the last of which is the whole.
    static func ofRequest(_ vector: Vector, cuts: [Int]) -> Outcome {
        let head = RequestHead(limits: vector.limits)
        var parser = RequestParser(limits: vector.limits)
        var outcome = Outcome()
        for (index, cut) in cuts.enumerated() {
            let length: Int?
            do {
                length = try parser.parse(vector.bytes.span.extracting(0..<cut), into: head)
            } catch {
                return Outcome(facts: ["refused \(error.status) \(error.reason)"])
            }
            guard let length else { continue }
            outcome.describe(head, length, vector.bytes)
            outcome.readBody(vector, framing: head.framing, from: length, cuts: cuts[index...])
            return outcome
        }
        return Outcome(facts: ["incomplete"])
    }

    static func ofResponse(_ vector: Vector, cuts: [Int]) -> Outcome {
        let head = ResponseHead(limits: vector.limits)
        var parser = ResponseParser(limits: vector.limits)
        var outcome = Outcome()
        for (index, cut) in cuts.enumerated() {
            let length: Int?
            do {
                let bytes = vector.bytes.span.extracting(0..<cut)
                length = try parser.parse(bytes, answering: vector.method, into: head)
            } catch {
                return Outcome(facts: ["refused \(error.reason)"])
            }
            guard let length else { continue }
            outcome.describe(head, length, vector.bytes)
            outcome.readBody(vector, framing: head.framing, from: length, cuts: cuts[index...])
            return outcome
        }
        return Outcome(facts: ["incomplete"])
    }

    private mutating func readBody(_ vector: Vector, framing: BodyFraming, from start: Int, cuts: ArraySlice<Int>) {
        var decoder = BodyDecoder(framing: framing, limits: vector.limits)
        var at = start
        var payload: [UInt8] = []
        do {
            for cut in cuts {
                while !decoder.isEnd {
                    let step = try decoder.next(vector.bytes.span.extracting(at..<cut))
                    payload += vector.bytes[(at + step.payload.lowerBound)..<(at + step.payload.upperBound)]
                    at += step.consumed
                    if step.consumed == 0 { break }
                }
            }
            if vector.closes { try decoder.end() }
            if !decoder.isEnd { facts.append("body-incomplete") }
            facts.append("rest \(Vector.escape(vector.bytes[at...]))")
        } catch {
            facts.append("body-refused \(error.reason)")
        }
        facts.append("body \(Vector.escape(payload))")
    }

    private mutating func describe(_ head: RequestHead, _ length: Int, _ bytes: [UInt8]) {
        let text = { (range: ByteRange) in Vector.escape(bytes[range.range]) }
        facts += [
            "accepted", "length \(length)", "method \(head.method.name)", "method-name \(text(head.methodRange))",
            "version \(head.version.text)", "target \(text(head.target))", "path \(text(head.path))",
            "asterisk \(head.isAsterisk.text)", "host \(text(head.host))", "framing \(head.framing.text)",
            "keep-alive \(head.keepAlive.text)", "expects-continue \(head.expectsContinue.text)",
            "authorization \(head.authorizationCount) \(text(head.authorization))",
            "content-type \(head.contentTypeCount) \(text(head.contentType))",
        ]
        describe(head.fields, bytes)
    }

    private mutating func describe(_ head: ResponseHead, _ length: Int, _ bytes: [UInt8]) {
        let text = { (range: ByteRange) in Vector.escape(bytes[range.range]) }
        facts += [
            "accepted", "length \(length)", "status \(head.status)", "version \(head.version.text)",
            "reason \(text(head.reason))", "interim \(head.isInterim.text)", "framing \(head.framing.text)",
            "keep-alive \(head.keepAlive.text)", "content-length \(head.contentLength.map(String.init) ?? "none")",
            "content-type \(head.contentTypeCount) \(text(head.contentType))",
            "content-encoding \(head.contentEncodingCount) \(text(head.contentEncoding))",
        ]
        describe(head.fields, bytes)
    }

    private mutating func describe(_ fields: FieldList, _ bytes: [UInt8]) {
        facts.append("fields \(fields.count)")
        for index in 0..<fields.count {
            let field = fields[index]
            let name = Vector.escape(bytes[field.name.range])
            facts.append("field \(name): \(Vector.escape(bytes[field.value.range]))")
            facts.append("id \(name) \(field.id)")
            facts.append("\(field.isHopByHop ? "hop" : "end-to-end") \(name)")
        }
    }

    /// What `expectations` say and this outcome does not.
    func missing(_ expectations: [String]) -> [String] {
        let trimmed = Set(facts.map { $0.hasSuffix(" ") ? String($0.dropLast()) : $0 })
        var missing = expectations.filter { !trimmed.contains($0.hasSuffix(" ") ? String($0.dropLast()) : $0) }
        // A body is complete unless the vector says otherwise.
        for end in ["body-incomplete", "body-refused"] where !expectations.contains(where: { $0.hasPrefix(end) }) {
            missing += facts.filter { $0.hasPrefix(end) }.map { "unexpected \($0)" }
        }
        return missing
    }
}

extension HTTPVersion {
    var text: String { self == .http11 ? "1.1" : "1.0" }
}

extension Bool {
    var text: String { self ? "yes" : "no" }
}

extension BodyFraming {
    var text: String {
        switch self {
        case .none: "none"
        case .length(let count): "length \(count)"
        case .chunked: "chunked"
        case .untilClose: "until-close"
        }
    }
}
