import AccessControl
import AuditTrail
import Cryptography
import Foundation
import GatewayTesting
import NodeumSimulator
import Settings
import Store
import Testing

@Suite("JSON Web Tokens: verified by the gateway, granted by their claims")
struct TokenTests {
    private let issuer: TestIssuer

    init() throws { issuer = try TestIssuer() }

    private func gateway(_ site: TestSite, _ change: (inout Settings.Tokens) throws -> Void = { _ in }) throws -> TestGateway {
        var tokens = try site.trust(issuer, grants: [
            site.grant("roles", "reader", "pools/*", "cloud_connectors/*"),
            site.grant("roles", "operator", "tasks/*", "cloud_connectors/get_secret_key"),
        ])
        try change(&tokens)
        return try site.gateway { $0.authentication.tokens = tokens }
    }

    @Test("Off unless it is chosen: then no token is good, and none reaches the appliance")
    func off() throws {
        let site = try TestSite()
        let answer = try site.gateway().ask("GET", "/pools", key: try issuer.token())
        #expect(answer.status == 401 && answer.code == "unsupported_credential")
        #expect(site.appliance.appliance.observations.isEmpty)
    }

    @Test("A good token runs what its claims grant; the appliance sees the gateway's own credential and nothing of the token")
    func verified() throws {
        let site = try TestSite()
        let gateway = try gateway(site)
        let token = try issuer.token("ada@example", ["roles": ["reader"], "jti": "t-1"])
        for field in ["Authorization: Bearer \(token)", "Authorization: bearer  \(token)", "Authorization: \(token)"] {
            let answer = try gateway.ask("GET", "/pools", fields: [field])
            #expect(answer.status == 200, "\(field.prefix(24))")
            let record = try #require(try site.records(of: answer).last)
            #expect(record[.principal] == "jwt" && record[.principalName] == "https://issuer.example/ada@example")
            #expect(record.value(.keyID) == nil && record[.decision] == "permit" && record.ran == "pools#index")
        }
        #expect(try gateway.ask("GET", "/tapes", key: token).code == "missing_scope")
        #expect(site.appliance.appliance.observations.count == 3)
        let signature = try #require(token.split(separator: ".").last)
        for request in site.appliance.appliance.observations {
            #expect(request.values("Authorization") == ["Bearer \(TestSite.applianceKey)"])
            #expect(!"\(request)".contains(signature))
        }
        #expect(try site.records { $0.principalName = "https://issuer.example/ada@example" }.count == 4)
        #expect(try site.records { $0.texts[.principal] = "jwt" }.count == 4)
        gateway.stop()
        for (name, bytes) in try site.everythingWritten() {
            let text = String(decoding: bytes, as: UTF8.self)
            for part in token.split(separator: ".") { #expect(!text.contains(part), "\(name)") }
        }
    }

    @Test("With passthrough the appliance gets the token as it came, and nothing else does")
    func passthrough() throws {
        let token = try issuer.token("ada", ["roles": "reader"])
        let site = try TestSite { $0.credentials.keys.append(token) }
        let tokens = try site.trust(issuer, grants: [site.grant("roles", "reader", "pools/*")])
        let gateway = try site.gateway {
            $0.authentication.tokens = tokens
            $0.upstream.credential = .passthrough
        }
        #expect(try gateway.ask("GET", "/pools", key: token).status == 200)
        #expect(site.appliance.appliance.observations.last?.values("Authorization") == ["Bearer \(token)"])
        // Good for the gateway and not for the appliance: its verdict is passed on.
        #expect(try gateway.ask("GET", "/pools", key: try issuer.token("eve", ["roles": "reader"])).status == 401)
        #expect(site.appliance.appliance.observations.count == 2)
    }

    @Test("With a user of the gateway's own at the appliance, that is all that the appliance sees")
    func upstreamBasic() throws {
        let site = try TestSite { $0.credentials.users = [.init(name: "gateway", password: "of its own")] }
        let tokens = try site.trust(issuer, grants: [site.grant("roles", "reader", "pools/*")])
        let file = try site.directory.write("gateway:of its own", to: "basic")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        let gateway = try site.gateway {
            $0.authentication.tokens = tokens
            $0.upstream.credential = .basic(.file(file))
            $0.upstream.keyID = .send
        }
        #expect(try gateway.ask("GET", "/pools", key: try issuer.token("ada", ["roles": "reader"])).status == 200)
        let encoded = Data("gateway:of its own".utf8).base64EncodedString()
        let seen = try #require(site.appliance.appliance.observations.last)
        #expect(seen.values("Authorization") == ["Basic \(encoded)"])
        // A token is no key of the store, and has no id there.
        #expect(seen.values("X-Nodegate-Key-Id").isEmpty)
    }

    @Test("A served gateway reads a key set from its file, and another one on SIGHUP")
    func served() throws {
        let site = try TestSite()
        let successor = try TestIssuer("two")
        try site.directory.write(try TestIssuer.set(issuer), to: "issuer.jwks")
        let gateway = try site.serve("""
            authentication:
              jwt:
                mode: verify
                algorithms: EdDSA
                jwks_file: issuer.jwks
                issuer: \(TestIssuer.name)
                audience: [other, \(TestIssuer.audience)]
                grants:
                  - {claim: roles, value: reader, grant: "pools/*"}
            """)
        let old = try issuer.token("ada", ["roles": "reader"])
        let new = try successor.token("ada", ["roles": "reader"])
        #expect(try gateway.ask("GET", "/pools", key: old).status == 200)
        #expect(try gateway.ask("GET", "/pools", key: new).code == "refused_token")
        try site.directory.write(try TestIssuer.set(successor), to: "issuer.jwks")
        gateway.process.signal(SIGHUP)
        #expect(try Patience.holds { try gateway.ask("GET", "/pools", key: new).status == 200 })
        #expect(try gateway.ask("GET", "/pools", key: old).code == "refused_token")
        gateway.process.signal(SIGTERM)
        #expect(gateway.process.status() == 0)
    }

    @Test("A token without a matching claim holds nothing", arguments: [
        "{}", #"{"roles":"Reader"}"#, #"{"roles":[]}"#, #"{"roles":["readers"," reader"]}"#, #"{"roles":"reader operator"}"#,
        #"{"role":"reader"}"#, #"{"groups":["reader"]}"#,
    ])
    func nothing(claims: String) throws {
        let site = try TestSite()
        let gateway = try gateway(site)
        let more = try JSONSerialization.jsonObject(with: Data(claims.utf8)) as? [String: Any] ?? [:]
        let answer = try gateway.ask("GET", "/pools", key: try issuer.token("ada", more))
        #expect(answer.status == 403 && answer.code == "missing_scope")
        #expect(site.appliance.appliance.observations.isEmpty)
    }

    @Test("Secrets are masked without the explicit scope, and its holder leaves a record of each")
    func secrets() throws {
        let site = try TestSite()
        let gateway = try gateway(site)
        let masked = try gateway.ask("GET", "/cloud_connectors/1", key: try issuer.token("ada", ["roles": ["reader"]]))
        #expect(masked.status == 200 && masked.text.contains("[censored]"))
        let token = try issuer.token("bob", ["roles": ["operator", "reader"]])
        let clear = try gateway.ask("GET", "/cloud_connectors/1", key: token)
        #expect(clear.status == 200 && clear.text.contains("SECRET"))
        let records = try site.records(of: clear)
        #expect(records.map(\.kind) == ["intent", "outcome"] && records.last?.exposure?.field == "secret_key")
        #expect(Set(records.map { $0[.principalName] }) == ["https://issuer.example/bob"])
        #expect(Set(records.map { $0[.principal] }) == ["jwt"])
    }

    @Test("Where the issuer chooses scopes, it chooses among those that the configuration offers, explicit ones by name")
    func chosen() throws {
        let site = try TestSite()
        let gateway = try gateway(site) { tokens in
            tokens.grants = [
                Settings.TokenGrant(claim: "scope", value: "nodegate:", match: .prefix, grants: try site.patterns(["*/*"])),
                Settings.TokenGrant(
                    claim: "/realm_access/a~1b", value: "s:", match: .prefix,
                    grants: try site.patterns(["cloud_connectors/get_secret_key", "pools/*"])),
            ]
        }
        func ask(_ path: String, _ claims: [String: Any]) throws -> Answer {
            try gateway.ask("GET", path, key: try issuer.token("ada", claims))
        }
        #expect(try ask("/pools", ["scope": "openid nodegate:pools/index"]).status == 200)
        #expect(try ask("/pools", ["scope": "openid pools/index"]).status == 403)
        // No wildcard of the issuer's, and no explicit scope by a wildcard of the configuration's.
        #expect(try ask("/pools", ["scope": "nodegate:pools/* nodegate:*/*"]).status == 403)
        let masked = try ask("/cloud_connectors/1", ["scope": "nodegate:cloud_connectors/show nodegate:cloud_connectors/get_secret_key"])
        #expect(masked.status == 200 && masked.text.contains("[censored]") && !masked.text.contains("SECRET"))
        let clear = try ask("/cloud_connectors/1", [
            "scope": "nodegate:cloud_connectors/show", "realm_access": ["a/b": ["s:cloud_connectors/get_secret_key"]],
        ])
        #expect(clear.status == 200 && clear.text.contains("SECRET"))
        #expect(try ask("/tapes", ["realm_access": ["a/b": ["s:tapes/index"]]]).status == 403)
    }

    @Test("Observed tokens are let through and marked where only a grant is missing")
    func observed() throws {
        let site = try TestSite()
        let gateway = try gateway(site) { $0.enforcement = .observe }
        let token = try issuer.token()
        let answer = try gateway.ask("GET", "/pools", key: token)
        #expect(answer.status == 200)
        #expect(try site.records(of: answer).last?[.decision] == "would_deny")
        #expect(try gateway.ask("GET", "/systems/download_traces", key: token).status != 200)
    }

    @Test("All refusals look the same to the client, and the record says which check failed")
    func refused() throws {
        let site = try TestSite()
        let gateway = try gateway(site)
        let stranger = try TestIssuer()
        let good = try issuer.token()
        let cases: [(String, String)] = [
            (try stranger.token(), "signature is wrong"),
            (try issuer.token("ada", ["exp": TestIssuer.seconds(-1)]), "has expired"),
            (try issuer.token("ada", ["nbf": TestIssuer.seconds(300)]), "not valid yet"),
            (try issuer.token("ada", ["iat": TestIssuer.seconds(300)]), "issued in the future"),
            (try issuer.token("ada", ["exp": TestIssuer.seconds(200_000)]), "longer than is allowed"),
            (try issuer.token("ada", ["exp": nil]), "no claim 'exp'"),
            (try issuer.token("ada", ["iss": "https://evil.example"]), "issuer is not"),
            (try issuer.token("ada", ["aud": "somebody"]), "another audience"),
            (try issuer.token("ada", ["roles": 7]), "claim 'roles' is malformed"),
            (try issuer.token("ada", header: ["alg": "none"]), "'none' is not among"),
            (try issuer.token("ada", header: ["alg": "HS256"]), "'HS256' is not among"),
            (try issuer.token("ada", header: ["crit": ["exp"]]), "'crit'"),
            (good.split(separator: ".").dropLast().joined(separator: ".") + ".", "signature is malformed"),
            (good + ".e30.e30", "form is malformed"),
            ("eyJ.x", "form is malformed"),
            (String(good.dropLast(2)) + "==", "malformed"),
        ]
        var told: Set<String> = []
        for (token, detail) in cases {
            let answer = try gateway.ask("GET", "/pools", key: token)
            #expect(answer.status == 401, "\(detail)")
            let record = try #require(try site.records(of: answer).last)
            if answer.code == "refused_token" {
                told.insert(answer.text.replacing(answer.exchange, with: ""))
                #expect(answer.field("WWW-Authenticate") == "Bearer realm=\"nodegate\", error=\"invalid_token\"")
                #expect(record.reason == "refused_token" && record[.detail].contains(detail), "\(record[.detail])")
            } else {
                #expect(answer.code == "malformed_credential", "\(detail)")
            }
            #expect(record[.principal] == "none" && record[.principalName].isEmpty)
        }
        #expect(told.count == 1)
        #expect(site.appliance.appliance.observations.isEmpty)
    }

    @Test("A token is never tried as a key, nor a key as a token; two credentials are none")
    func apart() throws {
        let site = try TestSite()
        let gateway = try gateway(site)
        let key = try site.key("pools/*")
        try gateway.follow()
        let token = try issuer.token("ada", ["roles": "reader"])
        #expect(try gateway.ask("GET", "/pools", key: key).status == 200)
        #expect(try gateway.ask("GET", "/pools", key: key + "x").code == "unknown_key")
        #expect(try gateway.ask("GET", "/pools", key: token + "x").code == "refused_token")
        let both = try gateway.ask("GET", "/pools", key: token, fields: ["Authorization: Bearer \(key)"])
        #expect(both.status == 401 && both.code == "several_credentials")
        let encoded = Data("ada:\(token)".utf8).base64EncodedString()
        #expect(try gateway.ask("GET", "/pools", fields: ["Authorization: Basic \(encoded)"]).code == "unsupported_credential")
        #expect(throws: (any Error).self) {
            try site.store.importKey(token, KeyDraft(name: "token", grants: []), by: TestSite.author)
        }
    }

