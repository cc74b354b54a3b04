import HTTPWire
import Testing

@testable import AccessControl

/// What a decision comes to, as a value that can be compared.
struct Outcome: Equatable {
    var reason: ReasonCode
    var operation: String?
    var keyID: Int64?
    var isPermitted = false
    var protected: UInt64 = 0
    var revealed: UInt64 = 0
}

/// One key, the shipped table, and rules as the redaction's: bit 0 `secret_key`, bit 1 `password`.
struct PolicyFixture {
    static let digest = KeyDigest(1, 2, 3, 4)
    static let now: Int64 = 1_000_000
    let snapshot: PolicySnapshot

    init(of snapshot: PolicySnapshot) { self.snapshot = snapshot }

    init(
        grants: [String], denials: [String] = [], expires: Int64? = nil, revoked: Int64? = nil, table: OperationTable? = nil
    ) throws {
        let key = APIKey(
            id: 42, name: "backup", created: 0, expires: expires, revoked: revoked,
            grants: try grants.flatMap { try patterns($0) }, denials: try denials.flatMap { try patterns($0) })
        let secret = try scope("cloud_connectors/get_secret_key")
        let password = try scope("nas_shares/get_password")
        let rules = ProtectionRules(
            fields: ["secret_key", "password"], applying: { $0?.controller == "nas_shares" ? 0b11 : 0b01 },
            unlocked: { holds in (holds(secret) ? 0b01 : 0) | (holds(password) ? 0b10 : 0) })
        snapshot = PolicySnapshot(
            generation: 9, operations: try table ?? shippedTable(), keys: [(PolicyFixture.digest, key)], rules: rules)
    }

    func decide(
        _ method: Method, _ target: String, credential: CredentialState = .digest(PolicyFixture.digest),
        at now: Int64 = PolicyFixture.now, enforcement: Enforcement = .enforce
    ) throws -> Outcome {
        let canonical = try CanonicalTarget()
        let route = try route(method, target, in: snapshot.operations, reading: canonical)
        switch Policy.decide(
            method, route, of: canonical, credential: credential, under: snapshot, at: now, enforcement: enforcement)
        {
        case .permit(let permit):
            return Outcome(
                reason: permit.reason, operation: snapshot.operations[permit.operation].id, keyID: permit.keyID,
                isPermitted: true, protected: permit.protected, revealed: permit.revealed)
        case .denial(let denial):
            return Outcome(
                reason: denial.reason, operation: denial.operation.map { snapshot.operations[$0].id },
                keyID: denial.key.map { snapshot[$0].id })
        }
    }

    func reason(_ method: Method, _ target: String) throws -> ReasonCode { try decide(method, target).reason }
}

@Suite struct PolicyTests {
    private static let show = "/api/v2/cloud_connectors/5"

    /// Grants, denials, and what an ordinary, a sensitive and an operation without a scope come to.
    @Test(arguments: [
        ([], [], ReasonCode.missingScope, ReasonCode.explicitGrantRequired),
        (["cloud_connectors/show"], [], .allowed, .explicitGrantRequired),
        (["cloud_connectors/*"], [], .allowed, .explicitGrantRequired),
        (["*/show"], [], .allowed, .explicitGrantRequired),
        (["*/*"], [], .allowed, .explicitGrantRequired),
        (["cloud_connectors/index"], [], .missingScope, .explicitGrantRequired),
        (["cloud_buckets/*", "*/index"], [], .missingScope, .explicitGrantRequired),
        (["api_keys/create"], [], .missingScope, .allowed),
        (["api_keys/*", "*/create"], [], .missingScope, .explicitGrantRequired),
        (["*/*", "api_keys/create"], [], .allowed, .allowed),
        (["*/*", "api_keys/create"], ["*/*"], .deniedScope, .deniedScope),
        (["*/*", "api_keys/create"], ["api_keys/*"], .allowed, .deniedScope),
        (["*/*", "api_keys/create"], ["*/create"], .allowed, .deniedScope),
        (["cloud_connectors/show"], ["cloud_connectors/show"], .deniedScope, .explicitGrantRequired),
        (["cloud_connectors/show"], ["*/show"], .deniedScope, .explicitGrantRequired),
        (["cloud_connectors/show"], ["cloud_connectors/*"], .deniedScope, .explicitGrantRequired),
        (["cloud_connectors/show"], ["cloud_connectors/index"], .allowed, .explicitGrantRequired),
        ([], ["cloud_connectors/show"], .deniedScope, .explicitGrantRequired),
    ] as [([String], [String], ReasonCode, ReasonCode)])
    func grantsAndDenials(
        grants: [String], denials: [String], ordinary: ReasonCode, sensitive: ReasonCode
    ) throws {
        let fixture = try PolicyFixture(grants: grants, denials: denials)
        #expect(try fixture.reason(.get, Self.show) == ordinary)
        #expect(try fixture.reason(.head, Self.show) == ordinary)
        #expect(try fixture.reason(.post, "/api/v2/users/me/api_keys") == sensitive)
        #expect(try fixture.reason(.post, "/api/v2/systems/reset/generate_vars") == .operationWithoutScope)
    }

