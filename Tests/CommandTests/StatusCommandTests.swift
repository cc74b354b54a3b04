import Foundation
import GatewayTesting
import Testing

@Suite("nodegate status")
struct StatusCommandTests {
    private struct Served {
        let site: TestSite
        let gateway: ServedGateway
        let address: String

        init(appliance isThere: Bool = true) throws {
            site = try TestSite()
            gateway = try ServedGateway(site, configuration: try site.configure("status: {address: \"127.0.0.1:0\"}"))
            let line = try #require(gateway.process.line(holding: "nodegate status on http://"))
            address = String(try #require(line.split(separator: "/").last))
        }
    }

    @Test("Says how a running gateway is, as a table and as JSON, and exits with 0 while it is ready")
    func ready() throws {
        let served = try Served()
        let key = try served.site.key("pools/*")
        #expect(try Patience.holds { try served.gateway.ask("GET", "/pools", key: key).status == 200 })
        let table = try Command.run("status", "--address", served.address)
        #expect(table.status == 0, "\(table.errors)")
        #expect(table.lines.first == "ready")
        #expect(table.output.contains("connections on 2 lanes") && table.output.contains("0 of 1 addresses left out"))
        let json = try Command.run("status", "--address", served.address, "--json")
        let report = try #require(try json.objects().first)
        #expect(report["ready"] as? Bool == true && (report["exchanges"] as? [String: Int])?["permit"] == 1)
    }

    @Test("Exits with 1 and says why when the appliance is gone")
    func notReady() throws {
        let served = try Served()
        let key = try served.site.key("pools/*")
        #expect(try Patience.holds { try served.gateway.ask("GET", "/pools", key: key).status == 200 })
        served.site.appliance.stop()
        // The connection that was kept may have to fail first. Each lane finds out for itself.
        let refused = try Patience.holds {
            _ = try served.gateway.ask("GET", "/pools", key: key)
            return try Command.run("status", "--address", served.address).status == 1
        }
        #expect(refused)
        let said = try Command.run("status", "--address", served.address)
        #expect(said.output.contains("NOT READY\ntrouble: no address of the appliance takes connections"))
    }

    @Test("Without an answer it says so and what to do", arguments: [
        (["--address", "127.0.0.1:1"], "the gateway does not answer"), (["--address", "nowhere"], "no address with a port"),
        ([], "the configuration has no status listener"),
    ])
    func silent(arguments: [String], message: String) throws {
        let site = try TestSite()
        let result = try Command.run(["status", "--config", try site.configure()] + arguments)
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test("What answers there and is no status listener is told from it")
    func wrongListener() throws {
        let served = try Served()
        let result = try Command.run("status", "--address", "127.0.0.1:\(served.gateway.port)")
        #expect(result.status == 1 && result.errors.contains("is it the status listener?"))
    }
}
