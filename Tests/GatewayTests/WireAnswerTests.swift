import Foundation
import GatewayTesting
import NodeumSimulator
import Testing

@Suite("Answers on the wire: what the client gets of them")
struct WireAnswerTests {
    private static let buffer = 65_536

    private func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

    private static let octets = SimulatedField("Content-Type", "application/octet-stream")

    @Test("Bodies of every size around a buffer's, by length, in chunks and until the close")
    func sizes() throws {
        let next = Next()
        let scripted = try Scripted { _ in next.scenario }
        let client = try scripted.gateway.client()
        let sizes = [0, 1, 2, 63_000, 64_000] + Array((Self.buffer - 1_300)...(Self.buffer + 40)).filter { $0 % 7 == 0 }
            + [Self.buffer - 1, Self.buffer, Self.buffer + 1, Self.buffer + 200, 2 * Self.buffer, 200_000]
        for size in sizes {
            let body = pattern(size)
            for scenario in [
                Scenario.answer(fields: [Self.octets], body: body),
                Scenario.chunked(body, sizes: [1, 7, 4_096, 60_000], fields: [Self.octets], trailers: [SimulatedField("X-T", "t")]),
                Scenario.chunked(body, sizes: [size], fields: [Self.octets]),
            ] {
                next.scenario = scenario
                client.send(scripted.request())
                let answer = client.answer()
                guard answer.status == 200, answer.isWhole, answer.body == body else {
                    Issue.record("\(size): \(answer.status), \(answer.end), \(answer.body.count) bytes")
                    return
                }
                #expect(answer.field("X-T") == nil)
            }
            next.scenario = Scenario([.bytes(Array("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n".utf8) + body)])
            client.send(scripted.request())
            let answer = client.answer()
            #expect(answer.isWhole && answer.body == body, "until close: \(size)")
        }
    }

    @Test("Redacted bodies of every size around a buffer's")
    func redactedSizes() throws {
        let next = Next()
        let scripted = try Scripted { _ in next.scenario }
        let client = try scripted.gateway.client()
        // Short values grow: `"s":1` and its mask differ by eleven bytes each.
        let member = #"{"secret_key":1},"#
        for size in stride(from: 24_000, through: Self.buffer + 2_000, by: 331) {
            let count = size / member.utf8.count
            let filler = String(repeating: "z", count: size % member.utf8.count)
            let text = "[" + String(repeating: member, count: count) + "\"\(filler)\"]"
            let expected = text.replacing("\"secret_key\":1", with: "\"secret_key\":\"[censored]\"")
            for scenario in [
                Scenario.answer(body: Array(text.utf8)), Scenario.chunked(Array(text.utf8), sizes: [13, 5_000, 1]),
            ] {
                next.scenario = scenario
                client.send(scripted.request("GET", Scripted.protected))
                let answer = client.answer()
                guard answer.isWhole, answer.text == expected else {
                    Issue.record("\(size): \(answer.status), \(answer.end), \(answer.body.count) bytes")
                    return
                }
            }
        }
    }

    @Test("204 and 304 have no body, whatever the appliance claims")
    func bodiless() throws {
        let next = Next()
        let scripted = try Scripted { _ in next.scenario }
        let client = try scripted.gateway.client()
        for head in ["204 No Content", "304 Not Modified", "304 Not Modified\r\nContent-Length: 12\r\nETag: \"x\""] {
            next.scenario = Scenario([.bytes(Array("HTTP/1.1 \(head)\r\n\r\n".utf8))], ending: .keepAlive)
            client.send(scripted.request())
            let answer = client.answer()
            #expect("\(answer.status)" == head.prefix(3))
            client.send(scripted.request())
            #expect("\(client.answer().status)" == head.prefix(3))
        }
    }

    @Test("Every vector of an accepted response reaches the client as that one answer")
    func vectors() throws {
        let next = Next()
        let scripted = try Scripted { _ in next.scenario }
        var count = 0
        for vector in try WireVector.load("response-accepted") where !vector.hasLimits {
            next.scenario = Scenario([.bytes(vector.bytes)], ending: .close)
            let client = try scripted.gateway.client()
            client.send(scripted.request(vector.method))
            let answer = client.answer(to: vector.method)
            let code = Int(String(decoding: vector.bytes.dropFirst(9).prefix(3), as: UTF8.self)) ?? 0
            // What ends before a final head is one, and what ends before its body does, is none.
            guard vector.expectations.first == "accepted", code >= 200 else {
                #expect(answer.status == 502 && answer.code == "upstream_closed_early", "\(vector.name): \(answer.status)")
                continue
            }
            count += 1
            #expect(answer.status == code && answer.isWhole && answer.interim == [], "\(vector.name): \(answer.status)")
            // Without bytes that follow the message, and without anything that it nominates.
            #expect(!answer.text.contains("HTTP") && answer.field("X-Own") == nil, "\(vector.name)")
            for body in vector.expectations where body.hasPrefix("body ") {
                #expect(answer.text == body.dropFirst(5), "\(vector.name)")
            }
            #expect(try scripted.site.records(of: answer).last?.status == code, "\(vector.name)")
        }
        #expect(count >= 25)
    }

