import GatewayTesting
import Testing
@testable import NodeumSimulator

/// The server over real sockets: how Puma reads.
@Suite struct ServerTests {
    static func started(
        _ change: (inout SimulatorSettings) -> Void = { _ in }, scenario: ScenarioChoice? = nil
    ) throws -> SimulatorServer {
        var settings = SimulatorSettings()
        settings.credentials = .any
        change(&settings)
        let server = SimulatorServer(settings, scenario: scenario)
        try server.start()
        return server
    }

    @Test func keepsAConnectionAndAnswersPipelinedRequests() throws {
        let server = try Self.started()
        let client = try RawClient(port: server.port)
        client.send("GET /api/v2/cloud_connectors/1 HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(client.answer().text.contains("SECRET-1-aws-archive"))
        client.send("GET /api/v2/pools HTTP/1.1\r\nHost: a\r\n\r\nHEAD /api/v2/pools HTTP/1.1\r\nHost: a\r\n\r\n"
            + "DELETE /api/v2/cloud_connectors/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n")
        let list = client.answer()
        #expect(list.field("X-Simulator-Action") == "pools#index")
        let head = client.answer(to: "HEAD")
        #expect(head.field("X-Simulator-Action") == "pools#index")
        #expect(head.field("Content-Length") == String(list.body.count))
        let gone = client.answer()
        #expect(gone.status == 204)
        #expect(gone.field("Content-Length") == nil)
        let last = client.answer()
        #expect(last.status == 404)
        #expect(last.field("Connection") == "close")
        #expect(client.rest().isEmpty)
        #expect(server.acceptedCount == 1)
        #expect(server.appliance.observations.map(\.connection) == [1, 1, 1, 1, 1])
    }

    @Test func http10ClosesUnlessAsked() throws {
        let server = try Self.started()
        let client = try RawClient(port: server.port)
        client.send("GET /api/v2/pools HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
        #expect(client.answer().field("Connection") == "keep-alive")
        client.send("GET /api/v2/pools HTTP/1.0\r\n\r\n")
        #expect(client.answer().field("Connection") == "close")
        #expect(client.rest().isEmpty)
    }

    @Test func readsBodiesByLengthAndInChunks() throws {
        let server = try Self.started()
        let client = try RawClient(port: server.port)
        let body = #"{"region":"by length"}"#
        client.send("PUT /api/v2/cloud_connectors/1 HTTP/1.1\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        #expect(client.answer().text.contains(#""region":"by length""#))
        client.send("PUT /api/v2/cloud_connectors/1 HTTP/1.1\r\nContent-Type: application/json\r\n"
            + "Transfer-Encoding: Chunked\r\n\r\n8;x=\"y\"\r\n{\"region\r\nA\r\n\":\"chunks\"\r\n001 \r\n}\r\n0\r\nT: x\r\n\r\n")
        #expect(client.answer().text.contains(#""region":"chunks""#))
        #expect(server.appliance.observations.last?.bodyCount == 19)
        client.send("PUT /api/v2/cloud_connectors/1 HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        #expect(client.answer().status == 200)
    }

    @Test func followsTransferEncodingBesideALength() throws {
        let server = try Self.started()
        for name in ["Transfer-Encoding", "transfer_encoding"] {
            let client = try RawClient(port: server.port)
            // By the length the smuggled DELETE is body; in chunks it is the next request.
            client.send("POST /api/v2/pools HTTP/1.1\r\nContent-Length: 54\r\n\(name): chunked\r\n\r\n0\r\n\r\n"
                + "DELETE /api/v2/cloud_connectors/2 HTTP/1.1\r\n\r\n")
            #expect(client.answer().field("X-Simulator-Action") == "pools#create")
            #expect(client.answer().field("X-Simulator-Action") == "cloud_connectors#destroy")
        }
    }

    @Test func asksForTheBodyThatIsExpected() throws {
        let server = try Self.started()
        let client = try RawClient(port: server.port)
        client.send("PUT /api/v2/cloud_connectors/1 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
            + "Content-Type: application/json\r\n\r\n")
        #expect(client.head().status == 100)
        client.send("{}")
        #expect(client.answer().status == 200)
    }

    @Test(arguments: [
        ("GET /api/v2/pools#/1 HTTP/1.1", "pools#index"),
        ("GET http://x/api/v2/pools/1 HTTP/1.1", "pools#show"),
        ("GET //api/v2/pools.json/ HTTP/1.1", "pools#index"),
        ("GET /api/v2/pools/-%2Fmount HTTP/1.1", "pools#show"),
        ("GET /api/v2/pools/\u{e9} HTTP/1.1", "pools#show"),
    ]) func runs(_ line: String, _ action: String) throws {
        let server = try Self.started()
        let client = try RawClient(port: server.port)
        client.send("\r\n\(line)\nhost: x\n\n")
        #expect(client.answer().field("X-Simulator-Action") == action)
        #expect(server.appliance.observations.last?.targetText == String(line.split(separator: " ")[1]))
    }

    @Test(arguments: [
        ("GET /api/v2/pools", 400), ("GET /api/v2/pools HTTP/2.0", 400), ("GET  HTTP/1.1", 400),
        ("get /api/v2/pools HTTP/1.1", 400), ("GET /api/v2/po ols HTTP/1.1", 400), ("GET /a\"b HTTP/1.1", 400),
        ("GET /a\u{7f} HTTP/1.1", 400), ("G(T /api/v2/pools HTTP/1.1\r\nno colon", 400),
        ("GET /api/v2/pools HTTP/1.1\r\n: empty", 400), ("GET /api/v2/pools HTTP/1.1\r\n folded: x", 400),
        ("GET /api/v2/pools HTTP/1.1\r\nname : x", 400), ("PUT /x HTTP/1.1\r\nContent-Length: 1x", 400),
        ("PUT /x HTTP/1.1\r\nContent-Length: -1", 400), ("PUT /x HTTP/1.1\r\nContent-Length: 5, 5", 400),
        ("PUT /x HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5", 400),
        ("PUT /x HTTP/1.1\r\nContent-Length: 99999999999999999999", 400),
        ("PUT /x HTTP/1.1\r\nTransfer-Encoding: gzip", 501), ("PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked, gzip", 501),
        ("PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked, chunked", 400),
        ("PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz", 400),
        ("PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1", 400),
        ("PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab", 400),
        ("PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff", 400),
        ("GET /api/v2/pools HTTP/1.1\r\nLong: \(String(repeating: "x", count: 120_000))", 431),
    ]) func refuses(_ head: String, _ status: Int) throws {
        let server = try Self.started()
        let client = try RawClient(port: server.port)
        client.send(head + "\r\n\r\n")
        client.finishWriting()
        #expect(client.answer().status == status)
        #expect(client.rest().isEmpty, "the connection ends")
        #expect(server.appliance.observations.last?.ran == false)
        #expect(server.appliance.observations.last?.status == status)
    }

    @Test func observesFieldsAndBodiesAsTheyCame() throws {
        let server = try Self.started()
        let client = try RawClient(port: server.port)
        client.send("POST /api/v2/pools?a=%41 HTTP/1.1\r\nX-A:  one \r\nx-a: two\r\nContent-Length: 3\r\n\r\nabc")
        #expect(client.answer().status == 201)
        let seen = try #require(server.appliance.observation { $0.action == "pools#create" })
        #expect(seen.values("X-a") == ["one", "two"])
        #expect(seen.fields.map(\.name) == ["X-A", "x-a", "Content-Length"])
        #expect(seen.targetText == "/api/v2/pools?a=%41")
        #expect(seen.body == Array("abc".utf8))
        #expect(seen.bodyDigest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func readsABodyLargerThanWhatItKeeps() throws {
        let server = try Self.started { $0.limits.parameterBody = 1000 }
        let client = try RawClient(port: server.port)
        let block = [UInt8](repeating: 0, count: 1_000_000)
        client.send("PUT /api/v2/cloud_buckets/1/config_file HTTP/1.1\r\nContent-Type: application/octet-stream\r\n"
            + "Content-Length: \(32 * block.count)\r\n\r\n")
        for _ in 0..<32 { client.send(block) }
        let answer = client.answer()
        #expect(answer.field("X-Simulator-Action") == "cloud_buckets#update_config_file")
        #expect(answer.field("X-Simulator-Body-Truncated") == "true")
        let seen = try #require(server.appliance.observations.last)
        #expect(seen.bodyCount == 32_000_000)
        #expect(seen.bodyDigest == "1a100baed95a65f66d01cd08644b28e134783fd0c52ac7e35ad52a452e8b90b2")
        #expect(seen.body.count == 1000)
    }
}