    /// Every operation of the table under `*/*`: all but the sensitive ones and the one without a scope.
    @Test func theFullWildcard() throws {
        let fixture = try PolicyFixture(grants: ["*/*"])
        let key = KeyIndex(rawValue: 0)
        for (index, operation) in fixture.snapshot.operations.operations.enumerated() {
            let route = Route.operation(OperationIndex(rawValue: UInt16(index)))
            let decision = Policy.decide(
                operation.method, route, of: try CanonicalTarget(), credential: .digest(PolicyFixture.digest),
                under: fixture.snapshot, at: 1)
            let isPermitted = switch decision {
            case .permit(let permit): permit.key == key
            case .denial: false
            }
            #expect(isPermitted == (!operation.isSensitive && operation.scope != nil), "\(operation.id)")
        }
    }

    @Test(arguments: [
        ([], [], UInt64(0b01), UInt64(0)),
        (["cloud_connectors/get_secret_key"], [], 0, 0b01),
        (["cloud_connectors/*", "*/*", "*/get_secret_key"], [], 0b01, 0),
        (["nas_shares/get_password"], [], 0b01, 0),
        (["cloud_connectors/get_secret_key"], ["cloud_connectors/get_secret_key"], 0b01, 0),
        (["cloud_connectors/get_secret_key"], ["*/get_secret_key"], 0b01, 0),
    ] as [([String], [String], UInt64, UInt64)])
    func secretsNeedTheirExplicitScope(
        grants: [String], denials: [String], protected: UInt64, revealed: UInt64
    ) throws {
        let fixture = try PolicyFixture(grants: ["cloud_connectors/show"] + grants, denials: denials)
        let outcome = try fixture.decide(.get, Self.show)
        #expect(outcome.isPermitted)
        #expect(outcome.protected == protected)
        #expect(outcome.revealed == revealed)
    }

    @Test func rulesOfSeveralControllers() throws {
        let fixture = try PolicyFixture(grants: ["nas_shares/index", "nas_shares/get_password"])
        let outcome = try fixture.decide(.get, "/api/v2/pools/5/nas_shares")
        #expect(outcome.protected == 0b01 && outcome.revealed == 0b10)
    }

    @Test func credentials() throws {
        let fixture = try PolicyFixture(grants: ["*/*"])
        let refusals: [ReasonCode] = [
            .noCredential, .malformedCredential, .severalCredentials, .unsupportedCredential,
        ]
        for refusal in refusals {
            #expect(try fixture.decide(.get, Self.show, credential: .refused(refusal)) == Outcome(reason: refusal))
            #expect(refusal.status == 401)
        }
        for digest in [KeyDigest(1, 2, 3, 5), KeyDigest(1, 0, 3, 4), KeyDigest(0, 0, 0, 0)] {
            #expect(try fixture.decide(.get, Self.show, credential: .digest(digest)) == Outcome(reason: .unknownKey))
        }
    }