    @Test("A token ends in the middle of a connection that stays open")
    func expiry() throws {
        let site = try TestSite()
        let gateway = try gateway(site)
        let token = try issuer.token("ada", ["roles": "reader", "exp": TestIssuer.seconds(5)])
        let client = try gateway.client()
        var answers: [Answer] = []
        let isOver = Patience.holds {
            client.send(Request("GET", "/pools", key: token).bytes)
            answers.append(client.answer())
            return answers.last?.status != 200
        }
        #expect(isOver && answers.first?.status == 200 && answers.last?.code == "refused_token")
        let last = try #require(answers.last)
        #expect(try site.records(of: last).last?[.detail].contains("has expired") == true)
        // The connection, and another token on it, are as good as ever.
        client.send(Request("GET", "/pools", key: try issuer.token("ada", ["roles": "reader"])).bytes)
        #expect(client.answer().status == 200)
    }

    @Test("A reload with other keys, other grants, or none counts at once, on connections that are open too")
    func reload() throws {
        let site = try TestSite()
        let gateway = try gateway(site)
        let client = try gateway.client()
        let successor = try TestIssuer("two")
        func ask(_ issuer: TestIssuer) throws -> Answer {
            client.send(Request("GET", "/pools", key: try issuer.token("ada", ["roles": "reader"])).bytes)
            return client.answer()
        }
        let kept = try issuer.token("kept", ["roles": "reader"])
        #expect(try gateway.ask("GET", "/pools", key: kept).status == 200)
        #expect(try ask(issuer).status == 200 && ask(successor).code == "refused_token")
        let grants = [try site.grant("roles", "reader", "pools/*")]
        let other = try site.trust(successor, file: "successor.pem", grants: grants)
        _ = try gateway.server.reload(try site.plan { $0.authentication.tokens = other })
        #expect(try Patience.holds { try ask(successor).status == 200 })
        #expect(try ask(issuer).code == "refused_token")
        #expect(try gateway.ask("GET", "/pools", key: kept).code == "refused_token")
        var narrow = other
        narrow.grants = [try site.grant("roles", "reader", "tapes/*")]
        _ = try gateway.server.reload(try site.plan { $0.authentication.tokens = narrow })
        #expect(try Patience.holds { try ask(successor).code == "missing_scope" })
        _ = try gateway.server.reload(try site.plan())
        #expect(try Patience.holds { try ask(successor).code == "unsupported_credential" })
        // A file that is no key leaves everything as it was.
        var broken = narrow
        broken.publicKeys = [try site.directory.write("no key", to: "broken.pem")]
        let plan = try site.plan { $0.authentication.tokens = broken }
        #expect(throws: (any Error).self) { try gateway.server.reload(plan) }
        #expect(try ask(successor).code == "unsupported_credential")
    }

