import AuditTrail
import Foundation
import GatewayTesting
import NodeumSimulator
import Settings
import Testing

@Suite("Slow peers and greedy ones: it costs them, and nobody else")
struct SlowPeerTests {
    private let site: TestSite
    private let key: String

    init() throws {
        site = try TestSite()
        key = try site.key("pools/*", "cloud_connectors/get_secret_key")
    }

    private var seen: [ObservedRequest] { site.appliance.appliance.observations }

    /// Sends `piece` again and again until something comes back or the connection is gone.
    private func drip(_ piece: [UInt8], into client: RawClient, every milliseconds: Int32, atMost rounds: Int = 2_000) -> Bool {
        for _ in 0..<rounds {
            if client.hasBytes(within: milliseconds) { return true }
            guard client.send(piece) else { return true }
        }
        return false
    }

    private func upload(_ count: Int) -> [UInt8] {
        Request("PUT", "/pools/1", key: key, fields: ["Content-Type: application/json", "Content-Length: \(count)"]).bytes
    }

    @Test("A head in drops: 408 at its deadline, however steadily they come")
    func slowHead() throws {
        let gateway = try site.gateway { $0.timeouts.head = 300 }
        let client = try gateway.client()
        client.send("GET /api/v2/pools/1 HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        #expect(drip([0x61], into: client, every: 5))
        #expect(client.answer().status == 408)
        #expect(site.appliance.acceptedCount == 0)
    }

    @Test("The second head of a connection has a deadline of its own")
    func slowSecondHead() throws {
        let gateway = try site.gateway { $0.timeouts.head = 300 }
        let client = try gateway.client()
        client.send(Request("GET", "/pools/1", key: key).bytes + Array("GET /api".utf8))
        #expect(client.answer().status == 200)
        #expect(drip([0x61], into: client, every: 5))
        #expect(client.answer().status == 408)
    }

    @Test("A body slower than the least pace: 408, in one piece or in chunks, and the appliance gets no end of it", arguments: [
        false, true,
    ])
    func slowBody(isChunked: Bool) throws {
        let gateway = try site.gateway {
            $0.timeouts.bodyIdle = 200
            $0.timeouts.bodyRate = 1_000_000
        }
        let client = try gateway.client()
        let fields = ["Content-Type: application/json", isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 10000000"]
        client.send(Request("PUT", "/pools/1", key: key, fields: fields).bytes)
        // Something comes within every `body_idle`, but not enough.
        #expect(drip(isChunked ? Array("1\r\n \r\n".utf8) : [0x20], into: client, every: 5))
        let answer = client.answer()
        #expect(answer.status == 408 && answer.code == "request_timeout")
        #expect(answer.field("Connection") == "close")
        #expect(try site.records(of: answer).map(\.kind) == ["intent", "outcome"])
        #expect(seen.filter(\.ran).isEmpty)
        #expect(Patience.holds { site.appliance.connectionCount == 0 })
    }

    @Test("A body at its own pace passes where none is asked for")
    func unhurried() throws {
        let gateway = try site.gateway {
            $0.timeouts.bodyIdle = 1_500
            $0.timeouts.bodyRate = 0
        }
        let client = try gateway.client()
        client.send(upload(24))
        // For longer than `body_idle` in all.
        for byte in Array(#"{"name":"slow"}"#.utf8) + Array(repeating: UInt8(0x20), count: 9) {
            #expect(!client.hasBytes(within: 100))
            client.send([byte])
        }
        #expect(client.answer().status == 200)
    }

    @Test("A client that stops reading a large answer is cut off, and its connections are given back")
    func stoppedReader() throws {
        site.appliance.setScenario { $0.targetText.hasSuffix("/9") ? .large(200 << 20) : nil }
        let gateway = try site.gateway {
            $0.timeouts.write = 300
            $0.upstream.connectionsPerLane = 4
        }
        let readers = try (0..<4).map { _ in try gateway.client(receiveBuffer: 4_096) }
        let heads = readers.map { reader in
            reader.send(Request("GET", "/pools/9", key: key).bytes)
            return reader.head()
        }
        #expect(heads.allSatisfy { $0.status == 200 })
        // Every connection to the appliance was theirs; others get them now.
        #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
        #expect(Patience.holds { gateway.server.connectionCount == 0 })
        for (reader, head) in zip(readers, heads) {
            let rest = reader.skip(200 << 20)
            #expect(rest < 200 << 20)
            #expect(try Patience.holds { try site.records(of: head).last?.reason == "answer_timeout" })
            #expect(try site.records(of: head).map(\.kind) == ["intent", "exposure", "outcome", "completion"])
        }
    }

    /// Takes an answer in small pieces for so many rounds; false when it ended before.
    private func sip(_ client: RawClient, _ bytes: Int, every milliseconds: Int32, rounds: Int) -> Bool {
        for _ in 0..<rounds {
            guard client.take(bytes) > 0 else { return false }
            // The pace of a slow reader.
            _ = poll(nil, 0, milliseconds)
        }
        return true
    }

    @Test("A client that takes an answer slower than the least pace is cut off, and does not hold its connections", arguments: [
        false, true,
    ])
    func slowReader(isChunked: Bool) throws {
        site.appliance.setScenario { request in
            guard request.targetText.hasSuffix("/9") else { return nil }
            return isChunked ? .chunked([UInt8](repeating: 0x20, count: 8 << 20), sizes: [65_536]) : .large(64 << 20)
        }
        let gateway = try site.gateway {
            $0.timeouts.write = 300
            $0.timeouts.answerRate = 1_000_000
            $0.upstream.connectionsPerLane = 1
        }
        let reader = try gateway.client(receiveBuffer: 4_096)
        reader.send(Request("GET", "/pools/9", key: key).bytes)
        let head = reader.head()
        #expect(head.status == 200)
        // Something is taken all the time, much more often than every `write`, but not enough.
        #expect(!sip(reader, 256, every: 5, rounds: 4_000))
        #expect(try Patience.holds { try site.records(of: head).last?.reason == "answer_timeout" })
        #expect(try site.records(of: head).map(\.kind).filter { $0 != "exposure" } == ["intent", "outcome", "completion"])
        // Its connection to the appliance was the only one.
        #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
        #expect(Patience.holds { gateway.server.connectionCount == 0 })
    }

    @Test("A client above the least pace gets its answer whole, however many stretches it takes", arguments: [0, 1_000])
    func unhurriedReader(rate: Int) throws {
        site.appliance.setScenario { _ in .large(16 << 20) }
        let gateway = try site.gateway {
            $0.timeouts.write = 250
            $0.timeouts.answerRate = rate
        }
        let reader = try gateway.client(receiveBuffer: 131_072)
        reader.send(Request("GET", "/pools/9", key: key, fields: ["Connection: close"]).bytes)
        let head = reader.head()
        #expect(head.status == 200)
        // For several times `write`.
        #expect(sip(reader, 16_384, every: 5, rounds: 250))
        #expect(reader.skip(16 << 20) > 8 << 20)
        #expect(try Patience.holds { try site.records(of: head).last?.reason == "allowed" })
    }

    @Test("Connections in all are limited, whoever makes them; one client's own limit does not count for others")
    func connections() throws {
        let gateway = try site.gateway {
            $0.limits.connections = 5
            $0.limits.connectionsPerClient = 3
        }
        func served(_ source: UInt8) throws -> RawClient? {
            let client = try gateway.client(source: source)
            client.send(Request("GET", "/pools/1", key: key).bytes)
            let answer = client.answer()
            if answer.status == 200 { return client }
            #expect(answer.status == 503 && answer.code == "overloaded" && answer.field("Retry-After") == "1")
            #expect(client.ending() != .silent)
            return nil
        }
        var first = try (0..<3).map { _ in try served(1) }
        #expect(first.allSatisfy { $0 != nil })
        #expect(try served(1) == nil)
        let second = try (0..<2).map { _ in try served(2) }
        #expect(second.allSatisfy { $0 != nil })
        // Five in all.
        let refused = try [served(2), served(3)]
        #expect(refused.allSatisfy { $0 == nil })
        first.removeAll()
        #expect(Patience.holds { gateway.server.connectionCount == 2 })
        #expect(try served(3) != nil)
        #expect(second.count == 2)
        #expect(site.log.text.contains("limits.connections"))
    }

    @Test("A connection serves as many requests as it may, and says so with the last")
    func requestsPerConnection() throws {
        let gateway = try site.gateway { $0.limits.requestsPerConnection = 3 }
        let client = try gateway.client()
        client.send((1...5).flatMap { Request("GET", "/pools/\($0)", key: key).bytes })
        let answers = (0..<3).map { _ in client.answer() }
        #expect(answers.map(\.status) == [200, 200, 200])
        #expect(answers.map { $0.field("Connection") } == [nil, nil, "close"])
        client.finishWriting()
        #expect(client.rest() == [] && client.ending() == .closed)
        #expect(seen.map(\.targetText) == (1...3).map { "/api/v2/pools/\($0)" })
    }

    @Test("A connection that is idle too long ends without a word")
    func idle() throws {
        let gateway = try site.gateway { $0.timeouts.idle = 150 }
        let client = try gateway.client()
        client.send(Request("GET", "/pools/1", key: key).bytes)
        #expect(client.answer().status == 200)
        #expect(client.rest() == [] && client.ending() == .closed)
    }

    @Test("An exchange as a whole has its end, while request and answer trickle")
    func exchangeDeadline() throws {
        let body = [UInt8](repeating: 0x20, count: 4_000)
        site.appliance.setScenario { request in
            request.method == "GET"
                ? Scenario([.bytes(Array("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n".utf8)), .slowly(body, by: 1, every: 10)])
                : nil
        }
        let gateway = try site.gateway { $0.timeouts.exchange = 1_000 }
        let reader = try gateway.client()
        reader.send(Request("GET", "/pools/1", key: key).bytes)
        let head = reader.head()
        #expect(head.status == 200)
        _ = reader.rest()
        #expect(reader.end == .reset)
        #expect(try Patience.holds { try site.records(of: head).last?.reason == "exchange_timeout" })
        let writer = try gateway.client()
        writer.send(upload(1_000_000))
        #expect(drip([0x20], into: writer, every: 10))
        let answer = writer.answer()
        #expect((400..<600).contains(answer.status), "\(answer.status)")
        #expect(seen.filter(\.ran).isEmpty)
    }
}
