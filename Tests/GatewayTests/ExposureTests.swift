import AuditTrail
import Foundation
import GatewayTesting
import NodeumSimulator
import Testing

@Suite("No clear secret leaves without a record of its own")
struct ExposureTests {
    private static let secret = "SECRET-never-on-record-5521"

    private func exposures(of answer: Answer, _ site: TestSite) throws -> [AuditExposure] {
        try site.records(of: answer).compactMap(\.exposure)
    }

    private func holder(_ scripted: Scripted, _ path: String = Scripted.protected) throws -> Answer {
        try scripted.gateway.ask("GET", path, key: scripted.openKey)
    }

    @Test("Whose secret it was, which member, and whether it is the same again; the command shows it")
    func ledger() throws {
        let site = try TestSite()
        let first = try site.key("cloud_connectors/*", "cloud_connectors/get_secret_key")
        let second = try site.key("cloud_connectors/*", "cloud_connectors/get_secret_key")
        let other = try site.key("cloud_connectors/*")
        let gateway = try site.gateway()
        let show = try gateway.ask("GET", "/cloud_connectors/1", key: first)
        let list = try gateway.ask("GET", "/cloud_connectors", key: second)
        _ = try gateway.ask("GET", "/cloud_connectors/1", key: other)
        let put = try gateway.ask("PUT", "/cloud_connectors/1", key: first, body: #"{"secret_key":"SECRET-1-renewed"}"#)
        #expect(put.text.contains("SECRET-1-renewed"))
        let shown = try exposures(of: show, site)
        #expect(shown.map(\.object) == ["cloud_connectors/1"] && shown.map(\.field) == ["secret_key"])
        #expect(shown[0].fingerprint.wholeMatch(of: #/hmac:[0-9a-f]{16}/#) != nil)
        let listed = try exposures(of: list, site)
        #expect(listed.filter { $0.object == "cloud_connectors/1" } == shown)
        #expect(Set(listed.filter { $0.field == "secret_key" }.map(\.object)).count == 8)
        #expect(listed.filter { $0.field != "secret_key" }.map(\.field).sorted() == ["options", "url_proxy"])
        let renewed = try exposures(of: put, site)
        #expect(renewed.map(\.object) == ["cloud_connectors/1"] && renewed[0].fingerprint != shown[0].fingerprint)
        // Each before the outcome that let its bytes out, with the exchange's own columns.
        for answer in [show, list, put] {
            let records = try site.records(of: answer)
            #expect(records.first?.kind == "intent" && records.last?.kind == "outcome")
            // A secret alone is in the outcome.
            #expect(records.last?[.revealed] == Int64(max(1, records.count - 2)))
            #expect(Set(records.map { $0[.principalName] }).count == 1 && records.allSatisfy { $0.ran == records[0].ran })
        }
        gateway.stop()
        let command = try Command.run([
            "audit", "exposures", "--log", site.auditPath, "--connector", "1", "--json",
        ])
        #expect(command.status == 0)
        let lines = try command.objects()
        #expect(lines.compactMap { $0["fingerprint"] as? String } == [
            renewed[0].fingerprint, shown[0].fingerprint, shown[0].fingerprint,
        ])
        // Each since it was first seen, also where that is not among what was asked for.
        let times = lines.compactMap { $0["time"] as? String }
        #expect(lines.compactMap { $0["unchanged_since"] as? String } == [times[0], times[2], times[2]])
        let latest = try Command.run([
            "audit", "exposures", "--log", site.auditPath, "--connector", "1", "--json", "--limit", "6", "--key", "2",
        ]).objects()
        #expect(latest.compactMap { $0["unchanged_since"] as? String } == [times[2]])
        let any = try Command.run(["audit", "exposures", "--log", site.auditPath, "--json", "--limit", "1"]).objects()
        #expect(any.compactMap { $0["unchanged_since"] as? String } == [""])
        for (name, bytes) in try site.everythingWritten() {
            #expect(!String(decoding: bytes, as: UTF8.self).contains("SECRET"), "\(name)")
        }
    }

    @Test("A list of megabytes: exact bytes, and a record for every secret", arguments: [true, false])
    func large(chunked: Bool) throws {
        let items = (1...3_000).map {
            #"{"id":\#($0),"name":"connector \#($0)","secret_key":"\#(Self.secret)-\#($0 % 2_000)","options":null}"#
        }
        let text = #"{"count":3000,"cloud_connectors":["# + items.joined(separator: ",\n") + "]}"
        let scripted = try Scripted(chunked
            ? .chunked(Array(text.utf8), sizes: [9_973, 1, 40_009, 3]) : .answer(body: Array(text.utf8)))
        let answer = try holder(scripted)
        #expect(answer.isWhole && answer.text == text)
        let whole = try exposures(of: answer, scripted.site).filter { $0.fingerprint != "unread" }
        #expect(whole.map(\.object) == (1...3_000).map { "cloud_connectors/\($0)" })
        #expect(Set(whole.map(\.fingerprint)).count == 2_000)
        #expect(try Patience.holds { try scripted.site.records(of: answer).last?.kind == "completion" })
        #expect(try scripted.site.records(of: answer).last?[.revealed] == 3_000)
        scripted.gateway.stop()
        #expect(try AuditVerifier.verify(path: scripted.site.auditPath).isIntact)
    }

    @Test("A secret whose object has not ended when its bytes leave: noted before, and again with its id")
    func unsettled() throws {
        let gate = Gate()
        let start = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"secret_key\":\"\(Self.secret)\","
        let scripted = try Scripted(Scenario([
            .bytes(Array(start.utf8)), .wait { gate.wait() }, .bytes(Array("\"id\":7}".utf8)),
        ]))
        let client = try scripted.gateway.client()
        client.send(Request("GET", Scripted.protected, key: scripted.openKey).bytes)
        let head = client.head()
        #expect(client.hasBytes(within: 10_000))
        // Bytes are here, so the record is.
        let before = try exposures(of: head, scripted.site)
        #expect(before.map(\.detail) == ["cloud_connectors/1 * unread"])
        gate.open()
        #expect(String(decoding: client.rest(), as: UTF8.self).contains(Self.secret))
        let after = try exposures(of: head, scripted.site)
        #expect(after.map(\.object) == ["cloud_connectors/1", "cloud_connectors/7"])
        #expect(after.last?.field == "secret_key" && after.last?.fingerprint.hasPrefix("hmac:") == true)
    }

    @Test("What cannot be read reaches the holder as it is, and is on record as unread", arguments: [
        Scenario.answer(body: Array("{\"secret_key\":\"\(secret)\",nonsense".utf8)),
        .answer(body: Array("{\"secret_key\":\"\(secret)".utf8)),
        .answer(fields: [SimulatedField("Content-Type", "text/html")], body: Array("<p>\(secret)</p>".utf8)),
        .gzip(Array("{\"secret_key\":\"\(secret)\"}".utf8)),
    ])
    func unreadable(scenario: Scenario) throws {
        let scripted = try Scripted(scenario)
        let answer = try holder(scripted)
        #expect(answer.status == 200 && !answer.body.isEmpty)
        #expect(try exposures(of: answer, scripted.site).last?.fingerprint == "unread")
        #expect(try scripted.site.records(of: answer).last?[.revealed] != 0)
        // So that it can be read, the appliance is asked for nothing that is coded.
        #expect(scripted.seen.last?.values("Accept-Encoding") == ["identity"])
    }

    @Test("A disk that fills up on the way cuts the answer before the next secret")
    func full() throws {
        let gate = Gate()
        let item = { (number: Int) in #"{"id":\#(number),"secret_key":"\#(Self.secret)-\#(number)"}"# }
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[\(item(1))"
        let scripted = try Scripted(Scenario([
            .bytes(Array(head.utf8)), .wait { gate.wait() },
            .bytes(Array((2...2_000).map { "," + item($0) }.joined().utf8)), .bytes([0x5D]),
        ])) { $0.audit.reserve = 0 }
        let client = try scripted.gateway.client()
        client.send(Request("GET", Scripted.protected, key: scripted.openKey).bytes)
        #expect(client.head().status == 200)
        scripted.gateway.server.limitAuditStorage(bytes: 1)
        gate.open()
        let seen = String(decoding: client.rest(), as: UTF8.self)
        #expect(client.ending() == .reset)
        let shown = Set(seen.matches(of: #/"id":([0-9]+)/#).map { "cloud_connectors/\($0.output.1)" })
        scripted.gateway.server.limitAuditStorage(bytes: nil)
        let recorded = Set(try scripted.site.records { $0.kind = .exposure }.compactMap {
            AuditExposure(detail: $0[.detail])?.object
        })
        #expect(shown.isSubset(of: recorded) && shown.count < 2_000)
    }
}
