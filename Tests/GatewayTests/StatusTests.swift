import Foundation
import GatewayTesting
import NodeumSimulator
import Testing

@Suite("The status listener: metrics, status and probes")
struct StatusTests {
    private func start(_ site: TestSite, address: String = "127.0.0.1:0") throws -> TestGateway {
        try site.gateway {
            $0.status.address = address
            $0.status.connections = 4
        }
    }

    private func client(_ gateway: TestGateway) throws -> RawClient {
        try RawClient(port: try #require(gateway.server.statusAddress).port)
    }

    private func ask(_ gateway: TestGateway, _ path: String, method: String = "GET") throws -> Answer {
        let client = try client(gateway)
        client.send("\(method) \(path) HTTP/1.1\r\nHost: status\r\n\r\n")
        return client.answer(to: method)
    }

    /// The samples as Prometheus' own library reads them.
    private func samples(_ gateway: TestGateway) throws -> [String: Double] {
        let page = try ask(gateway, "/metrics")
        #expect(page.status == 200 && page.field("Content-Type") == "text/plain; version=0.0.4" && page.isWhole)
        let read = try Command.run(
            program: try Python.interpreter, [try Python.script("metrics.py")], input: page.text)
        #expect(read.status == 0, "\(read.errors)")
        return try JSONDecoder().decode([String: Double].self, from: Data(read.output.utf8))
    }

    private func exchanges(_ decision: String, _ reason: String) -> String {
        "nodegate_exchanges_total{decision=\(decision),reason=\(reason)}"
    }

    @Test("Every exchange is counted, by what was decided and why; what observe mode let through is told apart")
    func exchanges() throws {
        let site = try TestSite()
        let key = try site.key("pools/index", "cloud_connectors/*")
        let gateway = try start(site)
        for path in ["/pools", "/pools", "/tapes/1", "/nas/%2e%2e/1"] { _ = try gateway.ask("GET", path, key: key) }
        _ = try gateway.ask("GET", "/pools")
        let secrets = try gateway.ask("GET", "/cloud_connectors", key: key)
        let malformed = try gateway.client()
        malformed.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        #expect(malformed.answer().status == 400)
        _ = try site.store.setObserved(true, of: site.lastKeyName, by: TestSite.author)
        try gateway.follow()
        #expect(try gateway.ask("GET", "/tapes/1", key: key).status == 200)

        let samples = try samples(gateway)
        #expect(samples[exchanges("permit", "allowed")] == 3)
        #expect(samples[exchanges("deny", "missing_scope")] == 1)
        #expect(samples[exchanges("deny", "no_credential")] == 1)
        #expect(samples[exchanges("deny", "ambiguous_target")] == 1)
        #expect(samples[exchanges("none", "malformed_request")] == 1)
        #expect(samples[exchanges("would_deny", "missing_scope")] == 1)
        #expect(samples["nodegate_answers_total{status=200}"] == 4)
        #expect(samples["nodegate_answers_total{status=403}"] == 1)
        #expect(samples["nodegate_body_bytes_total{direction=out}"] ?? 0 >= Double(secrets.body.count))
        #expect(samples["nodegate_values_redacted_total{}"] ?? 0 > 0)
        #expect(samples["nodegate_values_revealed_total{}"] == 0)
        let all = try #require(samples["nodegate_exchange_duration_seconds_count{}"])
        #expect(all == samples.filter { $0.key.hasPrefix("nodegate_exchanges_total") }.values.reduce(0, +))
        #expect(samples["nodegate_exchange_duration_seconds_bucket{le=+Inf}"] == all)
        #expect(samples["nodegate_upstream_duration_seconds_count{}"] == 4)
        #expect(samples["nodegate_audit_records_total{}"] ?? 0 >= all)
        #expect(samples["nodegate_ready{}"] == 1 && samples["nodegate_keys{}"] == 1 && samples["nodegate_lanes{}"] == 1)
        #expect(samples["nodegate_upstream_connections_total{}"] ?? 0 >= 1)
        #expect(samples["process_resident_memory_bytes{}"] ?? 0 > 1_000_000)
        #expect(samples["process_open_fds{}"] ?? 0 > 3 && samples["process_cpu_seconds_total{}"] ?? 0 > 0)
    }

    @Test("No key, no client and no path is named on any page")
    func discretion() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try start(site)
        _ = try gateway.ask("GET", "/pools/visible-name", key: key)
        _ = try gateway.ask("GET", "/pools", key: "unknown-key-that-nobody-has-0000000000000")
        for page in ["/metrics", "/status", "/readyz", "/livez"] {
            let text = try ask(gateway, page).text
            #expect(!text.isEmpty)
            for word in [key, site.lastKeyName, "visible-name", "unknown-key", TestSite.applianceKey] {
                #expect(!text.contains(word), "\(page) \(word)")
            }
        }
    }

