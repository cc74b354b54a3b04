import AccessControl
import Foundation
import Gateway
import GatewayTesting
import NodeumSimulator
import Settings
import Testing

@Suite("Refusals: what is not a request, or too much of one")
struct RefusalTests {
    @Test("Every vector of a refused head is refused over a socket, recorded, and reaches nobody")
    func heads() throws {
        let site = try TestSite()
        let gateway = try site.gateway()
        let vectors = try WireVector.load(
            "request-line-refused", "request-fields-refused", "request-host-refused", "request-framing-refused")
            .filter { !$0.hasLimits }
        #expect(vectors.count > 150)
        for vector in vectors {
            let words = try #require(vector.expectations.first).split(separator: " ")
            let client = try gateway.client()
            client.send(vector.bytes)
            let answer = client.answer()
            #expect("\(answer.status)" == words[1], "\(vector.name): \(answer.text)")
            #expect(answer.field("Connection") == "close", "\(vector.name)")
            let records = try site.records(of: answer)
            #expect(records.map(\.kind) == ["outcome"] && records.first?.status == answer.status, "\(vector.name)")
            // What the head began with follows.
            #expect(records.first?[.detail].split(separator: ";").first == words[2], "\(vector.name)")
            client.finishWriting()
            #expect(client.ending() == .closed, "\(vector.name)")
        }
        #expect(site.appliance.acceptedCount == 0)
    }

