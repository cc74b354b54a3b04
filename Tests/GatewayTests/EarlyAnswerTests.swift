import AuditTrail
import Foundation
import GatewayTesting
import NodeumSimulator
import Settings
import Testing

/// The secret, and how an appliance may give it back.
private enum Echoed {
    static let secret = "SECRET-mine/1 \"x\""
    static let json = #"SECRET-mine\/1 \"x\""#
    static let spellings = [
        json, #"\u0053\u0045CRET-mine\/1 \u0022x\""#, "SECRET-mine%2F1%20%22x%22", "%53ECRET-mine%2f1+%22x%22", "SECRET-mine&#x2F;1 &quot;x&quot;",
        #"{\"secret_key\":\"SECRET-mine/1 \\\"x\\\"\"}"#,
    ]
    /// What no answer may hold, whatever it is written in.
    static func isShown(_ answer: Answer) -> Bool {
        let texts = [answer.text, answer.text.removingPercentEncoding ?? answer.text]
        return (texts + answer.fields.map(\.value)).contains { $0.contains("ECRET-mine") || $0.contains("mine/1") || $0.contains("mine\\/1") }
    }
}

@Suite("Secrets of multipart bodies in answers")
struct MultipartEchoTests {
    private static let path = "/cloud_buckets/1/config_file"

    private func upload(_ answer: Scenario, key open: Bool = false) throws -> Answer {
        let site = try TestSite()
        site.appliance.setScenario { _ in answer }
        let key = try open
            ? site.key("cloud_buckets/update_config_file", "cloud_connectors/get_secret_key") : site.key("cloud_buckets/update_config_file")
        let gateway = try site.gateway()
        let body = [
            "--b", "Content-Disposition: form-data; name=\"cloud_bucket[secret_key]\"", "", Echoed.secret, "--b",
            "Content-Disposition: form-data; name=\"file\"; filename=\"f\"", "", "text of the file", "--b--", "",
        ].joined(separator: "\r\n")
        let fields = ["Content-Type: multipart/form-data; boundary=b", "Content-Length: \(body.utf8.count)"]
        let client = try gateway.client()
        client.send(Request("PUT", Self.path, key: key, fields: fields).bytes + Array(body.utf8))
        return client.answer()
    }

    @Test("Masked in every spelling, as values and as names; nothing else is", arguments: Echoed.spellings)
    func echoed(spelling: String) throws {
        let text = #"{"messages":["the key \#(spelling) is weak","text of the file"],"details":{"\#(spelling)":[{"value":"\#(spelling)"}]}}"#
        let answer = try upload(.answer(status: 422, body: Array(text.utf8)))
        #expect(answer.status == 422 && !Echoed.isShown(answer), "\(answer.text)")
        #expect(answer.text == #"{"messages":["[censored]","text of the file"],"details":{"[censored]":[{"value":"[censored]"}]}}"#)
        // Who holds the scope gets the appliance's bytes.
        #expect(try upload(.answer(status: 422, body: Array(text.utf8)), key: true).text == text)
    }

    @Test("In a field of the answer: withheld", arguments: [
        "X-Error: \(Echoed.secret)", "Location: /api/v2/x?key=SECRET-mine%2F1%20%22x%22", "Warning2: a SECRET-mine/1 \\\"x\\\" b",
    ])
    func inFields(field: String) throws {
        let parts = field.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        let answer = try upload(.answer(fields: [.json, SimulatedField(parts[0], parts[1])], body: Array("{}".utf8)))
        #expect(answer.status == 502 && answer.code == "response_withheld" && !Echoed.isShown(answer), "\(answer.text)")
        #expect(try upload(.answer(fields: [.json, SimulatedField("X-Other", "SECRET-other")], body: Array("{}".utf8))).status == 200)
    }
}

@Suite("Answers that come before their request has ended")
struct EarlyAnswerTests {
    /// More than is collected before the appliance hears of a request.
    private static let filler = String(repeating: "f", count: 100_000)
    private static let head = "HTTP/1.1 422 Early\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"

    private static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

