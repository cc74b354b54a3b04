import AuditTrail
import Foundation
import GatewayTesting
import NodeumSimulator
import Testing

@Suite("The seven operations of cloud_connectors, each with every kind of key")
struct ConnectorTests {
    private static let explicit = "cloud_connectors/get_secret_key"

    /// A site whose appliance has one test job under way, as `answerOfTheAppliance` has.
    private func start(_ site: TestSite) throws -> TestGateway {
        ConnectorOperation.startJob(on: site.appliance.appliance, key: TestSite.applianceKey)
        site.appliance.appliance.forgetObservations()
        return try site.gateway()
    }

    @Test("The right scope: the appliance's answer, its secrets masked", arguments: ConnectorOperation.all)
    func permitted(_ operation: ConnectorOperation) throws {
        let site = try TestSite()
        let key = try site.key(operation.scope)
        let gateway = try start(site)
        let expected = operation.answerOfTheAppliance()
        let client = try gateway.client()
        client.send(operation.request(key: key).bytes)
        let answer = client.answer(to: operation.method)
        #expect(answer.status == operation.status)
        #expect(answer.status == expected.status)
        let body = String(decoding: expected.body, as: UTF8.self)
        #expect(answer.text == ConnectorOperation.masked(body))
        #expect(!answer.text.contains("\"SECRET-"))
        #expect((answer.text != body) == operation.hasSecret)
        #expect(answer.field("ETag") == nil)
        try expectTrace(of: operation, answer, site, kinds: operation.changesState ? ["intent", "outcome"] : ["outcome"])
        let outcome = try #require(try site.records(of: answer).last)
        #expect((outcome[.redacted] > 0) == operation.hasSecret)
        #expect(outcome[.bytesOut] == Int64(answer.body.count))
        #expect(outcome[.bytesIn] == Int64((operation.body ?? "").utf8.count))
    }

    @Test("With get_secret_key: byte for byte what the appliance sent, after a stored intent", arguments: ConnectorOperation.all)
    func revealed(_ operation: ConnectorOperation) throws {
        let site = try TestSite()
        let key = try site.key(operation.scope, Self.explicit)
        let gateway = try start(site)
        let expected = operation.answerOfTheAppliance()
        let answer = try gateway.ask(operation.method, operation.path, key: key, body: operation.body)
        #expect(answer.status == operation.status)
        #expect(answer.body == expected.body)
        // Whatever operation it is: a released rule is a revealed secret.
        let revealed = answer.text.matches(of: #/"secret_key":"|proxy-pass|mount-option/#).count
        // A secret alone is in the outcome.
        let exposures = revealed == 1 ? [] : Array(repeating: "exposure", count: revealed)
        try expectTrace(of: operation, answer, site, kinds: ["intent"] + exposures + ["outcome"])
        #expect(try site.records(of: answer).last?[.redacted] == 0)
        #expect(try site.records(of: answer).last?[.revealed] == Int64(revealed))
        #expect(answer.field("Cache-Control") == "private, no-store")
    }

    /// The appliance ran exactly that action, under the id that the client and the audit log have.
    private func expectTrace(
        of operation: ConnectorOperation, _ answer: Answer, _ site: TestSite, kinds: [String]
    ) throws {
        let seen = site.appliance.appliance.observations
        #expect(seen.count == 1)
        #expect(seen.first?.action == "cloud_connectors#\(operation.action)")
        #expect(seen.first?.ran == true)
        #expect(seen.first?.method == operation.method)
        #expect(seen.first?.values("X-Request-ID") == [answer.exchange])
        #expect(seen.first?.values("Authorization") == ["Bearer \(TestSite.applianceKey)"])
        let records = try site.records(of: answer)
        #expect(records.map(\.kind) == kinds)
        for record in records {
            #expect(record.ran == "cloud_connectors#\(operation.action)")
            #expect(record[.decision] == "permit")
            #expect(record[.principalName] == site.lastKeyName)
            #expect(record.exchange == answer.exchange)
        }
        #expect(records.last?.status == operation.status)
        #expect(records.last?[.upstreamStatus] == Int64(operation.status))
    }

    @Test("No key, unknown, revoked, expired, wrong scope: refused, recorded, and nothing reaches the appliance",
          arguments: ConnectorOperation.all)
    func refused(_ operation: ConnectorOperation) throws {
        let site = try TestSite()
        let other = operation.action == "index" ? "cloud_connectors/show" : "cloud_connectors/index"
        let revoked = try site.key(operation.scope, Self.explicit)
        _ = try site.store.revoke(site.lastKeyName, by: TestSite.author)
        let expired = try site.key(granted: [operation.scope, Self.explicit], expires: 1_700_000_000)
        let wrong = try site.key(other, Self.explicit)
        let denied = try site.key(granted: ["*/*", operation.scope], denials: [operation.scope])
        let gateway = try start(site)
        let cases: [(key: String?, status: Int, told: String, recorded: String)] = [
            (nil, 401, "no_credential", "no_credential"),
            ("ng_this-key-was-never-issued-0000000000", 401, "unknown_key", "unknown_key"),
            (revoked, 401, "unknown_key", "revoked_key"),
            (expired, 401, "unknown_key", "expired_key"),
            (wrong, 403, "missing_scope", "missing_scope"),
            (denied, 403, "denied_scope", "denied_scope"),
        ]
        for (key, status, told, recorded) in cases {
            let answer = try gateway.ask(operation.method, operation.path, key: key, body: operation.body)
            #expect(answer.status == status, "\(recorded)")
            #expect(answer.code == told, "\(recorded)")
            #expect((answer.field("WWW-Authenticate") != nil) == (status == 401))
            if status == 403 { #expect(answer.text.contains(operation.scope), "\(answer.text)") }
            let document = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
            #expect(document["request_id"] as? String == answer.exchange)
            #expect((document["messages"] as? [String])?.isEmpty == false)
            let records = try site.records(of: answer)
            #expect(records.map(\.kind) == ["outcome"])
            #expect(records.first?.reason == recorded)
            #expect(records.first?[.decision] == "deny")
            #expect(records.first?.status == status)
            #expect(records.first?[.upstreamStatus] == 0)
        }
        #expect(site.appliance.appliance.observations.isEmpty)
        #expect(site.appliance.acceptedCount == 0)
        // Revoked and expired keys are told exactly what an unknown one is.
        let answers = try cases[1...3].map { try gateway.ask("GET", "/cloud_connectors", key: $0.key) }
        let texts = answers.map { $0.text.replacing($0.exchange, with: "ID") }
        #expect(Set(texts).count == 1)
    }
}
