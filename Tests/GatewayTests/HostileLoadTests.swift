import AuditTrail
import Foundation
import GatewayTesting
import NodeumSimulator
import Testing

@Suite("Load that misbehaves: afterwards everything is as before", .serialized)
struct HostileLoadTests {
    private let site: TestSite
    private let key: String
    private let gateway: ServedGateway

    init() throws {
        try Self.raiseDescriptorLimit()
        site = try TestSite()
        key = try site.key("pools/*", "cloud_connectors/get_secret_key")
        site.appliance.setScenario { request in
            switch request.targetText.split(separator: "/").last {
            case "7": .cut(Array("{\"half\":".utf8), declared: 100).stopped
            case "8": .silence
            case "9": .large(64 << 20)
            default: nil
            }
        }
        gateway = try site.serve(
            """
            limits: {connections: 6000, connections_per_client: 6000}
            timeouts: {write: 300ms, body_idle: 5s, linger: 2s}
            """, upstream: "body_timeout: 300ms")
    }

    /// This process holds the other ends.
    private static func raiseDescriptorLimit() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, 8_192))
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 && limit.rlim_cur >= 8_192)
    }

    private func request(_ path: String = "/pools/1", _ fields: [String] = []) -> [UInt8] {
        Request("GET", path, key: key, fields: fields).bytes
    }

    private func upload(_ fields: [String], key: String? = nil) -> [UInt8] {
        Request("PUT", "/pools/1", key: key ?? self.key, fields: ["Content-Type: application/json"] + fields).bytes
    }

    /// The number of descriptors when nobody is connected.
    private func quiet() throws -> Int {
        #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
        #expect(Patience.holds { site.appliance.connectionCount == 0 })
        return gateway.descriptorCount
    }

    private func expectQuiet(_ before: Int) throws {
        #expect(Patience.holds { gateway.descriptorCount <= before }, "\(gateway.descriptorCount) descriptors, \(before) before")
        #expect(Patience.holds { site.appliance.connectionCount == 0 }, "\(site.appliance.connectionCount) at the appliance")
        #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
    }

    @Test("Thousands of connections that do nothing cost a few KiB each, and others are served beside them")
    func idle() throws {
        let before = try quiet()
        let memory = try gateway.kibibytes("VmRSS")
        var peaks: [Int] = []
        for _ in 0..<2 {
            var clients: [RawClient] = []
            for number in 0..<3_000 {
                let client = try gateway.client()
                switch number % 3 {
                case 0: break
                case 1: client.send("GET /api/v2/pools/1 HTTP/1.1\r\nHost: a\r\nX-Half:")
                default:
                    client.send(request())
                    #expect(client.answer().status == 200)
                }
                clients.append(client)
            }
            #expect(Patience.holds { gateway.descriptorCount >= before + 3_000 })
            #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
            peaks.append(try gateway.kibibytes("VmRSS"))
            clients.removeAll()
            try expectQuiet(before)
        }
        #expect(peaks[0] - memory < 3_000 * 16, "\(memory) KiB, then \(peaks)")
        // The second wave finds most of the memory of the first; buffers touch pages of their own for a while.
        #expect(peaks[1] - peaks[0] < 16 * 1_024, "\(memory) KiB, then \(peaks)")
    }

    @Test("Resets in every state of an exchange, clients that stop reading, an appliance that stops in a body")
    func resets() throws {
        let before = try quiet()
        var peaks: [Int] = []
        for _ in 0..<3 {
            var stopped: [RawClient] = []
            for _ in 0..<4 { for state in 0..<Self.states { try reach(state, &stopped) } }
            // Those that do not read are cut off while they are still there.
            try expectQuiet(before)
            peaks.append(try gateway.kibibytes("VmRSS"))
            stopped.removeAll()
        }
        #expect(try gateway.kibibytes("VmHWM") < 128 * 1_024, "\(peaks)")
        #expect(peaks[2] - peaks[1] < 8 * 1_024, "\(peaks) KiB")
        gateway.process.signal(SIGTERM)
        #expect(gateway.process.status() == 0)
        // Whatever became of an exchange is recorded, once.
        let exchanges = try site.records().filter { ["intent", "outcome", "completion"].contains($0.kind) }
        let records = Dictionary(grouping: exchanges, by: \.exchange)
        #expect(records.count > 3 * 4 * 10)
        for (exchange, all) in records { #expect(all.filter { $0.kind == "outcome" }.count == 1, "\(exchange) \(all.map(\.kind))") }
        #expect(try AuditVerifier.verify(path: site.auditPath).isIntact)
    }

    private static let states = 18

    /// Brings a connection into a state; it is reset there, unless it goes on without reading.
    private func reach(_ state: Int, _ stopped: inout [RawClient]) throws {
        let client = try gateway.client()
        client.resetAtEnd()
        switch state {
        case 0: break
        case 1: client.send("GET /api")
        case 2: client.send("GET /api/v2/pools/1 HTTP/1.1\r\nHost: a\r\n")
        case 3: client.send(upload(["Content-Length: 50"]))
        case 4: client.send(upload(["Content-Length: 900000"]) + [UInt8](repeating: 0x20, count: 70_000))
        case 5: client.send(upload(["Transfer-Encoding: chunked"]) + Array("5\r\n{\"a".utf8))
        case 6:
            client.send(upload(["Expect: 100-continue", "Content-Length: 50"]))
            #expect(client.head().status == 100)
        case 7: client.send(request())
        case 8: client.send(request("/pools/8"))
        case 9:
            client.send(request("/pools/8"))
            // It has got as far as the appliance.
            #expect(Patience.holds { site.appliance.connectionCount > 0 })
        case 10:
            client.send(request("/pools/9"))
            #expect(client.head().status == 200)
        case 11:
            client.send(request("/pools/9"))
            #expect(client.skip(300_000) >= 300_000)
        case 12:
            client.send(request())
            #expect(client.answer().status == 200)
        case 13:
            client.send((0..<5).flatMap { _ in request() })
            #expect(client.answer().status == 200)
        case 14:
            client.send(upload(["Content-Length: 1000000"], key: "no-such-key-0000000000000000000000000"))
            #expect(client.answer().status >= 400)
        case 15:
            client.send(request("/pools/1", ["Connection: close"]) + Array("more".utf8))
            #expect(client.answer().status == 200)
        // The appliance stops within a body: nothing whole comes of it.
        case 16:
            client.send(request("/pools/7"))
            let answer = client.answer()
            #expect(answer.status >= 500 || !answer.isWhole)
        default:
            let reader = try RawClient(port: gateway.port, receiveBuffer: 4_096)
            reader.send(request("/pools/9"))
            stopped.append(reader)
        }
    }
}

extension Scenario {
    /// Instead of its end: nothing more, until the gateway has had enough.
    fileprivate var stopped: Scenario { Scenario(steps + [.untilPeerCloses]) }
}