    /// Sends the start of a body, waits for the head of the answer, sends the rest, and returns the whole answer.
    private func ask(
        _ upstream: EarlyUpstream, type: String, _ start: String, _ rest: String, path: String, scopes: [String]
    ) throws -> (answer: Answer, site: TestSite) {
        let site = try TestSite()
        let key = try site.key(granted: scopes)
        let gateway = try site.gateway { $0.upstream.port = upstream.port }
        let client = try gateway.client()
        client.send(Request("PUT", path, key: key, fields: ["Content-Type: \(type)", "Transfer-Encoding: chunked"]).bytes)
        client.send(Self.chunk(start))
        var answer = client.head()
        client.send(Self.chunk(rest))
        answer.body = Self.payload(client.rest())
        return (answer, site)
    }

    /// What whole chunks hold.
    private static func payload(_ bytes: [UInt8]) -> [UInt8] {
        var payload: [UInt8] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0D), let count = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16), count > 0 {
            let chunk = rest.dropFirst(end + 2 - rest.startIndex).prefix(count)
            payload += chunk
            rest = rest[chunk.endIndex...].dropFirst(2)
        }
        return payload
    }

    @Test("A secret that the client sends while the answer streams is masked in it", arguments: Echoed.spellings)
    func whileItStreams(spelling: String) throws {
        let upstream = try EarlyUpstream([
            .until("\"name\""), .send(Self.head + Self.chunk(#"{"a":"harmless","b":"so far "#)),
            .until("SECRET-mine"), .send(Self.chunk("\(spelling) it \"")), .send(Self.chunk(#","c":[1,"\#(spelling)"],"\#(spelling)":"ok"}"#)), .send("0\r\n\r\n"),
        ])
        let (answer, site) = try ask(
            upstream, type: "application/json", "{\"name\":\"\(Self.filler)\"", ",\"secret_key\":\"\(Echoed.json)\",\"more\":",
            path: "/cloud_connectors/1", scopes: ["cloud_connectors/*"])
        #expect(answer.status == 422 && !Echoed.isShown(answer), "\(answer.text)")
        #expect(answer.text.contains(#""a":"harmless""#) && answer.text.components(separatedBy: "[censored]").count == 4, "\(answer.text)")
        // The secret had reached the appliance: there was something to be given back.
        #expect(upstream.request.contains("SECRET-mine"))
        #expect(try Patience.holds { try site.records { $0.kind = .completion }.last?[.redacted] == 3 })
    }

    @Test("The same for a part of a form, of which the appliance has only the beginning")
    func inAPart() throws {
        let upstream = try EarlyUpstream([
            .until("fff"), .send(Self.head + Self.chunk(#"{"a":"harmless","b":"#)),
            .until("SECRET-mi"), .send(Self.chunk(#""the value SECRET-mi is cut","c":"SECRET-mi","d":"SECRET"}"#)), .send("0\r\n\r\n"),
        ])
        let start = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n\(Self.filler)\r\n"
        let (answer, _) = try ask(
            upstream, type: "multipart/form-data; boundary=b", start,
            "--b\r\nContent-Disposition: form-data; name=\"secret_key\"\r\n\r\nSECRET-mi",
            path: "/cloud_buckets/1/config_file", scopes: ["cloud_buckets/update_config_file"])
        #expect(answer.status == 422 && !answer.text.contains("SECRET-mi"), "\(answer.text)")
        #expect(answer.text.contains(#""b":"[censored]","c":"[censored]","d":"SECRET""#))
    }

    @Test("More secrets than can be remembered: not a text passes any more")
    func tooMany() throws {
        let upstream = try EarlyUpstream([
            .until("\"name\""), .send(Self.head + Self.chunk(#"{"a":"harmless","#)),
            .until("last"), .send(Self.chunk(#""b":"SECRET-1"}"#)), .send("0\r\n\r\n"),
        ])
        let many = (0..<12).map { ",\"secret_key\":\"SECRET-\($0)\"" }.joined() + ",\"name\":\"last\""
        let (answer, _) = try ask(
            upstream, type: "application/json", "{\"name\":\"\(Self.filler)\"", many, path: "/cloud_connectors/1",
            scopes: ["cloud_connectors/*"])
        #expect(answer.text.contains("harmless") && !answer.text.contains("SECRET-") && answer.text.contains("[censored]"), "\(answer.text)")
    }
}