    @Test("Every vector of a refused body: the appliance gets no end of it")
    func bodies() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway()
        let vectors = try WireVector.load("request-body-refused").filter { !$0.hasLimits && !$0.closes }
        #expect(vectors.count > 20)
        for vector in vectors {
            // The vector's body, behind a head that is let through.
            let text = vector.bytes
            guard let end = (0..<(text.count - 3)).first(where: { Array(text[$0..<($0 + 4)]) == [13, 10, 13, 10] }) else { continue }
            let fields = ["Transfer-Encoding: chunked", "Content-Type: application/json"]
            let client = try gateway.client()
            client.send(Request("PUT", "/pools/1", key: key, fields: fields).bytes + text[(end + 4)...])
            let answer = client.answer()
            #expect(answer.status == 400 && answer.code == "malformed_body", "\(vector.name): \(answer.status) \(answer.text)")
            #expect(try site.records(of: answer).map(\.kind) == ["intent", "outcome"], "\(vector.name)")
            client.finishWriting()
            #expect(client.ending() == .closed, "\(vector.name)")
        }
        // Each broke off: none was run.
        #expect(site.appliance.appliance.observations.filter(\.ran).isEmpty)
    }

    @Test("A refusal reaches a client that is in the middle of sending 3 MB, and the connection goes on", arguments: [
        ("no key", 401), ("wrong scope", 403), ("wrong type", 415),
    ])
    func midUpload(what: String, status: Int) throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway()
        let client = try gateway.client()
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 3_000_000)
        let type = what == "wrong type" ? "text/plain" : "application/json"
        let request = Request(
            "PUT", what == "wrong scope" ? "/nas/1" : "/pools/1", key: what == "no key" ? nil : key,
            fields: ["Content-Type: \(type)", "Content-Length: \(body.count)"])
        #expect(client.send(request.head + body))
        #expect(client.answer().status == status)
        client.send(Request("GET", "/pools/1", key: key).bytes)
        #expect(client.answer().status == 200)
        #expect(site.appliance.appliance.observations.count == 1)
    }

    @Test("A body beyond the limit: 413, by its length at once, in chunks when it passes it")
    func tooLarge() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway { $0.limits.body = 100_000 }
        let json = "{\"name\":\"" + String(repeating: "x", count: 100_000) + "\"}"
        let announced = try gateway.ask("PUT", "/pools/1", key: key, body: json)
        #expect(announced.status == 413 && announced.code == "body_too_large")
        #expect(site.appliance.acceptedCount == 0)
        let client = try gateway.client()
        let chunk = "8000\r\n" + String(repeating: "y", count: 0x8000) + "\r\n"
        client.send(Request("PUT", "/pools/1", key: key, fields: ["Transfer-Encoding: chunked", "Content-Type: application/json"]).bytes)
        client.send("9\r\n{\"name\":\"\r\n")
        for _ in 0..<4 { client.send(chunk) }
        client.send("0\r\n\r\n")
        let answer = client.answer()
        #expect(answer.status == 413 && answer.code == "body_too_large")
        #expect(site.appliance.appliance.observations.filter(\.ran).isEmpty)
        let fits = try gateway.ask("PUT", "/pools/1", key: key, body: #"{"name":"a"}"#)
        #expect(fits.status == 200)
    }

    @Test("Operations have limits of their own: smaller and larger ones than that of all, by length and in chunks")
    func tooLargeForOne() throws {
        let site = try TestSite()
        let key = try site.key("pools/*", "nas/*")
        let gateway = try site.gateway { settings in
            settings.limits.body = 1_000
            settings.limits.bodies = [("pools/update", 100), ("nas/update", UInt64.max)].compactMap { text, bytes in
                Scope(text).map { Settings.ScopedBody(scope: $0, bytes: bytes) }
            }
        }
        func json(_ count: Int) -> String { "{\"name\":\"" + String(repeating: "x", count: count - 11) + "\"}" }
        func asked(_ path: String, _ body: String, isChunked: Bool) throws -> Answer {
            guard isChunked else { return try gateway.ask("PUT", path, key: key, body: body) }
            let client = try gateway.client()
            let fields = ["Transfer-Encoding: chunked", "Content-Type: application/json"]
            client.send(Request("PUT", path, key: key, fields: fields).bytes)
            client.send("\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n")
            return client.answer()
        }
        for isChunked in [false, true] {
            for (path, size, status) in [
                ("/pools/1", 100, 200), ("/pools/1", 101, 413), ("/nas/1", 1_001, 200), ("/nas/1", 500_000, 200),
            ] {
                let answer = try asked(path, json(size), isChunked: isChunked)
                #expect(answer.status == status, "\(path) \(size) \(answer.text)")
                #expect(status == 200 || answer.code == "body_too_large")
            }
        }
        // A limit for what there is not would bound nothing.
        #expect(throws: GatewayError.self) {
            _ = try gateway.server.reload(try site.plan {
                $0.limits.bodies = [Scope("pool/update")].compactMap { $0 }.map { Settings.ScopedBody(scope: $0, bytes: 1) }
            })
        }
    }

    @Test("Requests sent ahead of their answers: served in order, up to the limit; then 429 and the end", arguments: [0, 1, 5])
    func pipelining(limit: Int) throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway { $0.limits.pipelining = limit }
        let client = try gateway.client()
        client.send((1...9).flatMap { Request("GET", "/pools/\($0)", key: key).bytes })
        for number in 1...(limit + 1) { #expect(client.answer().text.contains("\"id\":\(number),")) }
        let refused = client.answer()
        #expect(refused.status == 429 && refused.code == "too_many_pipelined" && refused.field("Connection") == "close")
        #expect(try site.records(of: refused).map(\.reason) == ["too_many_pipelined"])
        client.finishWriting()
        #expect(client.rest() == [] && client.ending() == .closed)
        #expect(site.appliance.appliance.observations.count == limit + 1)
        // Who waits for answers may ask as often as he likes.
        let patient = try gateway.client()
        for _ in 0..<(limit + 20) {
            patient.send(Request("GET", "/pools/1", key: key).bytes)
            #expect(patient.answer().status == 200)
        }
        // A row that is interrupted begins anew.
        for _ in 0..<3 where limit > 0 {
            patient.send((0...limit).flatMap { _ in Request("PUT", "/pools/1", key: key, body: "{}").bytes })
            for _ in 0...limit { #expect(patient.answer().status == 200) }
        }
    }

    @Test("A head that does not end in time: 408, and the connection ends; one that does not begin: just the end")
    func headTimeout() throws {
        let site = try TestSite()
        let gateway = try site.gateway { $0.timeouts.head = 150 }
        let slow = try gateway.client()
        slow.send("GET /api/v2/pools HTTP/1.1\r\nHost: a\r\n")
        let answer = slow.answer()
        #expect(answer.status == 408 && answer.code == "request_timeout")
        #expect(try site.records(of: answer).map(\.status) == [408])
        slow.finishWriting()
        #expect(slow.ending() == .closed)
        let silent = try gateway.client()
        #expect(silent.ending() == .closed)
    }

    @Test("An upload that stops: 408, and the appliance gets no end")
    func bodyTimeout() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway { $0.timeouts.bodyIdle = 150 }
        let client = try gateway.client()
        client.send(Request("PUT", "/pools/1", key: key, fields: ["Content-Type: application/json", "Content-Length: 50"]).bytes)
        client.send("{\"name\":")
        let answer = client.answer()
        #expect(answer.status == 408 && answer.code == "request_timeout")
        #expect(site.appliance.appliance.observations.filter(\.ran).isEmpty)
    }

    @Test("A client that half-closes within its body is answered 400, one that half-closes behind it 200")
    func halfClose() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway()
        let early = try gateway.client()
        early.send(Request("PUT", "/pools/1", key: key, fields: ["Content-Type: application/json", "Content-Length: 50"]).bytes)
        early.send("{")
        early.finishWriting()
        let answer = early.answer()
        #expect(answer.status == 400 && answer.code == "client_closed_early")
        let whole = try gateway.client()
        whole.send(Request("PUT", "/pools/1", key: key, body: "{}").bytes)
        whole.finishWriting()
        #expect(whole.answer().status == 200)
        #expect(whole.ending() == .closed)
    }

    @Test("Connections beyond the limit are turned away with 503, and counted again when others go")
    func connections() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway { $0.limits.connectionsPerClient = 2 }
        var clients = [try gateway.client(), try gateway.client()]
        for client in clients {
            client.send(Request("GET", "/pools/1", key: key).bytes)
            #expect(client.answer().status == 200)
        }
        let third = try gateway.client()
        let answer = third.answer()
        #expect(answer.status == 503 && answer.field("Retry-After") == "1")
        clients.removeLast()
        #expect(Patience.holds { gateway.server.connectionCount < 2 })
        #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
    }
}
