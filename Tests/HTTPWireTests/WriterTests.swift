import HTTPWire
import Testing

@Suite("Writers")
struct WriterTests {
    @Test("a response")
    func response() {
        let buffer = ByteBuffer(capacity: 512)
        #expect(buffer.appendStatusLine(200))
        #expect(buffer.appendField("Server", "nodegate"))
        #expect(buffer.appendField("X-Value", value: "a\tb"))
        #expect(buffer.appendField("Content-Length", decimal: .max))
        #expect(buffer.appendDateField(784_111_777))
        #expect(buffer.appendHeadEnd())
        #expect(text(buffer) == """
            HTTP/1.1 200 OK\r\nServer: nodegate\r\nX-Value: a\tb\r\nContent-Length: 18446744073709551615\r\n\
            Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n
            """)
    }

    @Test("a status without a phrase keeps the space, and reads back")
    func unknownStatus() throws {
        let buffer = ByteBuffer(capacity: 64)
        #expect(buffer.appendStatusLine(299))
        #expect(text(buffer) == "HTTP/1.1 299 \r\n")
        #expect(buffer.appendHeadEnd())
        let head = ResponseHead(limits: HTTPLimits())
        var parser = ResponseParser(limits: HTTPLimits())
        #expect(try parser.parse(contents(buffer), answering: .get, into: head) == buffer.count)
        #expect(!buffer.appendStatusLine(99))
        #expect(!buffer.appendStatusLine(1000))
    }

    @Test("a request line")
    func requestLine() {
        let buffer = ByteBuffer(capacity: 64)
        #expect(buffer.appendRequestLine(method: .patch, target: "/a?b=c"))
        #expect(buffer.appendRequestLine(method: "PURGE", target: "/"))
        #expect(text(buffer) == "PATCH /a?b=c HTTP/1.1\r\nPURGE / HTTP/1.1\r\n")
    }

    @Test("nothing that could end a line is written", arguments: ["a\r\nX: y", "a\n", "\r", "a\0", "\u{7f}", "\u{1b}[m"])
    func injection(_ value: String) {
        let buffer = ByteBuffer(capacity: 256)
        #expect(!buffer.appendField("X", value: value))
        #expect(!buffer.appendRequestLine(method: .get, target: "/" + value))
        #expect(!buffer.appendRequestLine(method: "GET" + value, target: "/"))
        #expect(buffer.isEmpty)
    }

    @Test("a target or method that would split the request line is not written")
    func splitRequestLine() {
        let buffer = ByteBuffer(capacity: 256)
        #expect(!buffer.appendRequestLine(method: .get, target: "/a b"))
        #expect(!buffer.appendRequestLine(method: .get, target: "/caf\u{e9}"))
        #expect(!buffer.appendRequestLine(method: .get, target: ""))
        #expect(!buffer.appendRequestLine(method: .unknown, target: "/"))
        #expect(!buffer.appendRequestLine(method: "", target: "/"))
        #expect(!buffer.appendRequestLine(method: "G T", target: "/"))
        #expect(buffer.isEmpty)
    }

    @Test("what does not fit is not begun", arguments: 0...26)
    func full(capacity: Int) {
        let writers: [(ByteBuffer) -> Bool] = [
            { $0.appendStatusLine(200) },
            { $0.appendRequestLine(method: .get, target: "/abcdefgh") },
            { $0.appendRequestLine(method: "GET", target: "/abcdefgh") },
            { $0.appendField("Name", "a static value") },
            { $0.appendField("Name", value: "a dynamic value") },
            { $0.appendField("Name", decimal: 12345) },
            { $0.appendDateField(0) },
            { $0.appendChunkHead(0x1234) },
            { $0.appendLastChunk() },
            { $0.appendHeadEnd() },
        ]
        for (index, write) in writers.enumerated() {
            let buffer = ByteBuffer(capacity: capacity + 1)
            buffer.append(UInt8(ascii: "x"))
            if write(buffer) {
                #expect(buffer.count > 1, "writer \(index)")
            } else {
                #expect(text(buffer) == "x", "writer \(index)")
            }
        }
    }

    @Test("a parsed field keeps its name, its value loses the white space", arguments: [
        "X-Own: a b", "X-Own:a b", "X-Own:  a b ", "X-Own:\ta b\t", "X-Own: \ta b",
    ])
    func parsedField(_ line: String) throws {
        let request = bytes("GET / HTTP/1.1\r\nHost: a\r\n" + line + "\r\n\r\n")
        let head = RequestHead(limits: HTTPLimits())
        var parser = RequestParser(limits: HTTPLimits())
        #expect(try parser.parse(request, into: head) == request.count)
        let buffer = ByteBuffer(capacity: 64)
        #expect(buffer.appendField(head.fields[1], of: request))
        #expect(text(buffer) == "X-Own: a b\r\n")
    }

    @Test("an empty parsed value")
    func emptyField() throws {
        let request = bytes("GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \r\n\r\n")
        let head = RequestHead(limits: HTTPLimits())
        var parser = RequestParser(limits: HTTPLimits())
        #expect(try parser.parse(request, into: head) == request.count)
        let buffer = ByteBuffer(capacity: 64)
        #expect(buffer.appendField(head.fields[1], of: request))
        #expect(buffer.appendField(head.fields[2], of: request))
        #expect(text(buffer) == "X: \r\nY: \r\n")
    }

    @Test("chunks")
    func chunks() throws {
        let buffer = ByteBuffer(capacity: 64)
        #expect(buffer.appendChunkHead(26))
        #expect(buffer.append("abcdefghijklmnopqrstuvwxyz"))
        #expect(buffer.appendChunkEnd())
        #expect(!buffer.appendChunkHead(0))
        #expect(buffer.appendLastChunk())
        #expect(text(buffer) == "1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n")
        var decoder = BodyDecoder(framing: .chunked, limits: HTTPLimits())
        #expect(try decoder.next(text(buffer)) == BodyStep(consumed: buffer.count, payload: 4..<30, isEnd: true))
    }

    @Test("dates", arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"), (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
        (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"), (.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"), (.min, "Sat, 01 Jan 0000 00:00:00 GMT"),
    ] as [(Int64, String)])
    func dates(_ seconds: Int64, _ expected: String) {
        let date = HTTPDate.imfFixdate(seconds)
        #expect(String(decoding: (0..<HTTPDate.count).map { date[$0] }, as: UTF8.self) == expected)
    }
}
