import Dispatch
import GatewayTesting
import Testing
@testable import NodeumSimulator

/// Scripted upstream behaviour, limits, starting and stopping.
@Suite struct ScenarioTests {
    private static let get = "GET /api/v2/pools HTTP/1.1\r\nHost: a\r\n\r\n"

    private func served(_ scenario: Scenario) throws -> (SimulatorServer, RawClient) {
        let server = try ServerTests.started { _ in } scenario: { _ in scenario }
        let client = try RawClient(port: server.port)
        client.send(Self.get)
        return (server, client)
    }

    @Test func chosenByTarget() throws {
        let server = try ServerTests.started { _ in } scenario: { request in
            request.targetText.hasSuffix("/1") ? .answer(status: 503, body: Array("busy".utf8)) : nil
        }
        let client = try RawClient(port: server.port)
        client.send("GET /api/v2/pools/1 HTTP/1.1\r\n\r\nGET /api/v2/pools/2 HTTP/1.1\r\n\r\n")
        let first = client.answer()
        #expect(first.status == 503)
        #expect(first.text == "busy")
        #expect(client.answer().field("X-Simulator-Action") == "pools#show")
        #expect(server.appliance.observations.map(\.ran) == [false, true])
        server.setScenario(nil)
        client.send("GET /api/v2/pools/1 HTTP/1.1\r\n\r\n")
        #expect(client.answer().status == 200)
    }

    @Test func oddChunks() throws {
        let body = Array(#"{"secret_key":"SECRET"}"#.utf8)
        let (server, client) = try served(.chunked(
            body, sizes: [1, 3, 7], trailers: [SimulatedField("X-T", "v")], ending: .close))
        defer { server.stop() }
        #expect(client.head().field("Transfer-Encoding") == "chunked")
        #expect(String(decoding: client.rest(), as: UTF8.self) == "1\r\n{\r\n3\r\n\"se\r\n7\r\ncret_ke\r\n1\r\ny\r\n3\r\n\":\""
            + "\r\n7\r\nSECRET\"\r\n1\r\n}\r\n0\r\nX-T: v\r\n\r\n")
    }

    @Test func gzipOfSeveralBlocks() throws {
        let body = [UInt8](repeating: 65, count: 70_000)
        let (server, client) = try served(.gzip(body))
        defer { server.stop() }
        let answer = client.answer()
        #expect(answer.field("Content-Encoding") == "gzip")
        // 10 bytes of head, two stored blocks with 5 bytes each, 8 bytes of trailer.
        #expect(answer.body.count == 10 + 5 + 65_535 + 5 + 4_465 + 8)
        #expect(Array(answer.body.suffix(4)) == [0x70, 0x11, 1, 0])
    }

    @Test func cutBodyClosesOrResets() throws {
        for ending in [Scenario.Ending.close, .reset] {
            let (server, client) = try served(.cut(Array("abc".utf8), declared: 10, ending: ending))
            defer { server.stop() }
            #expect(client.head().field("Content-Length") == "10")
            #expect(client.rest().count <= 3)
        }
    }

    @Test func largeBodyHasItsLength() throws {
        let count = 64 << 20
        let (server, client) = try served(.large(UInt64(count) + 5))
        defer { server.stop() }
        #expect(client.head().field("Content-Length") == String(count + 5))
        #expect(client.skip(count + 5) == count + 5)
        server.setScenario(nil)
        client.send(Self.get)
        #expect(client.answer().status == 200)
    }

    @Test func repeatedPatternGoesOnAcrossWrites() throws {
        let (server, client) = try served(Scenario([.repeated(pattern: Array("abc".utf8), count: 200_000)]))
        defer { server.stop() }
        let bytes = client.rest()
        #expect(bytes.count == 200_000)
        #expect(bytes.indices.allSatisfy { bytes[$0] == UInt8(97 + $0 % 3) })
    }

