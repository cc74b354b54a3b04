import Dispatch
import Foundation
@testable import Gateway
import GatewayTesting
import NodeumSimulator
import Settings
import Synchronization
import Testing
import Transport

/// What the appliance's name leads to, as a test has it.
private final class Names: Sendable {
    private struct State {
        var authorities: [String] = []
        var error: SocketError?
        var count = 0
    }

    private let state: Mutex<State>

    init(_ authorities: String...) { state = Mutex(State(authorities: authorities)) }

    var lookups: Int { state.withLock(\.count) }

    func lead(to authorities: String...) {
        state.withLock { state in
            state.authorities = authorities
            state.error = nil
        }
    }

    func fail() { state.withLock { $0.error = .unknownHost("appliance.test", reason: "no such name") } }

    func addresses() throws(SocketError) -> [SocketAddress] {
        let (authorities, error) = state.withLock { state in
            state.count += 1
            return (state.authorities, state.error)
        }
        if let error { throw error }
        var found: [SocketAddress] = []
        for authority in authorities { found += try SocketAddress.resolve(authority) }
        return found
    }
}

/// What the gateway said of itself.
private final class Told: Sendable {
    private let status = Mutex(UpstreamStatus())
    private let isThere = DispatchSemaphore(value: 0)

    func tell(_ status: UpstreamStatus) {
        self.status.withLock { $0 = status }
        isThere.signal()
    }

    func wait() -> UpstreamStatus {
        _ = isThere.wait(timeout: .now() + .seconds(30))
        return status.withLock { $0 }
    }
}

