import Foundation
import GatewayTesting
import NodeumSimulator
import Testing

@Suite("Requests on the wire: what the appliance gets of them")
struct WireRequestTests {
    private let site: TestSite
    private let key: String
    private let gateway: TestGateway

    init() throws {
        site = try TestSite()
        key = try site.key("pools/*", "cloud_connectors/*", "nas/*")
        gateway = try site.gateway()
    }

    private var seen: [ObservedRequest] { site.appliance.appliance.observations }

    @Test("Many requests in one write are answered in order, over one connection")
    func pipelining() throws {
        let client = try gateway.client()
        client.send((1...40).flatMap { Request("GET", "/pools/\($0)", key: key).bytes })
        for number in 1...40 { #expect(client.answer().text.contains("\"id\":\(number),")) }
        #expect(seen.map(\.targetText) == (1...40).map { "/api/v2/pools/\($0)" })
        #expect(site.appliance.acceptedCount == 1)
    }

    @Test("Mixed requests with bodies, refusals among them, cut at every byte")
    func splits() throws {
        let stream = Request("GET", "/pools/1", key: key).bytes
            + Request("PUT", "/pools/2", key: key, body: #"{"name":"a"}"#).bytes
            + Request("GET", "/tapes/3", key: key).bytes
            + chunked("PUT", "/pools/4", chunks: ["{\"name\"", ":\"b", "\"}"])
            + Request("DELETE", "/pools/5", key: key).bytes
        for cut in 1..<stream.count {
            let client = try gateway.client()
            client.send(Array(stream[..<cut]))
            client.send(Array(stream[cut...]))
            let statuses = (0..<5).map { _ in client.answer().status }
            guard statuses == [200, 200, 403, 200, 204] else {
                Issue.record("cut at \(cut): \(statuses)")
                return
            }
        }
    }

    @Test("One byte at a time")
    func bytewise() throws {
        let client = try gateway.client()
        for byte in chunked("PUT", "/pools/4", chunks: ["{\"name\"", ":\"b", "\"}"]) { client.send([byte]) }
        #expect(client.answer().status == 200)
        #expect(seen.last?.body == Array(#"{"name":"b"}"#.utf8))
        for byte in Request("GET", "/pools/1", key: key).bytes { client.send([byte]) }
        #expect(client.answer().status == 200)
    }

    private func chunked(_ method: String, _ path: String, chunks: [String], fields: [String] = []) -> [UInt8] {
        let fields = ["Transfer-Encoding: chunked", "Content-Type: application/json"] + fields
        let body = chunks.map { "\(String($0.utf8.count, radix: 16));x=y\r\n\($0)\r\n" }.joined()
        return Request(method, path, key: key, fields: fields).bytes + Array("\(body)0\r\nX-Trailer: t\r\n\r\n".utf8)
    }

    @Test("HTTP/1.0: closes unless asked to stay, and gets no chunks")
    func http10() throws {
        let head = "GET /api/v2/pools/1 HTTP/1.0\r\nAuthorization: Bearer \(key)\r\n"
        let once = try gateway.client()
        once.send(head + "\r\n")
        let answer = once.answer()
        #expect(answer.status == 200 && answer.isWhole && answer.field("Connection") == "close")
        #expect(once.ending() == .closed)
        let staying = try gateway.client()
        for _ in 0..<3 {
            staying.send(head + "Connection: keep-alive\r\n\r\n")
            let answer = staying.answer()
            #expect(answer.status == 200 && answer.isWhole)
            #expect(answer.values("Connection") == ["keep-alive"])
        }
    }

    @Test("Connection: close is heeded")
    func close() throws {
        let client = try gateway.client()
        client.send(Request("GET", "/pools/1", key: key, fields: ["Connection: close"]).bytes)
        #expect(client.answer().values("Connection") == ["close"])
        #expect(client.ending() == .closed)
    }

    @Test("HEAD needs and runs what GET does, and has no body", arguments: [true, false])
    func head(seesSecrets: Bool) throws {
        let key = try site.key(granted: ["pools/*"] + (seesSecrets ? ["cloud_connectors/get_secret_key"] : []))
        try gateway.follow()
        let client = try gateway.client()
        client.send(Request("HEAD", "/pools/1", key: key).bytes)
        let answer = client.answer(to: "HEAD")
        #expect(answer.status == 200)
        client.send(Request("GET", "/pools/1", key: key).bytes)
        let get = client.answer()
        #expect(get.status == 200)
        // Of a masked body nobody knows the length without making it.
        #expect(answer.field("Content-Length") == (seesSecrets ? "\(get.body.count)" : nil))
        client.send(Request("HEAD", "/tapes/1", key: key).bytes)
        #expect(client.answer(to: "HEAD").status == 403)
        client.send(Request("GET", "/pools/1", key: key).bytes)
        #expect(client.answer().status == 200)
        #expect(seen.map(\.method) == ["HEAD", "GET", "GET"])
    }

    @Test("Expect: 100-continue: a stored intent, then 100, then the body")
    func expectation() throws {
        let body = #"{"name":"later"}"#
        let fields = ["Expect: 100-continue", "Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
        let client = try gateway.client()
        client.send(Request("PUT", "/pools/1", key: key, fields: fields).bytes)
        let interim = client.head()
        #expect(interim.head == "HTTP/1.1 100 Continue")
        #expect(try site.records { $0.kind = .intent }.map(\.ran) == ["pools#update"])
        #expect(try site.records { $0.kind = .outcome }.isEmpty)
        client.send(body)
        #expect(client.answer().status == 200)
        #expect(seen.last?.body == Array(body.utf8))
        #expect(seen.last?.values("Expect") == [])
    }

    @Test("Expect: 100-continue with a refusal: no 100, and what follows is not taken for a request", arguments: [
        ("/tapes/1", "403"), ("/nowhere", "404"),
    ])
    func refusedExpectation(path: String, status: String) throws {
        let smuggled = "DELETE /api/v2/pools/1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\n\r\n"
        let fields = ["Expect: 100-continue", "Content-Type: application/json", "Content-Length: \(smuggled.utf8.count)"]
        let client = try gateway.client()
        client.send(Request("PUT", path, key: key, fields: fields).bytes)
        let answer = client.answer()
        #expect(String(answer.status) == (path == "/tapes/1" ? "405" : status))
        #expect(answer.interim == [] && answer.field("Connection") == "close")
        client.send(smuggled)
        #expect(client.rest() == [])
        #expect(seen.isEmpty)
    }

    @Test("Uploads arrive whole, by length and in chunks", arguments: [1, 1_000, 65_535, 65_536, 65_537, 300_000])
    func uploads(size: Int) throws {
        let body = "{\"name\":\"" + String(repeating: "x", count: size) + "\"}"
        let client = try gateway.client()
        client.send(Request("PUT", "/pools/1", key: key, body: body).bytes)
        #expect(client.answer().status == 200)
        #expect(seen.last?.bodyCount == UInt64(body.utf8.count))
        // What is read on its way is collected first; if it does not fit, its length is not known in time.
        let isCollected = size < 60_000
        #expect(seen.last?.values("Transfer-Encoding") == (isCollected ? [] : ["chunked"]))
        let digest = try #require(seen.last?.bodyDigest)
        var dice = Dice(seed: UInt64(size))
        var chunks: [String] = []
        var rest = body[...]
        while !rest.isEmpty {
            let count = min(rest.count, 1 + dice.below(max(1, size / 3)))
            chunks.append(String(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        client.send(chunked("PUT", "/pools/2", chunks: chunks))
        #expect(client.answer().status == 200)
        #expect(seen.last?.bodyDigest == digest)
        #expect(seen.last?.values("Content-Length") == (isCollected ? [String(body.utf8.count)] : []))
        #expect(seen.last?.values("X-Trailer") == [])
        let outcome = try #require(try site.records { $0.kind = .outcome }.last)
        #expect(outcome[.bytesIn] == Int64(body.utf8.count))
    }

    @Test("Claims, cookies, hop-by-hop and unknown fields stay outside; the gateway makes its own")
    func fields() throws {
        let dropped = [
            "Cookie: _nodeum_session=stolen", "X-Forwarded-For: 10.9.9.9", "X-Forwarded-Proto: https",
            "X-Forwarded-Host: evil.example", "Forwarded: for=10.9.9.9", "X-Real-IP: 10.9.9.9",
            "X-Original-URL: /api/v2/users", "X-Rewrite-URL: /api/v2/users", "X-HTTP-Method-Override: DELETE",
            "X_HTTP_Method_Override: DELETE", "X_Forwarded_For: 10.9.9.9", "TE: trailers", "Keep-Alive: timeout=9",
            "Proxy-Authorization: Basic eDp5", "Upgrade: h2c", "X-Unknown: 1", "X-Nominated: 1",
            "Connection: X-Nominated, X-Forwarded-For, Authorization, Host, X-Request-ID, keep-alive",
            "X-Request-ID: client-id-1",
        ]
        let kept = ["Accept-Language: de", "User-Agent: test/1", "traceparent: 00-1-2-03"]
        let answer = try gateway.ask("GET", "/pools/1", key: key, fields: dropped + kept)
        #expect(answer.status == 200)
        let request = try #require(seen.last)
        #expect(request.effectiveMethod == "GET")
        let names = request.fields.map { $0.name.lowercased() }.sorted()
        #expect(names == [
            "accept", "accept-encoding", "accept-language", "authorization", "host", "traceparent", "user-agent", "via",
            "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id",
        ])
        #expect(request.values("Accept-Encoding") == ["identity"])
        #expect(request.values("X-Forwarded-For") == ["127.0.0.1"])
        #expect(request.values("X-Forwarded-Proto") == ["http"])
        #expect(request.values("X-Forwarded-Host") == ["nodeum.example"])
        #expect(request.values("Host") == ["127.0.0.1:\(site.appliance.port)"])
        #expect(request.values("Via") == ["1.1 nodegate"])
        #expect(request.values("X-Request-ID") == [answer.exchange])
        #expect(try site.records(of: answer).first?[.clientRequestID] == "client-id-1")
    }
}