    @Test("A token stays known when keys of the store change, under the new policy")
    func policy() throws {
        let site = try TestSite()
        let gateway = try gateway(site)
        let token = try issuer.token("ada", ["roles": "reader"])
        let before = try gateway.ask("GET", "/pools", key: token)
        _ = try site.key("tapes/*")
        try gateway.follow()
        let after = try gateway.ask("GET", "/pools", key: token)
        #expect(before.status == 200 && after.status == 200)
        let generations = try [before, after].map { try site.records(of: $0).last?[.generation] ?? 0 }
        #expect(generations[0] < generations[1])
    }

    @Test("Refused tokens are throttled by address; a good one is not")
    func throttle() throws {
        let site = try TestSite()
        let tokens = try site.trust(issuer, grants: [site.grant("roles", "reader", "pools/*")])
        let gateway = try site.gateway {
            $0.authentication.tokens = tokens
            $0.throttle.failures = 3
        }
        let bad = try TestIssuer().token()
        let codes = try (0..<5).map { _ in try gateway.ask("GET", "/pools", key: bad).code }
        #expect(codes == ["refused_token", "refused_token", "refused_token", "throttled", "throttled"])
        #expect(try gateway.ask("GET", "/pools", key: try issuer.token("ada", ["roles": "reader"])).status == 200)
    }

