import Foundation
import GatewayTesting
import NodeumSimulator
import Settings
import Synchronization
import Testing

@Suite("Connections to the appliance: use again, try again, wait, give up")
struct UpstreamPoolTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test("One connection serves request after request; another is made while it is busy")
    func reuse() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway()
        for _ in 0..<5 { #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200) }
        #expect(site.appliance.acceptedCount == 1)
    }

    /// Answers each connection's first request, and closes with the second before a byte of an answer.
    private func stale(_ ending: Scenario.Ending) throws -> Scripted {
        let counts = Mutex<[Int: Int]>([:])
        return try Scripted { request in
            let count = counts.withLock { counts in
                counts[request.connection, default: 0] += 1
                return counts[request.connection] ?? 0
            }
            return count == 1 ? .answer() : Scenario([], ending: ending)
        }
    }

    @Test("A connection that closes under a request without a body: tried once more, unseen", arguments: [
        Scenario.Ending.close, .reset,
    ])
    func retry(ending: Scenario.Ending) throws {
        for method in ["GET", "HEAD", "DELETE"] {
            let scripted = try stale(ending)
            #expect(try scripted.ask(method).status == 200)
            let answer = try scripted.ask(method)
            #expect(answer.status == 200, "\(method)")
            #expect(scripted.seen.map(\.connection) == [1, 1, 2], "\(method)")
            // One request of the client: one id, one intent, one outcome.
            #expect(Set(scripted.seen.dropFirst().flatMap { $0.values("X-Request-ID") }) == [answer.exchange])
            #expect(try scripted.site.records(of: answer).map(\.kind) == ["intent", "outcome"])
        }
    }

    @Test("Never a POST, never with a body, never a second time, never after a byte of the answer", arguments: [
        ("POST", "{}"), ("PUT", "{}"), ("POST", nil),
    ])
    func noRetry(method: String, body: String?) throws {
        let path = method == "POST" ? "/pools" : Scripted.plain
        let scripted = try stale(.close)
        #expect(try scripted.ask("GET").status == 200)
        let answer = try scripted.ask(method, path, body: body)
        #expect(answer.status == 502 && answer.code == "upstream_closed_early")
        #expect(scripted.seen.map(\.method) == ["GET", method])
    }

    @Test("A second failure is the client's to know")
    func onlyOnce() throws {
        let first = Mutex(true)
        let scripted = try Scripted { _ in
            first.withLock { first in
                defer { first = false }
                return first ? .raw(Self.ok, ending: .keepAlive) : Scenario([], ending: .close)
            }
        }
        #expect(try scripted.ask().status == 200)
        #expect(try scripted.ask().status == 502)
        #expect(scripted.seen.count == 3)
        // A connection of its own that fails is no stale one.
        #expect(try scripted.ask().status == 502)
        #expect(scripted.seen.count == 4)
    }

    @Test("Answers that end with a reset of their connection: the next request is never the worse for it")
    func resetAfterAnswer() throws {
        let scripted = try Scripted(.raw(Self.ok, ending: .reset))
        let client = try scripted.gateway.client()
        client.send((0..<200).flatMap { _ in scripted.request() })
        for number in 0..<200 {
            let answer = client.answer()
            guard answer.status == 200 else {
                Issue.record("request \(number): \(answer.status) \(answer.text)")
                return
            }
        }
    }

    @Test("The try again has the whole time of an answer")
    func retryDeadline() throws {
        let counts = Mutex(0)
        let scripted = try Scripted(settings: {
            $0.timeouts.write = 300
            $0.upstream.responseTimeout = 10_000
        }) { _ in
            let count = counts.withLock { count in
                count += 1
                return count
            }
            return switch count {
            case 1: .raw(Self.ok, ending: .keepAlive)
            case 2: Scenario([], ending: .close)
            default: Scenario([.delay(900), .bytes(Array(Self.ok.utf8))])
            }
        }
        #expect(try scripted.ask().status == 200)
        #expect(try scripted.ask().status == 200)
        #expect(scripted.seen.count == 3)
    }

    @Test("One connection: others wait for it, in order; beyond the waiting line 503 with Retry-After")
    func waitingLine() throws {
        let gate = Gate()
        let scripted = try Scripted(Scenario([.wait { gate.wait() }, .bytes(Array(Self.ok.utf8))], ending: .keepAlive)) {
            $0.upstream.connectionsPerLane = 1
            $0.upstream.waitingPerLane = 2
        }
        let clients = try (0..<3).map { _ in try scripted.gateway.client() }
        for (number, client) in clients.enumerated() {
            client.send(scripted.request(fields: ["User-Agent: client-\(number)"]))
            if number == 0 { #expect(scripted.site.appliance.appliance.observation { _ in true } != nil) }
            // The intent is stored before the exchange waits, in this order.
            #expect(try Patience.holds { try scripted.site.records { $0.kind = .intent }.count == number + 1 })
        }
        let late = try scripted.gateway.client()
        late.send(scripted.request())
        let answer = late.answer()
        #expect(answer.status == 503 && answer.code == "overloaded" && answer.field("Retry-After") == "1")
        for client in clients {
            gate.open()
            #expect(client.answer().text == "ok")
        }
        #expect(scripted.seen.flatMap { $0.values("User-Agent") } == ["client-0", "client-1", "client-2"])
        #expect(scripted.site.appliance.acceptedCount == 1)
    }

    @Test("Who waits too long is told so, and does not disturb who comes after")
    func waitTimeout() throws {
        let gate = Gate()
        let scripted = try Scripted(Scenario([.wait { gate.wait() }, .bytes(Array(Self.ok.utf8))], ending: .keepAlive)) {
            $0.upstream.connectionsPerLane = 1
            $0.upstream.connectTimeout = 200
        }
        let first = try scripted.gateway.client()
        first.send(scripted.request())
        #expect(scripted.site.appliance.appliance.observation { _ in true } != nil)
        let second = try scripted.gateway.client()
        second.send(scripted.request())
        #expect(second.answer().status == 503)
        gate.open()
        #expect(first.answer().status == 200)
        second.send(scripted.request())
        gate.open()
        #expect(second.answer().status == 200)
    }

    @Test("An early answer while the upload runs: the client gets it, whether it had sent all or not")
    func early() throws {
        let refusal = "HTTP/1.1 413 Too Large\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"messages\":[1]}"
        for ending in [Scenario.Ending.close, .reset] {
            let scripted = try Scripted(Scenario([.bytes(Array(refusal.utf8))], readsBody: false, ending: ending))
            let client = try scripted.gateway.client()
            let body = "{\"name\":\"\(String(repeating: "x", count: 3_000_000))\"}"
            client.send(scripted.request("PUT", body: body))
            let answer = client.answer()
            // A reset by the appliance may destroy its answer on the way.
            let isTold = answer.status == 413 && answer.text == "{\"messages\":[1]}"
            #expect(isTold || (ending == .reset && answer.status == 502), "\(answer.status)")
            #expect(answer.isWhole)
        }
    }

    @Test("An early answer that streams while the upload goes wrong is cut, not left hanging")
    func earlyStream() throws {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n"
        let scripted = try Scripted(Scenario([.bytes(Array(head.utf8)), .untilPeerCloses], readsBody: false))
        let client = try scripted.gateway.client()
        let fields = ["Transfer-Encoding: chunked", "Content-Type: application/json"]
        // More than is collected before the appliance hears of it.
        let start = "{\"name\":\"\(String(repeating: "x", count: 100_000))"
        client.send(scripted.request("PUT", fields: fields))
        client.send("\(String(start.utf8.count, radix: 16))\r\n\(start)\r\n")
        let answer = client.head()
        #expect(answer.status == 200)
        client.send("malformed\r\n")
        #expect(client.ending() == .reset)
        #expect(try Patience.holds { try scripted.site.records(of: answer).last?.reason == "malformed_body" })
    }
}
