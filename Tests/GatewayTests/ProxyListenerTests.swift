import AuditTrail
import Foundation
import GatewayTesting
import HTTPWire
import NodeumSimulator
import Settings
import Testing

@Suite("Proxies in front: whose word on the client counts")
struct ProxyListenerTests {
    private let site: TestSite
    private let key: String

    init() throws {
        site = try TestSite()
        key = try site.key("pools/*")
    }

    private var seen: [ObservedRequest] { site.appliance.appliance.observations }

    private func gateway(
        trusting networks: [String] = ["127.0.0.1"], _ version: ProxyHeader.Version = .off,
        _ change: (inout Settings) -> Void = { _ in }
    ) throws -> TestGateway {
        try site.gateway {
            $0.listeners[0].trustedProxies = networks.compactMap { IPNetwork($0) }
            $0.listeners[0].proxyProtocol = version
            change(&$0)
        }
    }

    private func request(_ fields: [String] = []) -> [UInt8] { Request("GET", "/pools/1", key: key, fields: fields).bytes }

    /// What the log and the appliance were told of the last request.
    private func told(_ answer: Answer) throws -> [String] {
        let record = try #require(try site.records(of: answer).last)
        let last = try #require(seen.last)
        return [record[.client], record[.forwarded], "\(record[.clientPort])"] + last.values("X-Forwarded-For")
    }

    // MARK: The PROXY protocol