    @Test("A shared secret verifies HS256, from a file or a key set, and nothing else")
    func shared() throws {
        let site = try TestSite()
        let secret = Array("a-secret-of-forty-bytes-that-is-shared-1".utf8)
        let sharing = try TestIssuer(secret: secret)
        let path = try site.directory.write(String(decoding: secret, as: UTF8.self) + "\n", to: "shared.secret")
        let set = try site.directory.write(
            #"{"keys":[{"kty":"oct","kid":"one","k":"\#(TestIssuer.encode(secret))"}]}"#, to: "shared.jwks")
        for file in [path, set] {
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        }
        for isSet in [false, true] {
            let gateway = try gateway(site) { tokens in
                tokens.algorithms = [.hs256]
                tokens.publicKeys = []
                if isSet { tokens.keySetFile = set } else { tokens.secretFile = path }
            }
            let claims = ["roles": "reader"]
            #expect(try gateway.ask("GET", "/pools", key: try sharing.token("ada", claims)).status == 200)
            #expect(try gateway.ask("GET", "/pools", key: try issuer.token("ada", claims)).code == "refused_token")
            let guess = try TestIssuer(secret: Array(secret.dropLast()))
            #expect(try gateway.ask("GET", "/pools", key: try guess.token("ada", claims)).code == "refused_token")
            gateway.stop()
        }
        // Readable for everybody: refused before anything starts.
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: (any Error).self) {
            try gateway(site) { tokens in
                tokens.algorithms = [.hs256]
                tokens.publicKeys = []
                tokens.secretFile = path
            }
        }
    }
}