    @Test func timesOfAKey() throws {
        let expiring = try PolicyFixture(grants: ["*/*"], expires: 500)
        #expect(try expiring.decide(.get, Self.show, at: 499).isPermitted)
        #expect(try expiring.decide(.get, Self.show, at: 500) == Outcome(reason: .expiredKey, keyID: 42))
        let revoked = try PolicyFixture(grants: ["*/*"], expires: 500, revoked: 100)
        #expect(try revoked.decide(.get, Self.show, at: 99).isPermitted)
        #expect(try revoked.decide(.get, Self.show, at: 100) == Outcome(reason: .revokedKey, keyID: 42))
        #expect(try revoked.decide(.get, Self.show, at: 900).reason == .revokedKey)
        // A client cannot tell them from an unknown key.
        for reason in [ReasonCode.revokedKey, .expiredKey, .unknownKey] { #expect(reason.disclosed == .unknownKey) }
    }

    /// A target without a form is refused before all; without a valid key nothing is learned about operations.
    @Test func theOrderOfRefusals() throws {
        let fixture = try PolicyFixture(grants: ["nas/index"])
        #expect(try fixture.decide(.get, "/api/v2/nas/..", credential: .none).reason == .ambiguousTarget)
        #expect(try fixture.decide(.get, "/api/v2/nothing", credential: .none).reason == .noCredential)
        #expect(try fixture.decide(.patch, "/api/v2/nas", credential: .none).reason == .noCredential)
        #expect(try fixture.decide(.get, "/api/v2/nothing") == Outcome(reason: .unknownOperation, keyID: 42))
        #expect(try fixture.decide(.patch, "/api/v2/nas") == Outcome(reason: .methodNotAllowed, keyID: 42))
        let missing = try fixture.decide(.post, "/api/v2/nas")
        #expect(missing == Outcome(reason: .missingScope, operation: "create_nas", keyID: 42))
    }

    @Test func denialsSayWhatTheyKnow() throws {
        let fixture = try PolicyFixture(grants: [])
        let table = fixture.snapshot.operations
        func denial(_ method: Method, _ target: String) throws -> Denial? {
            let canonical = try CanonicalTarget()
            let route = try route(method, target, in: table, reading: canonical)
            switch Policy.decide(
                method, route, of: canonical, credential: .digest(PolicyFixture.digest), under: fixture.snapshot, at: 1)
            {
            case .permit: return nil
            case .denial(let denial): return denial
            }
        }
        let missing = try #require(try denial(.put, "/api/v2/nas/5"))
        #expect(missing.missingScope.map { table[$0].description } == "nas/update")
        #expect(missing.status == 403 && missing.generation == 9)
        let method = try #require(try denial(.post, "/api/v2/nas/5"))
        #expect(method.status == 405)
        #expect(method.allowed == [MethodSet(.get), MethodSet(.head), MethodSet(.put), MethodSet(.delete)])
        let target = try #require(try denial(.get, "/api/v2/nas/"))
        #expect(target.status == 404 && target.target == .trailingSlash)
    }

    /// Observing lets pass what lacks an ordinary grant, and nothing else.
    @Test func observing() throws {
        let fixture = try PolicyFixture(grants: [], denials: ["nas/index"])
        func observe(_ method: Method, _ target: String, _ credential: CredentialState? = nil) throws -> Outcome {
            try fixture.decide(
                method, target, credential: credential ?? .digest(PolicyFixture.digest), enforcement: .observe)
        }
        let marked = try observe(.get, Self.show)
        #expect(marked.isPermitted && marked.reason == .missingScope && marked.protected == 0b01)
        #expect(!(try observe(.get, "/api/v2/nas").isPermitted))
        #expect(!(try observe(.post, "/api/v2/users/me/api_keys").isPermitted))
        #expect(!(try observe(.post, "/api/v2/systems/reset/generate_vars").isPermitted))
        #expect(!(try observe(.get, "/api/v2/nothing").isPermitted))
        #expect(!(try observe(.get, Self.show, CredentialState.none).isPermitted))
        #expect(!(try observe(.get, "/api/v2/nas/5.xml").isPermitted))
    }
}
