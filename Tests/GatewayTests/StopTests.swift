import Foundation
import Gateway
import GatewayTesting
import Logging
import NodeumSimulator
import Settings
import Synchronization
import Testing

@Suite("Stopping and reloading")
struct StopTests {
    private static let ok = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)

    @Test("An exchange in flight ends; its connection to the appliance does not hold the stop up")
    func drain() throws {
        let gate = Gate()
        let scripted = try Scripted(Scenario([.wait { gate.wait() }, .bytes(Self.ok)], ending: .keepAlive)) {
            $0.upstream.idleTimeout = 3_600_000
            $0.timeouts.drain = 20_000
        }
        let client = try scripted.gateway.client()
        let idle = try scripted.gateway.client()
        client.send(scripted.request())
        #expect(scripted.site.appliance.appliance.observation { _ in true } != nil)
        let server = scripted.gateway.server
        let outcome = Mutex<GatewayServer.StopOutcome?>(nil)
        // A thread of its own: it blocks.
        Thread.detachNewThread {
            let stopped = server.stop()
            outcome.withLock { $0 = stopped }
        }
        // Idle connections end at once: the drain has begun.
        #expect(idle.ending() == .closed)
        #expect(throws: RawClient.CannotConnect.self) { try scripted.gateway.client() }
        gate.open()
        let answer = client.answer()
        #expect(answer.text == "ok" && answer.field("Connection") == "close")
        #expect(Patience.holds { outcome.withLock { $0 != nil } })
        #expect(outcome.withLock { $0?.cutExchanges == false && $0?.recordsStored == true })
        #expect(try scripted.site.records(of: answer).map(\.kind) == ["intent", "outcome"])
        scripted.gateway.isStoppedAlready()
    }

    @Test("An exchange that does not end is cut at the limit, with a record of it")
    func abort() throws {
        let scripted = try Scripted(.silence) { $0.timeouts.drain = 100 }
        let client = try scripted.gateway.client()
        client.send(scripted.request())
        #expect(scripted.site.appliance.appliance.observation { _ in true } != nil)
        let outcome = try #require(scripted.gateway.stop())
        #expect(outcome.cutExchanges && outcome.recordsStored)
        #expect(client.ending() == .reset)
        #expect(try scripted.site.records { $0.kind = .outcome }.map(\.reason) == ["draining"])
    }

    @Test("A reload takes new settings at once, and drops no connection")
    func reload() throws {
        let site = try TestSite()
        let other = SimulatorServer(site.appliance.appliance.settings)
        try other.start()
        defer { other.stop() }
        let key = try site.key("pools/*")
        let gateway = try site.gateway()
        let client = try gateway.client()
        client.send(Request("GET", "/pools/1", key: key).bytes)
        #expect(client.answer().status == 200)
        let ignored = try gateway.server.reload(try site.plan {
            $0.upstream.port = other.port
            $0.limits.body = 10
            $0.lanes = 5
        })
        #expect(ignored == ["lanes"])
        #expect(Patience.holds {
            client.send(Request("GET", "/pools/1", key: key).bytes)
            return client.answer().status == 200 && other.acceptedCount == 1
        })
        client.send(Request("PUT", "/pools/1", key: key, body: #"{"name":"long"}"#).bytes)
        #expect(client.answer().status == 413)
    }

    @Test("A connection that is busy while the appliance moves is not used again")
    func moved() throws {
        let gate = Gate()
        let scripted = try Scripted(Scenario([.wait { gate.wait() }, .bytes(Self.ok)], ending: .keepAlive))
        let other = SimulatorServer(scripted.site.appliance.appliance.settings)
        try other.start()
        defer { other.stop() }
        let client = try scripted.gateway.client()
        client.send(scripted.request())
        #expect(scripted.site.appliance.appliance.observation { _ in true } != nil)
        _ = try scripted.gateway.server.reload(try scripted.site.plan { $0.upstream.port = other.port })
        // The lane has the new settings when it answers a request that it refuses.
        #expect(try scripted.gateway.ask("GET", "/tapes", key: scripted.key).status == 403)
        gate.open()
        #expect(client.answer().text == "ok")
        client.send(scripted.request())
        #expect(client.answer().text.contains("pool-1"))
        #expect(other.acceptedCount == 1)
    }

    @Test("A reload that fails leaves everything as it was")
    func failedReload() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway()
        let others = [try TestSite(), try TestSite()]
        let taken = try others[0].gateway()
        let free = try others[1].gateway()
        let freePort = free.port
        free.stop()
        // The first new address is free, the second is not.
        #expect(throws: GatewayError.self) {
            _ = try gateway.server.reload(try site.plan { settings in
                for port in [freePort, taken.port] {
                    var listener = Settings.Listener()
                    listener.address = "127.0.0.1:\(port)"
                    settings.listeners.append(listener)
                }
            })
        }
        #expect(gateway.server.addresses.map(\.port) == [gateway.port])
        #expect(Patience.holds { (try? RawClient(port: freePort)) == nil })
        #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
        #expect(others.count == 2)
    }

    @Test("A reload moves listeners; limits of heads wait for a restart")
    func listeners() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway()
        let ignored = try gateway.server.reload(try site.plan { settings in
            settings.listeners[0].address = "[::1]:0"
            settings.limits.request.fieldCount = 400
        })
        #expect(ignored == ["limits of requests"])
        let port = try #require(gateway.server.addresses.first?.port)
        #expect(Patience.holds { (try? gateway.client()) == nil })
        let client = try RawClient(port: port, ipv6: true)
        client.send(Request("GET", "/pools/1", key: key).bytes)
        #expect(client.answer().status == 200)
        client.send(Request("GET", "/pools/1", key: key, fields: (0..<300).map { "X-\($0): y" }).bytes)
        let refused = client.answer()
        #expect(refused.status == 431, "\(refused)")
    }
}