@Suite("The appliance's addresses: looked up again, left out, probed")
struct UpstreamAddressTests {
    private static let ok = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)

    private let site: TestSite
    private let key: String

    init() throws {
        site = try TestSite()
        key = try site.key("pools/*", "cloud_connectors/get_secret_key")
    }

    /// A second appliance on the first one's port, at 127.0.0.2.
    private func other() -> SimulatorServer {
        var settings = site.appliance.appliance.settings
        settings.host = "127.0.0.2"
        settings.port = site.appliance.port
        return SimulatorServer(settings)
    }

    private var first: String { "127.0.0.1:\(site.appliance.port)" }
    private var second: String { "127.0.0.2:\(site.appliance.port)" }

    private func gateway(_ names: Names, _ change: (inout Settings) -> Void = { _ in }) throws -> TestGateway {
        try site.gateway(lookup: { (_) throws(SocketError) in try names.addresses() }) {
            $0.upstream.host = "appliance.test"
            $0.upstream.lookupInterval = 20
            change(&$0)
        }
    }

    private func status(_ gateway: TestGateway) throws -> Int { try gateway.ask("GET", "/pools/1", key: key).status }

    /// Asks again and again, and gets an answer each time, until the condition holds.
    private func served(_ gateway: TestGateway, until condition: () throws -> Bool) throws -> Bool {
        try Patience.holds {
            let status = try status(gateway)
            if status != 200 { Issue.record("\(status)") }
            return try condition()
        }
    }

    /// How it stands with the appliance by the lanes' own account.
    private func upstream(_ gateway: TestGateway) -> UpstreamStatus {
        let told = Told()
        gateway.server.gatherStatus { told.tell($0.upstream) }
        return told.wait()
    }

    private func leads(_ gateway: TestGateway, to authorities: String...) -> Bool {
        Patience.holds { gateway.server.upstreamAddresses.map(\.description) == authorities }
    }

    // MARK: Names

    @Test("New addresses are used without a reload, and connections to those that are gone end")
    func moves() throws {
        let other = other()
        try other.start()
        defer { other.stop() }
        let names = Names(first)
        let gateway = try gateway(names)
        #expect(try status(gateway) == 200)
        #expect(site.appliance.connectionCount == 1)
        names.lead(to: second)
        #expect(leads(gateway, to: second))
        #expect(Patience.holds { site.appliance.connectionCount == 0 })
        #expect(try status(gateway) == 200)
        #expect(site.appliance.appliance.observations.count == 1 && other.appliance.observations.count == 1)
        #expect(site.log.text.contains("leads to other addresses now") && site.log.text.contains(second))
    }

    @Test("What is under way to an address that is gone ends there, and its connection is not used again")
    func drains() throws {
        let other = other()
        try other.start()
        defer { other.stop() }
        let gate = Gate()
        site.appliance.setScenario { _ in Scenario([.wait { gate.wait() }, .bytes(Self.ok)], ending: .keepAlive) }
        let names = Names(first)
        let gateway = try gateway(names)
        let client = try gateway.client()
        client.send(Request("GET", "/pools/1", key: key).bytes)
        #expect(site.appliance.appliance.observation { _ in true } != nil)
        names.lead(to: second)
        #expect(leads(gateway, to: second))
        // The lane knows by the time that it has answered somebody else.
        #expect(try status(gateway) == 200)
        gate.open()
        #expect(client.answer().text == "ok")
        #expect(Patience.holds { site.appliance.connectionCount == 0 })
        client.send(Request("GET", "/pools/1", key: key).bytes)
        #expect(client.answer().status == 200)
        #expect(other.appliance.observations.count == 2)
    }

    @Test("A lookup that fails changes nothing, is told once, and so is the first that works again")
    func failing() throws {
        let names = Names(first)
        let gateway = try gateway(names)
        names.fail()
        let before = names.lookups
        #expect(Patience.holds { names.lookups > before + 5 })
        #expect(gateway.server.upstreamAddresses.map(\.description) == [first])
        #expect(try status(gateway) == 200)
        #expect(site.log.text.components(separatedBy: "cannot be looked up again").count == 2)
        names.lead(to: first)
        #expect(Patience.holds { site.log.text.contains("can be looked up again\n") || site.log.text.contains("can be looked up again [") })
        #expect(site.appliance.acceptedCount == 1)
    }

    @Test("A lookup that hangs holds up neither requests nor changes of keys nor the stop")
    func hanging() throws {
        let gate = Gate()
        let count = Mutex(0)
        let address = first
        let gateway = try site.gateway(lookup: { (_) throws(SocketError) in
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 2 { gate.wait() }
            return try SocketAddress.resolve(address)
        }) {
            $0.upstream.host = "appliance.test"
            $0.upstream.lookupInterval = 20
        }
        defer { gate.open() }
        #expect(Patience.holds { count.withLock { $0 } == 2 })
        #expect(try status(gateway) == 200)
        let late = try site.key("pools/*")
        try gateway.follow()
        #expect(try gateway.ask("GET", "/pools/1", key: late).status == 200)
        // One at a time.
        #expect(count.withLock { $0 } == 2)
        #expect(gateway.stop()?.recordsStored == true)
    }

    @Test("An address is no name, and where no interval is set nothing is looked up again")
    func notAgain() throws {
        for (host, interval) in [("127.0.0.1", 20), ("appliance.test", 0)] as [(String, UInt64)] {
            let names = Names(first)
            let gateway = try gateway(names) {
                $0.upstream.host = host
                $0.upstream.lookupInterval = interval
            }
            // The control queue has looked at the store many times.
            for _ in 0..<5 {
                _ = try site.key("pools/*")
                try gateway.follow()
            }
            #expect(names.lookups == 1)
            _ = try gateway.server.reload(try site.plan { $0.upstream.host = host })
            #expect(names.lookups == 2)
            gateway.stop()
        }
    }

    @Test("The system's own resolver: /etc/hosts changes under a running gateway")
    func system() throws {
        let other = other()
        try other.start()
        defer { other.stop() }
        let hosts = try site.directory.write("127.0.0.1 localhost appliance.test\n", to: "hosts")
        let configuration = try site.configure(upstream: "lookup_interval: 1s")
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
            .replacing("http://127.0.0.1:", with: "http://appliance.test:")
        try site.directory.write(text, to: "nodegate.yaml")
        let gateway = try ServedGateway(site, configuration: configuration, hosts: hosts)
        #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
        #expect(site.appliance.acceptedCount == 1 && other.acceptedCount == 0)
        try site.directory.write("127.0.0.1 localhost\n127.0.0.2 appliance.test\n", to: "hosts")
        var statuses: Set<Int> = []
        #expect(try Patience.holds {
            statuses.insert(try gateway.ask("GET", "/pools/1", key: key).status)
            return other.acceptedCount > 0
        })
        #expect(statuses == [200])
        #expect(gateway.process.errorText.contains("leads to other addresses now"))
    }

    // MARK: Health

    @Test("An address that failed is probed before requests go there again: no request waits for one that hangs")
    func probed() throws {
        // Every request needs a connection of its own, and the second address is asked first.
        site.appliance.setScenario { _ in Scenario([.bytes(Self.ok)], ending: .close) }
        let gateway = try gateway(Names(second, first)) { $0.upstream.connectTimeout = 300 }
        #expect(try status(gateway) == 200)
        #expect(site.log.text.contains("\(second) fails and is left out"))
        let other = other()
        do {
            // It takes no connection any more: whoever tries waits in vain.
            let hole = try FullListener(on: 2, port: site.appliance.port)
            #expect(try served(gateway, until: { upstream(gateway).probes >= 2 }))
            #expect(upstream(gateway).leftOut == 1)
            withExtendedLifetime(hole) {}
        }
        // A program that another test starts holds a copy of the listener between fork and exec.
        #expect(Patience.holds { (try? other.start()) != nil })
        defer { other.stop() }
        #expect(try served(gateway, until: { !other.appliance.observations.isEmpty }))
        #expect(site.log.text.contains("\(second) works again"))
    }

    @Test("With TLS a probe is a handshake: one that takes connections and speaks no TLS stays out")
    func handshake() throws {
        let plain = other()
        plain.setScenario { _ in Scenario([.bytes(Self.ok)]) }
        try plain.start()
        defer { plain.stop() }
        let front = try TLSFront(["\(site.appliance.port)", try TLSFiles.path("local-ec.pem"), try TLSFiles.path("local-ec.key")])
        let authority = try TLSFiles.path("authority.pem")
        site.appliance.setScenario { _ in Scenario([.bytes(Self.ok)], ending: .close) }
        let gateway = try gateway(Names(second, "127.0.0.1:\(front.port)")) {
            $0.upstream.isTLS = true
            $0.upstream.tls.serverName = "localhost"
            $0.upstream.tls.authorities = authority
        }
        #expect(try served(gateway, until: { upstream(gateway).probes >= 2 }))
        // Nothing but handshakes has come there.
        #expect(plain.acceptedCount >= 3 && plain.appliance.observations.allSatisfy { !$0.targetText.contains("pools") })
        #expect(upstream(gateway).leftOut == 1)
        withExtendedLifetime(front) {}
    }

    @Test("An address that takes requests and answers none is left out, and used again once a probe has worked")
    func faulty() throws {
        site.appliance.setScenario { _ in Scenario([.bytes(Self.ok)], ending: .close) }
        let other = other()
        other.setScenario { _ in Scenario([], ending: .close) }
        try other.start()
        defer { other.stop() }
        let gateway = try gateway(Names(second, first))
        // Nothing is open when the next request comes: the first of equals is asked.
        var statuses: [Int] = []
        repeat {
            #expect(Patience.holds { upstream(gateway).open == 0 })
            statuses.append(try status(gateway))
        } while statuses.last != 200 && statuses.count < 50
        #expect(statuses == [502, 502, 502, 502, 502, 200])
        #expect(site.log.text.contains("\(second) fails and is left out"))
        other.setScenario { _ in Scenario([.bytes(Self.ok)], ending: .keepAlive) }
        #expect(try served(gateway, until: { other.appliance.observations.count > 5 }))
    }

    @Test("Without a request too: an appliance that comes back is found, and the gateway is ready again")
    func recovers() throws {
        let gateway = try gateway(Names(first))
        site.appliance.stop()
        #expect(try status(gateway) == 502)
        #expect(upstream(gateway).leftOut == 1)
        try site.appliance.start()
        #expect(Patience.holds { upstream(gateway).leftOut == 0 })
        #expect(site.appliance.appliance.observations.isEmpty)
        #expect(try status(gateway) == 200)
        // The probe's connection was kept for it.
        #expect(site.appliance.acceptedCount == 1)
    }

    @Test("Probes end with the stop, and are no more than one for each address")
    func stop() throws {
        site.appliance.setScenario { _ in Scenario([.bytes(Self.ok)], ending: .close) }
        let gateway = try gateway(Names(second, first)) { $0.upstream.connectTimeout = 60_000 }
        #expect(try status(gateway) == 200)
        let hole = try FullListener(on: 2, port: site.appliance.port)
        #expect(Patience.holds { upstream(gateway).probes == 1 })
        for _ in 0..<20 { #expect(try status(gateway) == 200) }
        #expect(upstream(gateway).probes == 1)
        let outcome = try #require(gateway.stop())
        #expect(!outcome.cutExchanges && outcome.recordsStored)
        withExtendedLifetime(hole) {}
    }
}
