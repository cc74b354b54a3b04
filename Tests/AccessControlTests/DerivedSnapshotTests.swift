import HTTPWire
import Testing

@testable import AccessControl

@Suite("A policy of one key that the store does not have")
struct DerivedSnapshotTests {
    private static let grants = [
        [], ["*/*"], ["pools/*", "tasks/index"], ["*/index"], ["cloud_connectors/*", "cloud_connectors/get_secret_key"],
        ["nas_shares/show", "nas_shares/get_password", "api_keys/create"],
    ]

    @Test("It decides on every operation what the policy would, had the store that key", arguments: grants)
    func same(grants: [String]) throws {
        let whole = try PolicyFixture(grants: grants)
        let secret = try scope("cloud_connectors/get_secret_key")
        let password = try scope("nas_shares/get_password")
        let rules = ProtectionRules(
            fields: ["secret_key", "password"], applying: { $0?.controller == "nas_shares" ? 0b11 : 0b01 },
            unlocked: { holds in (holds(secret) ? 0b01 : 0) | (holds(password) ? 0b10 : 0) })
        let base = PolicySnapshot(
            generation: 9, operations: whole.snapshot.operations,
            keys: [(KeyDigest(5, 5, 5, 5), APIKey(id: 7, name: "other", created: 0, grants: try patterns("*/*")))], rules: rules)
        let derived = PolicySnapshot(of: base, for: whole.snapshot.keys[0], digest: PolicyFixture.digest, rules: rules)
        #expect(derived.generation == 9 && derived.operations === base.operations)
        let single = PolicyFixture(of: derived)
        for operation in whole.snapshot.operations.operations {
            let path = "/api/v2" + operation.template.description.replacing(#/\{[^}]*\}/#, with: "5")
            for enforcement in [Enforcement.enforce, .observe] {
                let expected = try whole.decide(operation.method, path, enforcement: enforcement)
                #expect(try single.decide(operation.method, path, enforcement: enforcement) == expected, "\(operation.id)")
            }
        }
        // Nobody else is in it.
        #expect(try single.decide(.get, "/api/v2/pools", credential: .digest(KeyDigest(5, 5, 5, 5))).reason == .unknownKey)
        #expect(try single.decide(.get, "/api/v2/pools", credential: .digest(KeyDigest(0, 0, 0, 0))).reason == .unknownKey)
    }
}
