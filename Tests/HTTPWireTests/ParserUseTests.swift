import HTTPWire
import Testing

@Suite("How parsers and heads are used")
struct ParserUseTests {
    private let limits = HTTPLimits()

    @Test("one head serves two connections whose requests arrive in turns")
    func sharedHead() throws {
        let head = RequestHead(limits: limits)
        var first = RequestParser(limits: limits)
        var second = RequestParser(limits: limits)
        let one = bytes("POST /one HTTP/1.1\r\nHost: one\r\nContent-Length: 1\r\nX: y\r\nAuthorization: a\r\n\r\n")
        let two = bytes("GET /two HTTP/1.0\r\nAccept: b\r\n\r\n")
        #expect(try first.parse(Array(one[..<60]), into: head) == nil)
        #expect(try second.parse(two, into: head) == two.count)
        #expect(two[head.path] == "/two" && head.host.isEmpty && head.authorizationCount == 0)
        #expect(try first.parse(one, into: head) == one.count)
        #expect(head.method == .post && head.framing == .length(1) && head.fields.count == 4)
        #expect(one[head.host] == "one" && one[head.authorization] == "a")
        #expect(head.version == .http11 && head.keepAlive)
    }

    @Test("nothing of one request is left in the next")
    func reuse() throws {
        let head = RequestHead(limits: limits)
        var parser = RequestParser(limits: limits)
        let full = bytes("""
            OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\nX: y\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\
            Authorization: z\r\nContent-Type: t/u\r\n\r\n
            """)
        let least = bytes("GET / HTTP/1.0\r\nX: y\r\n\r\n")
        #expect(try parser.parse(full, into: head) == full.count)
        #expect(head.isAsterisk && head.expectsContinue && !head.keepAlive)
        #expect(try parser.parse(least, into: head) == least.count)
        #expect(!head.isAsterisk && !head.expectsContinue && head.framing == .none && head.host.isEmpty)
        #expect(head.authorizationCount == 0 && head.authorization.isEmpty)
        #expect(head.contentTypeCount == 0 && head.contentType.isEmpty)
        #expect(head.fields.count == 1 && !head.fields[0].isHopByHop)
    }

    @Test("pipelined requests are read one after another from one buffer")
    func pipelining() throws {
        let head = RequestHead(limits: limits)
        var parser = RequestParser(limits: limits)
        let buffer = ByteBuffer(capacity: 1024)
        for index in 1...5 { buffer.append("GET /\(index) HTTP/1.1\r\nHost: a\r\n\r\n") }
        for index in 1...5 {
            let length = try #require(try parser.parse(buffer, into: head))
            #expect(bytes(text(buffer))[head.path] == "/\(index)")
            buffer.consume(length)
        }
        #expect(buffer.isEmpty)
        #expect(try parser.parse(buffer, into: head) == nil)
    }

    @Test("reset forgets a head that was begun")
    func reset() throws {
        let head = RequestHead(limits: limits)
        var parser = RequestParser(limits: limits)
        #expect(try parser.parse(bytes("GET /long/path HTTP/1.1\r\nHos"), into: head) == nil)
        parser.reset()
        let whole = bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try parser.parse(whole, into: head) == whole.count)
    }

    @Test("an interim answer and the final one are read from the same bytes")
    func interim() throws {
        let head = ResponseHead(limits: limits)
        var parser = ResponseParser(limits: limits)
        let both = bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
        let first = try #require(try parser.parse(both, answering: .post, into: head))
        #expect(head.isInterim && head.framing == .none)
        let rest = Array(both[first...])
        let second = try #require(try parser.parse(rest, answering: .post, into: head))
        #expect(!head.isInterim && head.framing == .length(1) && first + second == both.count - 1)
    }

    @Test("fields are found by name, in order")
    func lookup() throws {
        let head = RequestHead(limits: limits)
        var parser = RequestParser(limits: limits)
        let request = bytes("GET / HTTP/1.1\r\nCookie: a\r\nHost: h\r\ncookie: b\r\n\r\n")
        #expect(try parser.parse(request, into: head) == request.count)
        #expect(head.fields.count(of: .cookie) == 2 && head.fields.count(of: .via) == 0)
        #expect(head.fields.firstIndex(of: .cookie) == 0)
        #expect(head.fields.firstIndex(of: .cookie, from: 1) == 2)
        #expect(head.fields.firstIndex(of: .cookie, from: 3) == nil)
    }

    @Test("a buffer of the size that the limits name holds the largest head")
    func largestHead() throws {
        let limits = HTTPLimits(startLineBytes: 64, fieldCount: 2, fieldBytes: 64)
        let line = "GET /" + String(repeating: "a", count: 50) + " HTTP/1.1\r\n"
        let fields = "Host: a\r\nX: " + String(repeating: "b", count: 50) + "\r\n"
        let buffer = ByteBuffer(capacity: limits.headBytes)
        #expect(buffer.append("\r\n" + line + fields + "\r\n"))
        #expect(buffer.room == 0)
        let head = RequestHead(limits: limits)
        var parser = RequestParser(limits: limits)
        #expect(try parser.parse(buffer, into: head) == limits.headBytes)
    }

    @Test("an empty body is over before it begins", arguments: [BodyFraming.none, .length(0)])
    func emptyBody(_ framing: BodyFraming) throws {
        var decoder = BodyDecoder(framing: framing, limits: limits)
        #expect(decoder.isEnd)
        #expect(try decoder.next("GET /") == BodyStep(consumed: 0, payload: 0..<0, isEnd: true))
        try decoder.end()
    }

    @Test("a body knows what remains, and stays refused once refused")
    func remaining() throws {
        var decoder = BodyDecoder(framing: .length(10), limits: limits)
        #expect(try decoder.next("abcd") == BodyStep(consumed: 4, payload: 0..<4, isEnd: false))
        #expect(decoder.remaining == 6)
        #expect(try decoder.next("efghijkl") == BodyStep(consumed: 6, payload: 0..<6, isEnd: true))

        var chunked = BodyDecoder(framing: .chunked, limits: limits)
        #expect(try chunked.next("a\r\nab") == BodyStep(consumed: 5, payload: 3..<5, isEnd: false))
        #expect(chunked.remaining == 8)
        #expect(try chunked.next("cdefghijX") == BodyStep(consumed: 8, payload: 0..<8, isEnd: false))
        #expect(throws: BodyError.malformedChunk) { try chunked.next("X") }
        #expect(throws: BodyError.malformedChunk) { try chunked.next("\r\n0\r\n\r\n") }
        #expect(throws: BodyError.malformedChunk) { try chunked.end() }
    }

    @Test("every refusal has a 4xx or 5xx status and a reason of its own")
    func refusals() {
        let errors = HeadFault.allCases.map { RequestError.head($0) } + [
            .requestLineTooLong, .malformedRequestLine, .unsupportedVersion, .methodNotAllowed, .invalidTarget,
            .missingHost, .repeatedHost, .invalidHost, .hostMismatch, .unsupportedExpectation,
        ]
        #expect(errors.allSatisfy { (400...505).contains($0.status) })
        #expect(Set(errors.map { "\($0.reason)" }).count == errors.count)
        #expect(errors.allSatisfy { reasonPhrase($0.status).utf8CodeUnitCount > 0 })
    }
}
