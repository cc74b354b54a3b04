import Foundation
import GatewayTesting
import NodeumSimulator
import Testing

@Suite("Methods, upgrades and expectations that go no further")
struct MethodTests {
    private let site: TestSite
    private let key: String
    private let gateway: TestGateway

    init() throws {
        site = try TestSite()
        key = try site.key("pools/*")
        gateway = try site.gateway()
    }

    /// The answer to a request line and these fields.
    private func answer(to line: String, _ fields: [String] = []) throws -> Answer {
        let client = try gateway.client()
        let all = ["Host: a", "Authorization: Bearer \(key)"] + fields
        client.send("\(line)\r\n" + all.map { $0 + "\r\n" }.joined() + "\r\n")
        return client.answer(to: line.hasPrefix("HEAD") ? "HEAD" : "GET")
    }

    @Test("A method that no operation has is refused, with those that there are", arguments: [
        ("OPTIONS /api/v2/pools/1 HTTP/1.1", 405, true), ("PATCH /api/v2/pools/1 HTTP/1.1", 405, true),
        ("POST /api/v2/pools/1 HTTP/1.1", 405, true), ("FOO /api/v2/pools/1 HTTP/1.1", 405, true),
        ("get /api/v2/pools/1 HTTP/1.1", 405, true), ("PROPFIND /api/v2/pools/1 HTTP/1.1", 405, true),
        ("TRACE /api/v2/pools/1 HTTP/1.1", 405, false), ("CONNECT appliance:443 HTTP/1.1", 405, false),
        ("CONNECT /api/v2/pools/1 HTTP/1.1", 405, false), ("PRI * HTTP/2.0", 505, false),
        ("GET * HTTP/1.1", 400, false), ("GET /api/v2/pools/1 HTTP/2.0", 505, false), ("GET /api/v2/pools/1", 400, false),
    ])
    func methods(line: String, status: Int, allows: Bool) throws {
        let answer = try answer(to: line)
        #expect(answer.status == status, "\(answer.text)")
        #expect((answer.field("Allow") != nil) == allows)
        if allows { #expect(answer.field("Allow") == "GET, HEAD, PUT, DELETE") }
        #expect(try site.records(of: answer).map(\.status) == [status])
        #expect(site.appliance.acceptedCount == 0)
    }

    @Test("OPTIONS * asks for nothing that there is")
    func asterisk() throws {
        let answer = try answer(to: "OPTIONS * HTTP/1.1")
        #expect((400..<500).contains(answer.status), "\(answer.status)")
        #expect(site.appliance.acceptedCount == 0)
    }

    @Test("An upgrade is no part of what the appliance gets; the request is served as it is", arguments: [
        ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"],
        ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"],
        ["Upgrade: h2c, websocket", "Upgrade: TLS/1.3"], ["Connection: Upgrade"],
    ])
    func upgrades(fields: [String]) throws {
        let answer = try answer(to: "GET /api/v2/pools/1 HTTP/1.1", fields)
        #expect(answer.status == 200 && answer.interim == [])
        let names = try #require(seen.last).fields.map { $0.name.lowercased() }
        for name in ["upgrade", "connection", "http2-settings", "sec-websocket-key", "sec-websocket-version"] {
            #expect(!names.contains(name), "\(name)")
        }
    }

    private var seen: [ObservedRequest] { site.appliance.appliance.observations }

    @Test("What follows an upgrade that nobody answered is read as HTTP/1.1, and refused")
    func preface() throws {
        let client = try gateway.client()
        client.send(Request("GET", "/pools/1", key: key, fields: ["Upgrade: h2c", "Connection: Upgrade"]).bytes
            + Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8))
        #expect(client.answer().status == 200)
        #expect(client.answer().status == 505)
        #expect(seen.count == 1)
    }

    @Test("An appliance that switches protocols is not followed: 502")
    func switched() throws {
        site.appliance.setScenario { _ in
            .raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\u{1}\u{2}")
        }
        let answer = try answer(to: "GET /api/v2/pools/1 HTTP/1.1", ["Upgrade: websocket", "Connection: Upgrade"])
        #expect(answer.status == 502)
    }

    @Test("An expectation other than 100-continue: 417", arguments: [
        ["Expect: 200-ok"], ["Expect: 100-continue, 200-ok"], ["Expect: 100-continue;x=y"], ["Expect: 100"],
        ["Expect: 100-continue", "Expect: 200-ok"],
    ])
    func expectations(fields: [String]) throws {
        let answer = try answer(to: "PUT /api/v2/pools/1 HTTP/1.1", fields + ["Content-Type: application/json", "Content-Length: 2"])
        #expect(answer.status == 417, "\(answer.text)")
        #expect(answer.interim == [] && answer.field("Connection") == "close")
        #expect(try site.records(of: answer).map(\.status) == [417])
        #expect(site.appliance.acceptedCount == 0)
    }

    @Test("100-continue without a body to wait for is no expectation")
    func bodiless() throws {
        let answer = try answer(to: "GET /api/v2/pools/1 HTTP/1.1", ["Expect: 100-continue"])
        #expect(answer.status == 200 && answer.interim == [])
        #expect(seen.last?.values("Expect") == [])
    }
}