    private struct Status: Decodable {
        struct Upstream: Decodable {
            let addresses: Int
        }
        struct Log: Decodable {
            let on_reserve: Bool
            let failure: String?
        }
        let ready: Bool
        let troubles: [String]
        let exchanges: [String: Int]
        let upstream: Upstream
        let audit: Log
    }

    @Test("A full disk makes it say that it is not ready, and why; room makes it ready again")
    func readiness() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try start(site)
        #expect(try ask(gateway, "/readyz").status == 200)
        #expect(try ask(gateway, "/livez").text == "live\n")
        gateway.server.limitAuditStorage(bytes: 0)
        _ = try Patience.holds { try gateway.ask("GET", "/pools", key: key).status == 503 }
        let refused = try ask(gateway, "/readyz")
        #expect(refused.status == 503 && refused.text.contains("audit"))
        #expect(try ask(gateway, "/livez").status == 200)
        let status = try JSONDecoder().decode(Status.self, from: Data(try ask(gateway, "/status").body))
        #expect(!status.ready && !status.troubles.isEmpty && status.upstream.addresses == 1)
        #expect(status.exchanges["permit"] ?? 0 > 0 || status.exchanges["none"] ?? 0 > 0)
        gateway.server.limitAuditStorage(bytes: nil)
        #expect(try Patience.holds {
            _ = try gateway.ask("GET", "/pools", key: key)
            return try ask(gateway, "/readyz").status == 200
        })
    }

    @Test("An appliance that is not there makes it say so")
    func unreachable() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try start(site)
        site.appliance.stop()
        #expect(try gateway.ask("GET", "/pools", key: key).status == 502)
        let refused = try ask(gateway, "/readyz")
        #expect(refused.status == 503 && refused.text == "no address of the appliance takes connections\n")
    }

    @Test("Anything but GET and HEAD of the four pages is refused, and whatever is no request", arguments: [
        ("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 405),
        ("GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 405),
        ("DELETE /status HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 404), ("GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        ("GET /api/v2/pools HTTP/1.1\r\nHost: a\r\n\r\n", 404), ("GET /../metrics HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        ("GET /metrics HTTP/1.1\r\n\r\n", 400), ("nonsense\r\n\r\n", 400), ("GET /metrics HTTP/1.1\nHost: a\n\n", 400),
    ])
    func refused(request: String, status: Int) throws {
        let site = try TestSite()
        let gateway = try start(site)
        let client = try client(gateway)
        client.send(request)
        #expect(client.answer().status == status)
        #expect(client.ending() == .closed)
        #expect(try ask(gateway, "/livez", method: "HEAD").status == 200)
        withExtendedLifetime(site) {}
    }

    @Test("Connections beyond its limit are closed at once; clients are served all the same, and it when one is free")
    func limit() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try start(site)
        var held = try (0..<4).map { _ in try client(gateway) }
        for client in held { client.send("GET /metr") }
        #expect(try client(gateway).ending() != .silent)
        #expect(try gateway.ask("GET", "/pools", key: key).status == 200)
        held.removeAll()
        #expect(try Patience.holds { try ask(gateway, "/livez").status == 200 })
    }

    @Test("Connections turned away are counted by the limit that they met", arguments: [
        (2, 100, "connection_limit"), (100, 2, "connection_limit_per_client"),
    ])
    func turnedAway(all: Int, ofClient: Int, kind: String) throws {
        let site = try TestSite()
        let gateway = try site.gateway {
            $0.status.address = "127.0.0.1:0"
            $0.limits.connections = all
            $0.limits.connectionsPerClient = ofClient
        }
        let held = try (0..<2).map { _ in try gateway.client() }
        #expect(Patience.holds { gateway.server.connectionCount == 2 })
        #expect(try gateway.client().answer().status == 503)
        let samples = try samples(gateway)
        for name in ["connection_limit", "connection_limit_per_client"] {
            #expect(samples["nodegate_troubles_total{kind=\(name)}"] == (name == kind ? 1 : 0))
        }
        withExtendedLifetime(held) {}
    }

    @Test("A reload moves it, and takes it away")
    func reload() throws {
        let site = try TestSite()
        let gateway = try start(site)
        let first = try #require(gateway.server.statusAddress).port
        _ = try gateway.server.reload(try site.plan { $0.status.address = "localhost:0" })
        let second = try #require(gateway.server.statusAddress).port
        #expect(first != second)
        #expect(try ask(gateway, "/livez").status == 200)
        #expect(Patience.holds { (try? RawClient(port: first)) == nil })
        _ = try gateway.server.reload(try site.plan())
        #expect(gateway.server.statusAddress == nil)
        #expect(Patience.holds { (try? RawClient(port: second)) == nil })
    }

    @Test("An address that is taken is an error of the setting, and a reload with it leaves all as it was")
    func taken() throws {
        let site = try TestSite()
        let gateway = try start(site)
        let other = try #require(gateway.server.addresses.first)
        #expect(throws: (any Error).self) {
            try gateway.server.reload(try site.plan { $0.status.address = "\(other)" })
        }
        #expect(try ask(gateway, "/livez").status == 200)
    }
}
