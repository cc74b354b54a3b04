import Foundation
import GatewayTesting
import NodeumSimulator
import Settings
import Testing

@Suite("An appliance that fails: a clear answer, never half of one as whole")
struct UpstreamFailureTests {
    @Test("Nothing listens: 502, and it recovers")
    func unreachable() throws {
        let scripted = try Scripted { _ in nil }
        scripted.site.appliance.stop()
        let answer = try scripted.ask()
        #expect(answer.status == 502 && answer.code == "upstream_unreachable")
        #expect(try scripted.site.records(of: answer).map(\.kind) == ["intent", "outcome"])
        try scripted.site.appliance.start()
        #expect(try scripted.ask().status == 200)
    }

    @Test("It takes the request and says nothing: 504")
    func silent() throws {
        let scripted = try Scripted(.silence) { $0.upstream.responseTimeout = 150 }
        let answer = try scripted.ask()
        #expect(answer.status == 504 && answer.code == "upstream_timeout")
        #expect(try scripted.site.records(of: answer).last?.status == 504)
    }

    @Test("It does not take the connection: 504")
    func blackHole() throws {
        // A listener whose queue is full drops what comes.
        let hole = try FullListener()
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway {
            $0.upstream.port = hole.port
            $0.upstream.connectTimeout = 150
        }
        let answer = try gateway.ask("GET", "/pools/1", key: key)
        #expect(answer.status == 504 && answer.code == "upstream_timeout", "\(answer.status) \(answer.text)")
    }

    @Test("It stops in the middle: 504 while nothing left, a cut answer afterwards")
    func stall() throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"
        let scripted = try Scripted(Scenario([.bytes(Array(head.utf8)), .untilPeerCloses])) {
            $0.upstream.bodyTimeout = 200
        }
        let client = try scripted.gateway.client()
        client.send(scripted.request())
        let answer = client.answer()
        #expect(answer.status == 200 && answer.end == .reset, "\(answer)")
        #expect(try Patience.holds { try scripted.site.records(of: answer).last?.reason == "upstream_timeout" })
        #expect(try scripted.site.records(of: answer).map(\.kind) == ["intent", "exposure", "outcome", "completion"])
    }

    @Test("It closes or resets before, within and after the head: 502", arguments: [
        "", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1234", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
    ])
    func closes(text: String) throws {
        for ending in [Scenario.Ending.close, .reset] {
            let scripted = try Scripted(.raw(text, ending: ending))
            for (method, body) in [("GET", nil), ("PUT", "{}")] {
                let answer = try scripted.ask(method, body: body)
                #expect(answer.status == 502 && answer.code == "upstream_closed_early", "\(ending) \(answer.status) \(answer.text)")
                #expect(try scripted.site.records(of: answer).last?.status == 502)
            }
            #expect(scripted.seen.count == 2)
        }
    }

    @Test("It closes or resets in a long body: the client never sees a clean end", arguments: [
        (true, Scenario.Ending.close), (true, .reset), (false, .close), (false, .reset),
    ])
    func cutLate(chunked: Bool, ending: Scenario.Ending) throws {
        let body = String(repeating: "x", count: 400_000)
        let head = chunked ? "Transfer-Encoding: chunked\r\n\r\n80000\r\n" : "Content-Length: 500000\r\n\r\n"
        let scripted = try Scripted(.raw("HTTP/1.1 200 OK\r\n" + head + body, ending: ending))
        let answer = try scripted.ask()
        // A reset may overtake everything that was sent before it.
        #expect(!answer.isWhole && answer.end == .reset, "\(answer.status) \(answer.end)")
        #expect(try Patience.holds {
            try scripted.site.records { $0.kind = .completion }.map(\.reason) == ["upstream_closed_early"]
        })
        // HTTP/1.0 has nothing but the close to tell the end by.
        let client = try scripted.gateway.client()
        client.send("GET /api/v2/pools/1 HTTP/1.0\r\nAuthorization: Bearer \(scripted.openKey)\r\n\r\n")
        #expect(client.ending() == .reset)
    }

    @Test("Every vector of a refused response is 502, and nothing of it is passed on")
    func vectors() throws {
        let next = Next()
        let scripted = try Scripted { _ in next.scenario }
        let vectors = try WireVector.load("response-refused", "response-body-refused").filter { !$0.hasLimits }
        #expect(vectors.count > 60)
        for vector in vectors {
            next.scenario = Scenario([.bytes(vector.bytes)], ending: .close)
            let answer = try scripted.ask(vector.method == "HEAD" ? "HEAD" : "GET")
            #expect(answer.status == 502, "\(vector.name): \(answer.head)")
            let isMalformed = answer.code == "upstream_malformed" || answer.code == "upstream_closed_early"
            #expect(isMalformed || vector.method == "HEAD", "\(vector.name): \(answer.text)")
            let record = try #require(try scripted.site.records(of: answer).last)
            #expect(record.status == 502 && record[.bytesOut] == 0 || record[.bytesOut] == Int64(answer.body.count), "\(vector.name)")
        }
    }

    @Test("Too many interim answers, a switch of protocols, a head beyond the limits: 502", arguments: [
        String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 9) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\n" + (0..<101).map { "X-\($0): y\r\n" }.joined() + "Content-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + String(repeating: "y", count: 40_000) + "\r\nContent-Length: 0\r\n\r\n",
    ])
    func limits(text: String) throws {
        let scripted = try Scripted(.raw(text, ending: .keepAlive))
        let answer = try scripted.ask()
        #expect(answer.status == 502 && answer.code == "upstream_malformed")
        #expect(try scripted.ask().status == 502)
        // A connection that said such things is not used again.
        #expect(scripted.site.appliance.acceptedCount == 2)
    }

    @Test("Bytes that nobody asked for end the connection, and are no answer to the next request")
    func unasked() throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        let scripted = try Scripted(.raw(answer + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged", ending: .keepAlive))
        for _ in 0..<10 { #expect(try scripted.ask().text == "ok") }
        #expect(scripted.site.appliance.acceptedCount == 10)
    }

    @Test("401 for the gateway's own credential is no answer for a client: 502, and the operator is told")
    func credential() throws {
        let site = try TestSite { $0.credentials.keys = ["another-key-than-the-gateway-has"] }
        let key = try site.key("pools/*")
        let answer = try site.gateway().ask("GET", "/pools/1", key: key)
        #expect(answer.status == 502 && answer.code == "upstream_credential_refused")
        #expect(site.log.text.contains("upstream.credential"))
        #expect(try site.records(of: answer).last?[.upstreamStatus] == 401)
    }
}