    @Test("Interim answers are for the gateway; the final one is for the client")
    func interim() throws {
        let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        for script in [Scenario([.bytes(Array(text.utf8))]), Scenario([.slowly(Array(text.utf8), by: 9, every: 1)])] {
            let answer = try Scripted(script).ask()
            #expect(answer.status == 200 && answer.text == "ok" && answer.interim == [], "\(answer)")
        }
    }

    @Test("Fields of the connection, of the appliance's web server and of its session do not cross")
    func fields() throws {
        let scripted = try Scripted(.answer(fields: [
            .json, SimulatedField("Connection", "X-Nominated"), SimulatedField("X-Nominated", "1"),
            SimulatedField("Keep-Alive", "timeout=5"), SimulatedField("Set-Cookie", "_nodeum_session=1"),
            SimulatedField("X-Accel-Redirect", "/etc/passwd"), SimulatedField("X-Sendfile", "/etc/passwd"),
            SimulatedField("X-Request-ID", "spoofed"), SimulatedField("Alt-Svc", "h3=\":443\""),
            SimulatedField("Proxy-Authenticate", "Basic"), SimulatedField("Upgrade", "h2c"),
            SimulatedField("X-Forwarded-For", "6.6.6.6"), SimulatedField("Trailer", "X-T"),
            SimulatedField("ETag", "\"5\""), SimulatedField("Cache-Control", "public"), SimulatedField("X-Custom", "kept"), SimulatedField("Vary", "Accept"),
        ], body: Array("{}".utf8)))
        let answer = try scripted.ask()
        #expect(answer.status == 200 && answer.text == "{}")
        let names = answer.fields.map { $0.name.lowercased() }.sorted()
        #expect(names == [
            "cache-control", "content-length", "content-type", "date", "etag", "vary", "vary", "x-custom", "x-request-id",
        ])
        #expect(answer.field("Cache-Control") == "private, no-store")
        let masked = try scripted.ask("GET", Scripted.protected)
        #expect(masked.status == 200 && masked.field("ETag") == nil)
        #expect(answer.exchange != "spoofed")
        #expect(try scripted.site.records(of: answer).map(\.kind) == ["intent", "outcome"])
    }

    @Test("A slow answer goes on before it is complete, and is whole at its end")
    func trickle() throws {
        let gate = Gate()
        let scripted = try Scripted(Scenario([
            .bytes(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n".utf8)),
            .wait { gate.wait() },
            .slowly(Array("6\r\nuvwxyz\r\n0\r\n\r\n".utf8), by: 1, every: 1),
        ]))
        let client = try scripted.gateway.client()
        client.send(scripted.request())
        let head = client.head()
        #expect(head.status == 200 && head.isChunked)
        #expect(client.hasBytes(within: 10_000))
        // Bytes are here, so the record is; and that they cannot be read as JSON, which a key that sees secrets gets.
        #expect(try scripted.site.records(of: head).map(\.kind) == ["intent", "exposure", "outcome"])
        gate.open()
        var wire = ""
        while !wire.hasSuffix("0\r\n\r\n"), client.hasBytes(within: 10_000) {
            wire += String(decoding: client.receive(1), as: UTF8.self)
        }
        // What remains without chunk heads and line ends.
        let lines = wire.split(separator: "\r\n").filter { Int($0, radix: 16) == nil }
        #expect(lines.joined() == "firstuvwxyz")
        #expect(try Patience.holds { try scripted.site.records(of: head).map(\.kind) == ["intent", "exposure", "outcome", "completion"] })
        #expect(try scripted.site.records(of: head).last?[.bytesOut] == 11)
    }

    @Test("An answer in drops shows its first bytes before its last are sent")
    func drops() throws {
        let gate = Gate()
        // More often than the gateway's patience, for far longer.
        let scripted = try Scripted(Scenario([
            .bytes(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)),
            .slowly(Array(String(repeating: "1\r\nx\r\n", count: 10).utf8), by: 6, every: 100),
            .wait { gate.wait() }, .bytes(Array("0\r\n\r\n".utf8)),
        ]))
        let client = try scripted.gateway.client()
        client.send(scripted.request())
        #expect(client.hasBytes(within: 10_000))
        gate.open()
        #expect(client.answer().text == "xxxxxxxxxx")
    }

    @Test("HTTP/1.0 gets an unending answer until the close, and is told of one ending only")
    func http10Stream() throws {
        let body = pattern(300_000)
        let scripted = try Scripted(.chunked(body, sizes: [50_000], fields: [Self.octets]))
        let client = try scripted.gateway.client()
        client.send("GET /api/v2/pools/1 HTTP/1.0\r\nConnection: keep-alive\r\nAuthorization: Bearer \(scripted.openKey)\r\n\r\n")
        let answer = client.answer()
        #expect(Set(answer.values("Connection")) == ["close"])
        #expect(answer.isWhole && answer.body == body)
    }
}