    @Test func slowBytesAndDelaysArriveWhole() throws {
        let (server, client) = try served(Scenario([.slowly(Array("slow".utf8), by: 1, every: 1), .delay(1), .bytes([33])]))
        defer { server.stop() }
        #expect(String(decoding: client.rest(), as: UTF8.self) == "slow!")
    }

    @Test func waitsForTheTest() throws {
        let gate = DispatchSemaphore(value: 0)
        let (server, client) = try served(Scenario([.bytes([49]), .wait { gate.wait() }, .bytes([50])]))
        defer { server.stop() }
        #expect(client.skip(1) == 1)
        gate.signal()
        #expect(client.rest() == [50])
    }

    @Test func answersBeforeTheBody() throws {
        let server = try ServerTests.started { _ in } scenario: { _ in
            Scenario([.bytes(Array("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n".utf8))], readsBody: false)
        }
        let client = try RawClient(port: server.port)
        client.send("PUT /api/v2/pools/1 HTTP/1.1\r\nContent-Length: 1000000\r\n\r\nabc")
        #expect(client.answer().status == 413)
        client.finishWriting()
        #expect(client.rest().isEmpty)
        #expect(server.appliance.observations.last?.bodyCount == 0)
    }

    @Test func rawBytesAsTheyStand() throws {
        let (server, client) = try served(.raw("HTTP/1.1 banana\r\n\r\n"))
        defer { server.stop() }
        #expect(client.rest() == Array("HTTP/1.1 banana\r\n\r\n".utf8))
    }

    @Test func stopEndsSilenceAndDelays() throws {
        for scenario in [Scenario.silence, Scenario([.delay(3_600_000)])] {
            let (server, client) = try served(scenario)
            #expect(server.appliance.observation { $0.method == "GET" } != nil)
            server.stop()
            #expect(client.rest().isEmpty)
            #expect(server.connectionCount == 0)
        }
    }

    @Test func startsAgainOnTheSamePort() throws {
        let server = try ServerTests.started()
        let port = server.port
        #expect(throws: SimulatorError.alreadyStarted) { try server.start() }
        server.stop()
        #expect(throws: RawClient.CannotConnect.self) { try RawClient(port: port) }
        #expect(try server.start() == port)
        let client = try RawClient(port: port)
        client.send(Self.get)
        #expect(client.answer().status == 200)
        server.stop()
        server.stop()
    }

    @Test func droppedConnectionsComeBack() throws {
        let server = try ServerTests.started()
        let client = try RawClient(port: server.port)
        client.send(Self.get)
        #expect(client.answer().status == 200)
        server.dropConnections()
        #expect(client.rest().isEmpty)
        let next = try RawClient(port: server.port)
        next.send(Self.get)
        #expect(next.answer().status == 200)
        #expect(server.acceptedCount == 2)
    }

    @Test func servesNoMoreConnectionsThanAllowed() throws {
        let server = try ServerTests.started { $0.limits.connections = 1 }
        var first: RawClient? = try RawClient(port: server.port)
        first?.send(Self.get)
        #expect(first?.answer().status == 200)
        let second = try RawClient(port: server.port)
        second.send(Self.get)
        first?.send(Self.get)
        #expect(first?.answer().status == 200)
        #expect(server.acceptedCount == 1)
        first = nil
        #expect(second.answer().status == 200)
        #expect(server.acceptedCount == 2)
    }

    @Test func saysWhyItCannotListen() throws {
        let server = try ServerTests.started()
        var settings = SimulatorSettings()
        settings.port = server.port
        let error = #expect(throws: SimulatorError.self) { try SimulatorServer(settings).start() }
        #expect(error?.description.contains("127.0.0.1:\(server.port)") == true)
        settings.host = "no.such.host.invalid"
        #expect(throws: SimulatorError.self) { try SimulatorServer(settings).start() }
    }

    @Test func listensOnIPv6() throws {
        let server = try ServerTests.started { $0.host = "::1" }
        #expect(server.port != 0)
        server.stop()
    }
}
