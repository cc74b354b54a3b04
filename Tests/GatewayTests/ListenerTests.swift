import AuditTrail
import Gateway
import GatewayTesting
import HTTPWire
import Settings
import Testing

@Suite("Several listeners, some of them written alike")
struct ListenerTests {
    private let site: TestSite
    private let key: String

    init() throws {
        site = try TestSite()
        key = try site.key("pools/*")
    }

    /// A listener on any port.
    private func listener(_ change: (inout Settings.Listener) -> Void = { _ in }) -> Settings.Listener {
        var listener = Settings.Listener()
        listener.address = "127.0.0.1:0"
        change(&listener)
        return listener
    }

    private func trusting() -> Settings.Listener { listener { $0.trustedProxies = [IPNetwork("127.0.0.1")].compactMap { $0 } } }

    private func ports(_ gateway: TestGateway) -> [UInt16] { gateway.server.addresses.map(\.port) }

    /// The record of a request that claims to come from somebody else.
    private func record(through port: UInt16) throws -> AuditRecord {
        let client = try RawClient(port: port)
        client.send(Request("GET", "/pools/1", key: key, fields: ["X-Forwarded-For: 192.0.2.7"]).bytes)
        let answer = client.answer()
        #expect(answer.status == 200)
        return try #require(try site.records(of: answer).last)
    }

    private func clients(_ ports: [UInt16]) throws -> [String] { try ports.map { try record(through: $0)[.client] } }

    @Test("Each of two with the same text has its own traits and its own number")
    func alike() throws {
        for listeners in [[listener(), trusting()], [trusting(), listener()]] {
            let gateway = try site.gateway { $0.listeners = listeners }
            let ports = ports(gateway)
            #expect(Set(ports).count == 2)
            let expected = listeners.map { $0.trustedProxies.isEmpty ? "127.0.0.1" : "192.0.2.7" }
            #expect(try clients(ports) == expected)
            #expect(try ports.map { try record(through: $0)[.listener] } == [0, 1])
            gateway.stop()
        }
    }

    @Test("TLS is the one's that has it")
    func secured() throws {
        let tls = try TLSFiles.listener()
        let gateway = try site.gateway { $0.listeners = [listener(), listener { $0.tls = tls }] }
        #expect(gateway.server.origins.map { $0.hasPrefix("https") } == [false, true])
        _ = try record(through: ports(gateway)[0])
    }

    @Test("A reload changes, adds and removes them by their order")
    func reload() throws {
        let gateway = try site.gateway { $0.listeners = [listener(), trusting()] }
        let before = ports(gateway)
        func reload(_ listeners: [Settings.Listener]) throws {
            _ = try gateway.server.reload(try site.plan { $0.listeners = listeners })
        }
        try reload([trusting(), listener()])
        #expect(ports(gateway) == before)
        #expect(try Patience.holds { try clients(before) == ["192.0.2.7", "127.0.0.1"] })
        try reload([listener(), listener(), trusting()])
        #expect(Array(ports(gateway).prefix(2)) == before && ports(gateway).count == 3)
        #expect(try Patience.holds { try clients(ports(gateway)) == ["127.0.0.1", "127.0.0.1", "192.0.2.7"] })
        // The last of those that are written alike goes.
        try reload([trusting()])
        #expect(ports(gateway) == [before[0]])
        #expect(Patience.holds { (try? RawClient(port: before[1])) == nil })
        #expect(try Patience.holds { try clients([before[0]]) == ["192.0.2.7"] })
    }
}