    private static let block: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]

    private static let headers: [(ProxyHeader.Version, [UInt8], [String])] = [
        (.v1, Array("PROXY TCP4 192.0.2.7 203.0.113.1 56324 443\r\n".utf8),
         ["192.0.2.7", "127.0.0.1", "56324", "192.0.2.7, 127.0.0.1"]),
        (.v1, Array("PROXY TCP6 2001:DB8::9 2001:db8::1 1024 443\r\n".utf8),
         ["2001:db8::9", "127.0.0.1", "1024", "2001:db8::9, 127.0.0.1"]),
        (.v2, block + [0x21, 0x11, 0, 12, 192, 0, 2, 7, 203, 0, 113, 1, 0xdc, 0x04, 0x01, 0xbb],
         ["192.0.2.7", "127.0.0.1", "56324", "192.0.2.7, 127.0.0.1"]),
        // With an extension behind the addresses.
        (.v2, block + [0x21, 0x11, 0, 17, 192, 0, 2, 7, 203, 0, 113, 1, 0, 80, 1, 0xbb, 4, 0, 2, 1, 2],
         ["192.0.2.7", "127.0.0.1", "80", "192.0.2.7, 127.0.0.1"]),
    ]

    @Test("A PROXY header from a trusted proxy: log and appliance hear of the client it names, for every request")
    func named() throws {
        for (version, header, expected) in Self.headers {
            let gateway = try gateway(version)
            let client = try gateway.client()
            client.send(header + request())
            #expect(try told(client.answer()) == expected)
            // The connection is this client's as long as it lives; what clients claim does not count.
            client.send(request(["X-Forwarded-For: 6.6.6.6"]))
            #expect(try told(client.answer()) == expected)
            let bytewise = try gateway.client()
            for byte in header + request() { bytewise.send([byte]) }
            #expect(try told(bytewise.answer()) == expected)
            gateway.stop()
        }
    }

    @Test("A proxy that speaks for itself is the client")
    func local() throws {
        for (version, header) in [
            (ProxyHeader.Version.v1, Array("PROXY UNKNOWN\r\n".utf8)), (.v2, Self.block + [0x20, 0, 0, 0]),
            (.v2, Self.block + [0x20, 0x11, 0, 12, 6, 6, 6, 6, 6, 6, 6, 6, 0, 80, 0, 80]),
        ] {
            let gateway = try gateway(version)
            let client = try gateway.client()
            client.send(header + request())
            let told = try told(client.answer())
            #expect(told[0] == "127.0.0.1" && told[1] == "" && told[3] == "127.0.0.1")
            gateway.stop()
        }
    }

    @Test("The client that a PROXY header names may be a trusted proxy itself")
    func twoProxies() throws {
        let gateway = try gateway(trusting: ["127.0.0.1", "10.0.0.0/8"], .v1)
        let client = try gateway.client()
        client.send(Array("PROXY TCP4 10.0.0.9 203.0.113.1 5 443\r\n".utf8) + request(["X-Forwarded-For: 6.6.6.6, 192.0.2.7"]))
        #expect(try told(client.answer()) == ["192.0.2.7", "10.0.0.9, 127.0.0.1", "0", "192.0.2.7, 10.0.0.9, 127.0.0.1"])
    }

    @Test("Whoever does not begin with the header of a trusted proxy is turned away without a word")
    func refused() throws {
        let header = Self.headers[0].1
        let cases: [([String], ProxyHeader.Version, [UInt8])] = [
            // No trusted proxy.
            (["10.0.0.0/8"], .v1, header + request()), (["127.0.0.2"], .v1, header + request()), ([], .v1, header + request()),
            (["10.0.0.0/8"], .v2, Self.headers[2].1 + request()),
            // No header, the other version, garbage.
            (["127.0.0.1"], .v1, request()), (["127.0.0.1"], .v2, request()), (["127.0.0.1"], .v2, header + request()),
            (["127.0.0.1"], .v1, Self.headers[2].1 + request()), (["127.0.0.1"], .v1, [0x16, 3, 1, 2, 0, 1]),
            (["127.0.0.1"], .v1, Array("PROXY TCP4 nonsense\r\n".utf8) + request()),
            (["127.0.0.1"], .v1, [UInt8](repeating: 0x50, count: 100_000)),
            (["127.0.0.1"], .v2, Self.block + [0x21, 0x11, 0xff, 0xff]), (["127.0.0.1"], .v2, [UInt8](repeating: 0x0d, count: 100_000)),
        ]
        for (networks, version, bytes) in cases {
            let gateway = try gateway(trusting: networks, version)
            let client = try gateway.client()
            client.send(bytes)
            #expect(client.rest() == [], "\(networks) \(version) \(bytes.prefix(30))")
            #expect(Patience.holds { gateway.server.connectionCount == 0 })
            gateway.stop()
        }
        #expect(site.appliance.acceptedCount == 0)
        #expect(try site.records { $0.kind = .outcome }.isEmpty)
        #expect(site.log.text.contains("does not begin with the PROXY header"))
    }

    @Test("A header that does not end in time, and one that is not there: the connection ends without a word", arguments: [
        0, 1, 20, 43,
    ])
    func late(count: Int) throws {
        let gateway = try gateway(.v1) { $0.timeouts.head = 150 }
        let client = try gateway.client()
        client.send(Array(Self.headers[0].1.prefix(count)))
        #expect(client.rest() == [] && client.ending() == .closed)
        // Behind the header the head's deadline counts, and a head is answered.
        let slow = try gateway.client()
        slow.send(Self.headers[0].1 + Array("GET ".utf8))
        let answer = slow.answer()
        #expect(answer.status == 408)
        #expect(try site.records(of: answer).last?[.client] == "192.0.2.7")
    }

    @Test("Without proxy_protocol a PROXY line is no request")
    func unexpected() throws {
        let gateway = try gateway()
        let client = try gateway.client()
        client.send(Self.headers[0].1 + request())
        let answer = client.answer()
        #expect(answer.status == 400)
        #expect(try site.records(of: answer).last?[.client] == "127.0.0.1")
        #expect(site.appliance.acceptedCount == 0)
    }

    // MARK: X-Forwarded-For

    @Test("X-Forwarded-For of a trusted proxy names the client, from its end", arguments: [
        (["X-Forwarded-For: 192.0.2.7"], "192.0.2.7"),
        (["X-Forwarded-For: 6.6.6.6, 192.0.2.7"], "192.0.2.7"),
        (["X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 192.0.2.7, 10.1.1.1"], "192.0.2.7"),
        (["X-Forwarded-For: 6.6.6.6, 2001:DB8::9, 10.1.1.1"], "2001:db8::9"),
        // A malformed entry ends the search at the last one that told.
        (["X-Forwarded-For: 192.0.2.7, unknown, 10.1.1.1"], "10.1.1.1"),
        (["X-Forwarded-For: 192.0.2.7,, 10.1.1.1"], "10.1.1.1"),
        (["X-Forwarded-For: 192.0.2.7:1234"], "127.0.0.1"), (["X-Forwarded-For:"], "127.0.0.1"),
        ([], "127.0.0.1"),
        // Other claims do not count, whoever makes them.
        (["X_Forwarded_For: 6.6.6.6", "Forwarded: for=6.6.6.6", "X-Real-IP: 6.6.6.6"], "127.0.0.1"),
    ] as [([String], String)])
    func chain(fields: [String], client expected: String) throws {
        let gateway = try gateway(trusting: ["127.0.0.1", "10.1.0.0/16"])
        let client = try gateway.client()
        client.send(request(fields))
        let told = try told(client.answer())
        #expect(told[0] == expected)
        // Every trusted proxy that told of it is named, to the appliance and in the record.
        let isFar = fields.contains { $0.hasSuffix(", 10.1.1.1") } && expected != "10.1.1.1"
        let proxies = isFar ? "10.1.1.1, 127.0.0.1" : expected == "127.0.0.1" ? "" : "127.0.0.1"
        #expect(told[3] == (proxies.isEmpty ? expected : "\(expected), \(proxies)"))
        #expect(told[1] == proxies)
        // It is this request's client, not the connection's.
        client.send(request())
        #expect(try self.told(client.answer())[0] == "127.0.0.1")
    }

    @Test("A long chain is told whole, and ends at its limit")
    func longChain() throws {
        let gateway = try gateway(trusting: ["127.0.0.1", "2001:db8::/32"])
        let proxies = (0..<20).map { "2001:db8:1111:2222:3333:4444:5555:\(6600 + $0)" }
        let answer = try gateway.ask(
            "GET", "/pools/1", key: key, fields: ["X-Forwarded-For: \(proxies.joined(separator: ", "))"])
        // Sixteen told: the peer, and the fifteen nearest.
        let chain = proxies.suffix(15).joined(separator: ", ") + ", 127.0.0.1"
        let told = try told(answer)
        #expect(told[0] == proxies[4] && told[1] == chain && told[3] == "\(proxies[4]), \(chain)")
    }

    @Test("From anybody else it is dropped", arguments: [[], ["10.0.0.0/8"], ["127.0.0.2", "192.0.2.0/24"]])
    func spoofed(trusted: [String]) throws {
        let gateway = try gateway(trusting: trusted)
        let answer = try gateway.ask(
            "GET", "/pools/1", key: key, fields: ["X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https", "Forwarded: for=192.0.2.7"])
        let told = try told(answer)
        #expect(told[0] == "127.0.0.1" && told[1] == "" && told[3] == "127.0.0.1")
        #expect(seen.last?.values("X-Forwarded-Proto") == ["http"])
        #expect(seen.last?.values("Forwarded") == [])
    }

    @Test("The scheme that the client used is the first trusted proxy's word")
    func scheme() throws {
        let gateway = try gateway()
        let fields = ["X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https"]
        #expect(try gateway.ask("GET", "/pools/1", key: key, fields: fields).status == 200)
        #expect(seen.last?.values("X-Forwarded-Proto") == ["https"])
    }

    @Test("Refused credentials are counted by the client that a trusted proxy names, not by the proxy")
    func throttle() throws {
        let gateway = try gateway { $0.throttle.failures = 3 }
        let wrong = "this-key-was-never-issued-000000000000"
        let statuses = try (0..<5).map { _ in
            try gateway.ask("GET", "/pools/1", key: wrong, fields: ["X-Forwarded-For: 192.0.2.7"]).status
        }
        #expect(statuses == [401, 401, 401, 429, 429])
        #expect(try gateway.ask("GET", "/pools/1", key: wrong, fields: ["X-Forwarded-For: 192.0.2.8"]).status == 401)
        // A valid key is never locked out.
        #expect(try gateway.ask("GET", "/pools/1", key: key, fields: ["X-Forwarded-For: 192.0.2.7"]).status == 200)
    }
}
