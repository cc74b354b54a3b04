import AuditTrail
import Foundation
import GatewayTesting
import NodeumSimulator
import Testing

@Suite("Secrets in answers, over sockets")
struct MaskingTests {
    private static let secret = "SECRET-never-seen-8842"
    private static let masked = #"{"id":1,"secret_key":"[censored]","n":{"secret\u005fkey":"[censored]","l":[{"secret_key":"[censored]"},{"secret_key":"[censored]"}]},"x":"y"}"#
    private static let clear = #"{"id":1,"secret_key":"SECRET-never-seen-8842","n":{"secret\u005fkey":"SECRET-never-seen-8842 \" \u00e9","l":[{"secret_key":["SECRET-never-seen-8842",{"a":1}]},{"secret_key":null}]},"x":"y"}"#

    @Test("An answer in two writes, cut at every byte")
    func splits() throws {
        let body = Self.clear
        let bytes = Array("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
        let next = Next()
        let scripted = try Scripted { _ in next.scenario }
        let client = try scripted.gateway.client()
        for cut in 1..<bytes.count {
            // What the pause is for: that the halves come in two reads. Nothing depends on it.
            next.scenario = Scenario([.bytes(Array(bytes[..<cut])), .delay(1), .bytes(Array(bytes[cut...]))], ending: .keepAlive)
            client.send(scripted.request("GET", Scripted.protected))
            let answer = client.answer()
            guard answer.text == Self.masked else {
                Issue.record("cut at \(cut): \(answer.status) \(answer.text)")
                return
            }
        }
        #expect(try scripted.site.records { $0.kind = .outcome }.allSatisfy { $0[.redacted] == 4 })
    }

    @Test("Escaped names, nesting, error answers, any framing: masked")
    func masks() throws {
        let next = Next()
        let scripted = try Scripted { _ in next.scenario }
        let client = try scripted.gateway.client()
        for (index, scenario) in [
            Scenario.answer(body: Array(Self.clear.utf8)),
            .answer(status: 422, body: Array(Self.clear.utf8)),
            .answer(status: 500, body: Array(Self.clear.utf8)),
            .chunked(Array(Self.clear.utf8), sizes: [1]),
            .answer(fields: [SimulatedField("content-type", "Application/JSON;charset=UTF-8")], body: Array(Self.clear.utf8)),
            .raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\(Self.clear)"),
        ].enumerated() {
            next.scenario = scenario
            client.send(scripted.request("GET", Scripted.protected))
            let answer = client.answer()
            #expect(answer.text == Self.masked && answer.isWhole, "\(index): \(answer.status) \(answer.text)")
        }
    }

    @Test("What redaction does not understand is withheld: 502, and not a byte of it")
    func withheld() throws {
        let json = Self.clear
        let next = Next()
        let scripted = try Scripted { _ in next.scenario }
        let type = { SimulatedField("Content-Type", $0) }
        let cases: [(name: String, scenario: Scenario, code: String)] = [
            ("brotli", .answer(fields: [.json, SimulatedField("Content-Encoding", "br")], body: Array(json.utf8)), "response_withheld"),
            ("coded twice", .answer(fields: [.json, SimulatedField("Content-Encoding", "gzip, gzip")], body: Array(json.utf8)), "response_withheld"),
            ("no gzip", .answer(fields: [.json, SimulatedField("Content-Encoding", "gzip")], body: Array(json.utf8)), "response_withheld"),
            ("gzip and more", .answer(fields: [.json, SimulatedField("Content-Encoding", "gzip")], body: Archive.gzip(Array(json.utf8)) + [0]), "response_withheld"),
            ("no type", .answer(fields: [], body: Array(json.utf8)), "response_withheld"),
            ("text", .answer(fields: [type("text/plain")], body: Array(json.utf8)), "response_withheld"),
            ("html", .answer(fields: [type("text/html")], body: Array(json.utf8)), "response_withheld"),
            ("two types", .answer(fields: [.json, type("text/plain")], body: Array(json.utf8)), "response_withheld"),
            ("utf-16", .answer(fields: [type("application/json; charset=utf-16")], body: Array(json.utf8)), "response_withheld"),
            ("ndjson", .answer(fields: [type("application/x-ndjson")], body: Array(json.utf8)), "response_withheld"),
            ("206", .answer(status: 206, body: Array(json.utf8)), "response_withheld"),
            ("invalid", .answer(body: Array("{\"secret_key\":\(Self.secret)}".utf8)), "redaction_failed"),
            ("truncated", .answer(body: Array(json.dropLast(1).utf8)), "redaction_failed"),
            ("two values", .answer(body: Array((json + json).utf8)), "redaction_failed"),
            ("lines", .answer(body: Array((json + "\n" + json).utf8)), "redaction_failed"),
            ("BOM", .answer(body: [0xEF, 0xBB, 0xBF] + Array(json.utf8)), "redaction_failed"),
            ("UTF-8", .answer(body: Array("{\"a\":\"".utf8) + [0xFF] + Array("\"}".utf8)), "redaction_failed"),
            ("blank", .answer(body: Array("  ".utf8)), "redaction_failed"),
            ("too deep", .answer(body: Array((String(repeating: "[", count: 600) + String(repeating: "]", count: 600)).utf8)), "redaction_failed"),
        ]
        for (name, scenario, code) in cases {
            next.scenario = scenario
            let answer = try scripted.ask("GET", Scripted.protected)
            #expect(answer.status == 502 && answer.code == code, "\(name): \(answer.status) \(answer.text)")
            #expect(!answer.text.contains("SECRET"), "\(name)")
            #expect(try scripted.site.records(of: answer).last?.reason == code, "\(name)")
            // A key that may see secrets gets them as they are.
            let open = try scripted.ask()
            #expect(open.status == (name == "206" ? 206 : 200), "\(name): \(open.status)")
        }
    }

    @Test("Empty bodies and HEAD are no secret")
    func empty() throws {
        for scenario in [Scenario.answer(fields: [], body: []), .chunked([], sizes: [1])] {
            let answer = try Scripted(scenario).ask("GET", Scripted.protected)
            #expect(answer.status == 200 && answer.body == [])
        }
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 99\r\nETag: \"1\"\r\n\r\n"
        let scripted = try Scripted(.raw(head))
        let client = try scripted.gateway.client()
        client.send(scripted.request("HEAD", Scripted.protected))
        let answer = client.answer(to: "HEAD")
        #expect(answer.status == 200 && answer.field("ETag") == nil && answer.field("Content-Length") == nil)
    }

    @Test("A list of megabytes streams in and out in chunks, and equals the reference", arguments: [true, false])
    func large(chunked: Bool) throws {
        let item = { (index: Int) in
            #"{"id":\#(index),"name":"connector \#(index)","secret_key":"\#(Self.secret)\#(index)","options":null},"# + "\n"
        }
        let items = (0..<20_000).map(item).joined()
        let text = #"{"count":20000,"cloud_connectors":["# + items + "{}]}"
        let expected = text.replacing(#/SECRET-never-seen-8842[0-9]*/#, with: "[censored]")
        let scenario = chunked
            ? Scenario.chunked(Array(text.utf8), sizes: [9_973, 1, 40_009, 3]) : .answer(body: Array(text.utf8))
        let scripted = try Scripted(scenario)
        let answer = try scripted.ask("GET", Scripted.protected)
        #expect(answer.isWhole && answer.isChunked)
        #expect(answer.text == expected)
        #expect(try Patience.holds { try scripted.site.records(of: answer).map(\.kind) == ["outcome", "completion"] })
        let completion = try #require(try scripted.site.records(of: answer).last)
        #expect(completion[.redacted] == 20_000 && completion[.bytesOut] == Int64(expected.utf8.count))
    }

    @Test("Invalid JSON late in a streamed answer cuts it, and does not complete it")
    func late() throws {
        let text = "[" + String(repeating: "{\"secret_key\":\"\(Self.secret)\"},", count: 10_000) + "nonsense]"
        let scripted = try Scripted(.chunked(Array(text.utf8), sizes: [10_000]))
        let client = try scripted.gateway.client()
        client.send(scripted.request("GET", Scripted.protected))
        let bytes = client.rest()
        #expect(!String(decoding: bytes, as: UTF8.self).contains("SECRET"))
        #expect(!String(decoding: bytes, as: UTF8.self).hasSuffix("0\r\n\r\n"))
        #expect(client.ending() == .reset)
        #expect(try Patience.holds {
            try scripted.site.records { $0.kind = .completion }.map(\.reason) == ["redaction_failed"]
        })
    }

