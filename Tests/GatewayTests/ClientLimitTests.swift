import AuditTrail
import GatewayTesting
import HTTPWire
import NodeumSimulator
import Settings
import Testing

@Suite("Connections per client, behind proxies: the client that is named is counted, never the proxy")
struct ClientLimitTests {
    private let site: TestSite
    private let key: String

    init() throws {
        site = try TestSite()
        key = try site.key("pools/*", "cloud_connectors/get_secret_key")
    }

    private func gateway(
        _ version: ProxyHeader.Version, trusting networks: [String] = ["127.0.0.1"], perClient: Int = 2, inAll: Int = 10_000
    ) throws -> TestGateway {
        try site.gateway {
            $0.listeners[0].trustedProxies = networks.compactMap { IPNetwork($0) }
            $0.listeners[0].proxyProtocol = version
            $0.limits.connectionsPerClient = perClient
            $0.limits.connections = inAll
        }
    }

    private func request(_ path: String = "/pools/1", _ fields: [String] = []) -> [UInt8] {
        Request("GET", path, key: key, fields: fields).bytes
    }

    private func header(_ client: String) -> [UInt8] { Array("PROXY TCP4 \(client) 203.0.113.1 1 443\r\n".utf8) }

    /// A connection of a proxy that speaks for a client, and what its first request gets.
    private func served(_ client: String, by gateway: TestGateway) throws -> (client: RawClient, answer: Answer) {
        let connection = try gateway.client()
        connection.send(header(client) + request())
        return (connection, connection.answer())
    }

    @Test("PROXY: each client named has its own limit, and one too many gets 503 and its record")
    func named() throws {
        let gateway = try gateway(.v1)
        var open = try ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2", "192.0.2.3"].map { try served($0, by: gateway) }
        #expect(open.map(\.answer.status) == [200, 200, 200, 200, 200])
        let refused = try served("192.0.2.1", by: gateway)
        #expect(refused.answer.status == 503 && refused.answer.code == "overloaded")
        #expect(refused.answer.field("Retry-After") == "1" && refused.answer.field("Connection") == "close")
        #expect(try site.records(of: refused.answer).map { [$0[.client], $0.reason] } == [["192.0.2.1", "overloaded"]])
        refused.client.finishWriting()
        #expect(refused.client.ending() == .closed)
        #expect(Patience.holds { gateway.server.connectionCount == 5 })
        // One less of this client, and there is room for it again; for the others nothing has changed.
        open.removeFirst()
        #expect(Patience.holds { gateway.server.connectionCount == 4 })
        open.append(try served("192.0.2.1", by: gateway))
        #expect(open.last?.answer.status == 200)
        #expect(try served("192.0.2.2", by: gateway).answer.status == 503)
        #expect(gateway.server.clientCount == 3)
        open.removeAll()
        #expect(Patience.holds { gateway.server.connectionCount == 0 && gateway.server.clientCount == 0 })
        #expect(site.log.text.contains("limits.connections_per_client"))
    }

    @Test("PROXY: a connection that has not said yet whose it is counts in all alone")
    func unnamed() throws {
        let gateway = try gateway(.v1, inAll: 4)
        let silent = try (0..<4).map { _ in try gateway.client() }
        #expect(Patience.holds { gateway.server.connectionCount == 4 })
        #expect(gateway.server.clientCount == 0)
        #expect(try gateway.client().answer().status == 503)
        // The proxy's own checks of health are nobody's either.
        for client in silent {
            client.send(Array("PROXY UNKNOWN\r\n".utf8) + request())
            #expect(client.answer().status == 200)
        }
        #expect(gateway.server.clientCount == 0)
    }

    @Test("Whoever is no trusted proxy is counted as before, PROXY header or not")
    func untrusted() throws {
        let gateway = try gateway(.off, trusting: ["127.0.0.9"])
        let open = try (0..<2).map { _ in try gateway.client() }
        #expect(Patience.holds { gateway.server.connectionCount == 2 })
        let refused = try gateway.client()
        refused.send(request("/pools/1", ["X-Forwarded-For: 192.0.2.1"]))
        #expect(refused.answer().status == 503)
        let proxies = try (0..<3).map { _ in try gateway.client(source: 9) }
        for proxy in proxies {
            proxy.send(request())
            #expect(proxy.answer().status == 200)
        }
        #expect(open.count == 2)
    }

    @Test("X-Forwarded-For: a proxy's connections count as the client's while they carry its requests")
    func carried() throws {
        let gate = Gate()
        site.appliance.setScenario { request in
            guard request.targetText.hasSuffix("/9") else { return nil }
            return Scenario([.wait { gate.wait() }, .bytes(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8))], ending: .keepAlive)
        }
        let gateway = try gateway(.off)
        func ask(_ connection: RawClient, _ path: String, _ client: String) {
            connection.send(request(path, ["X-Forwarded-For: \(client)"]))
        }
        let busy = try (0..<2).map { _ in try gateway.client() }
        for connection in busy { ask(connection, "/pools/9", "192.0.2.1") }
        #expect(Patience.holds { site.appliance.appliance.observations.count == 2 })
        let other = try gateway.client()
        ask(other, "/pools/1", "192.0.2.1")
        let refused = other.answer()
        #expect(refused.status == 503 && refused.code == "overloaded" && refused.field("Retry-After") == "1")
        #expect(try site.records(of: refused).map { [$0[.client], $0.reason] } == [["192.0.2.1", "overloaded"]])
        // The connection is the proxy's: it goes on for others, and for this client once it has fewer.
        ask(other, "/pools/1", "192.0.2.2")
        #expect(other.answer().status == 200)
        gate.open()
        #expect(Patience.holds { busy.contains { $0.hasBytes(within: 0) } })
        ask(other, "/pools/1", "192.0.2.1")
        #expect(other.answer().status == 200)
        // One that gives up in the middle is not counted any more.
        gate.open()
        for connection in busy { #expect(connection.answer().status == 200) }
        for _ in 0..<5 {
            let before = site.appliance.appliance.observations.count
            var gone: RawClient? = try gateway.client()
            gone.map { ask($0, "/pools/9", "192.0.2.1") }
            #expect(Patience.holds { site.appliance.appliance.observations.count > before })
            #expect(gateway.server.clientCount == 1)
            gone?.resetAtEnd()
            gone = nil
            #expect(Patience.holds { gateway.server.clientCount == 0 && gateway.server.connectionCount == 3 })
        }
        ask(other, "/pools/1", "192.0.2.1")
        #expect(other.answer().status == 200)
        for _ in 0..<10 { gate.open() }
    }
}
