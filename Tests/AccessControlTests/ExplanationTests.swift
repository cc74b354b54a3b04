import HTTPWire
import Testing

@testable import AccessControl

@Suite struct ExplanationTests {
    private func explain(
        _ fixture: PolicyFixture, _ method: Method, _ target: String, key: Bool = true
    ) throws -> Explanation {
        Policy.explain(
            method, target, key: key ? fixture.snapshot.index(id: 42) : nil, under: fixture.snapshot,
            prefix: try apiPrefix(), at: PolicyFixture.now, ruleName: { ["secret_key", "password"][$0] })
    }

    @Test func aPermission() throws {
        let fixture = try PolicyFixture(grants: ["nas_shares/*", "nas_shares/get_password"])
        let explanation = try explain(fixture, .get, "/api/v2/nas_shares.json?sort_by=name")
        #expect(explanation.reason == .allowed)
        #expect(explanation.stages.map(\.name) == ["target", "operation", "key", "scope", "redaction", "decision"])
        #expect(explanation.stages.allSatisfy { $0.outcome == .pass })
        #expect(explanation.stages.map(\.text) == [
            "/api/v2/nas_shares?sort_by=name", "index_nas_shares: GET /nas_shares", "42 backup",
            "nas_shares/index: granted by nas_shares/*",
            "masked: secret_key; in clear by an explicit scope: password", "permitted",
        ])
    }

    @Test(arguments: [
        (Method.get, "/api/v2/nas/..", "target", ReasonCode.ambiguousTarget, "dot segment"),
        (.get, "/api/v2/nothing", "operation", .unknownOperation, "not an operation"),
        (.patch, "/api/v2/nas", "operation", .methodNotAllowed, "Allowed: GET, HEAD, POST"),
        (.get, "/api/v2/nas", "scope", .missingScope, "nas/index: no grant covers it"),
        (.post, "/api/v2/nas", "scope", .deniedScope, "nas/create: denied by */create"),
        (.put, "/api/v2/users/me/api_keys/5", "scope", .explicitGrantRequired, "api_keys/* does not cover it"),
        (.post, "/api/v2/systems/reset/generate_vars", "scope", .operationWithoutScope, "no scope"),
    ])
    func refusals(method: Method, target: String, stage: String, reason: ReasonCode, text: String) throws {
        let fixture = try PolicyFixture(grants: ["api_keys/*"], denials: ["*/create"])
        let explanation = try explain(fixture, method, target)
        #expect(explanation.reason == reason)
        #expect(explanation.stages.last?.name == stage)
        #expect(explanation.stages.last?.outcome == .refuse(reason))
        #expect(explanation.stages.last?.text.contains(text) == true, "\(explanation)")
        // The server says the same.
        #expect(try fixture.decide(method, target).reason == reason)
    }

    @Test func keysAndTheirTimes() throws {
        let fixture = try PolicyFixture(grants: ["*/*"], expires: 5)
        #expect(try explain(fixture, .get, "/api/v2/nas").reason == .expiredKey)
        #expect(try explain(fixture, .get, "/api/v2/nas", key: false).reason == .noCredential)
    }
}