    @Test("No file and no line of the log ever holds a key, an Authorization value or a secret")
    func written() throws {
        let site = try TestSite()
        let reader = try site.key("cloud_connectors/*")
        let auditor = try site.key("cloud_connectors/*", "cloud_connectors/get_secret_key")
        let gateway = try site.gateway()
        let unknown = "unknown-key-with-a-long-tail-6610"
        let password = "dXNlcjpwYXNzd29yZC1vZi1iYXNpYw=="
        for key in [reader, auditor, unknown] {
            for path in ["/cloud_connectors", "/cloud_connectors/1", "/cloud_connectors?secret_key=SECRET-in-query-1", "/pools/1"] {
                _ = try gateway.ask("GET", path, key: key)
            }
            _ = try gateway.ask("POST", "/cloud_connectors", key: key, body: #"{"name":"a","secret_key":"SECRET-in-body-2"}"#)
            _ = try gateway.ask("GET", "/cloud_connectors?api_key=\(key)", key: key)
        }
        for field in ["Authorization: Basic \(password)", "Authorization: Bearer \(reader) \(reader)", "Authorization: \(reader)"] {
            _ = try gateway.ask("GET", "/cloud_connectors", fields: [field])
            _ = try gateway.ask("GET", "/cloud_connectors", key: auditor, fields: [field, "User-Agent: x"])
        }
        let malformed = try gateway.client()
        malformed.send("GET /api/v2/pools HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(reader)\r\nBad Field: \(auditor)\r\n\r\n")
        #expect(malformed.answer().status == 400)
        gateway.stop()
        let records = try site.records()
        #expect(records.count > 20)
        for (name, bytes) in try site.everythingWritten() {
            let text = String(decoding: bytes, as: UTF8.self)
            for secret in [reader, auditor, password, TestSite.applianceKey, "SECRET"] {
                #expect(!text.contains(secret), "\(name) holds \(secret)")
            }
            // A key that nobody issued is a guess at one.
            #expect(!text.contains(unknown), "\(name) holds \(unknown)")
        }
    }
}
