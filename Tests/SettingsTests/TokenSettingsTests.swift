import AccessControl
import Testing
@testable import Settings

@Suite("Settings of tokens")
struct TokenSettingsTests {
    private static let good = "mode: verify, algorithms: [ES256], issuer: \"https://issuer.example\", audience: nodegate"

    private func complaintsOf(_ jwt: String) -> [String] {
        complaintsAfterRequired("authentication: {jwt: {\(jwt)}}")
    }

    @Test("All of them are read, and paths stand on the folder of the file")
    func read() throws {
        let settings = try Settings.parse(
            text: required + """
                authentication:
                  jwt:
                    mode: verify
                    algorithms: [RS256, ES256, EdDSA, RS256]
                    jwks_url: "https://[2001:db8::1]:8443/keys?a=b"
                    jwks_authorities: ca.pem
                    jwks_refresh: 5m
                    jwks_retry: 2s
                    jwks_timeout: 3s
                    jwks_maximum_age: 1h
                    issuer: https://issuer.example/
                    audience: [nodegate, "https://gateway.example"]
                    type: at+jwt
                    subject_claim: client_id
                    leeway: 10s
                    maximum_lifetime: 1h
                    enforcement: observe
                    grants:
                      - {claim: roles, value: operators, grant: ["tasks/*", cloud_connectors/get_secret_key]}
                      - claim: /realm_access/a~1b~0c
                        value: "nodegate:"
                        match: prefix
                        grant: "*/*"
                """, file: "/etc/nodegate/nodegate.yaml", environment: [:])
        let tokens = settings.authentication.tokens
        #expect(tokens.mode == .verify && tokens.algorithms == [.rs256, .es256, .eddsa])
        #expect(tokens.keySetURL == Settings.TokenKeyAddress(isTLS: true, host: "2001:db8::1", port: 8443, target: "/keys?a=b"))
        #expect(tokens.keySetURL?.text == "https://[2001:db8::1]:8443/keys?a=b")
        #expect(tokens.fetching.authorities == "/etc/nodegate/ca.pem" && tokens.fetching.refresh == 300_000)
        #expect(tokens.fetching.retry == 2_000 && tokens.fetching.timeout == 3_000 && tokens.fetching.maximumAge == 3_600_000)
        #expect(tokens.issuer == "https://issuer.example/" && tokens.audiences == ["nodegate", "https://gateway.example"])
        #expect(tokens.type == "at+jwt" && tokens.subjectClaim == "client_id" && tokens.enforcement == .observe)
        #expect(tokens.leeway == 10_000 && tokens.maximumLifetime == 3_600_000)
        #expect(tokens.grants.map(\.path) == [["roles"], ["realm_access", "a/b~c"]])
        #expect(tokens.grants.map(\.match) == [.exact, .prefix])
        #expect(tokens.grants.map { $0.grants.map(\.description) } == [["tasks/*", "cloud_connectors/get_secret_key"], ["*/*"]])
        #expect(settings.texts["authentication.jwt.algorithms"] == "[RS256, ES256, EdDSA]")
    }

    @Test("Nothing is taken unless it is chosen, and what is set up may be denied again by one word")
    func off() throws {
        #expect(try settings(required).authentication.tokens == Settings.Tokens())
        let denied = try settings(required + "authentication: {jwt: {\(Self.good.replacing("verify", with: "deny"))}}")
        #expect(denied.authentication.tokens.mode == .deny)
    }

    @Test("The environment sets them too, grants as a list in YAML")
    func environment() throws {
        let tokens = try settings(required, environment: [
            "NODEGATE_AUTHENTICATION_JWT_MODE": "verify", "NODEGATE_AUTHENTICATION_JWT_ALGORITHMS": "RS256",
            "NODEGATE_AUTHENTICATION_JWT_PUBLIC_KEYS": "a.pem,b.pem", "NODEGATE_AUTHENTICATION_JWT_ISSUER": "me",
            "NODEGATE_AUTHENTICATION_JWT_AUDIENCE": "you",
            "NODEGATE_AUTHENTICATION_JWT_GRANTS": #"[{claim: sub, value: ada, grant: "pools/*"}]"#,
        ]).authentication.tokens
        #expect(tokens.publicKeys == ["a.pem", "b.pem"] && tokens.grants.map(\.value) == ["ada"])
    }

    @Test("What is missing is named, at its place")
    func missing() {
        let found = complaintsAfterRequired("authentication:\n  jwt:\n    mode: verify")
        #expect(found.count == 4, "\(found)")
        #expect(found.allSatisfy { $0.hasPrefix("gate.yaml:6:") || $0.hasPrefix("gate.yaml:7:") }, "\(found.joined(separator: "\n"))")
        for word in ["`authentication.jwt.algorithms`", "`authentication.jwt.issuer`", "`authentication.jwt.audience`", "`jwks_url`"] {
            #expect(found.contains { $0.contains(word) }, "\(word)")
        }
    }

    @Test("What cannot be right is refused", arguments: [
        ("public_keys: a.pem, algorithms: [none]", "`none` is not in a list"),
        ("public_keys: a.pem, algorithms: [HS512]", "did you mean"),
        ("public_keys: a.pem, algorithms: [ES256, HS256]", "HS256 needs a secret"),
        ("jwks_url: \"https://a.example/k\", algorithms: [HS256]", "HS256 needs a secret"),
        ("secret_file: s, algorithms: [HS256, RS256]", "is for HS256 alone"),
        ("public_keys: a.pem, jwks_file: b", "not from several"),
        ("jwks_file: b, jwks_url: \"https://a.example/k\"", "not from several"),
        ("public_keys: a.pem, jwks_refresh: 1m", "has no `jwks_url`"),
        ("jwks_url: \"http://a.example/k\"", "is not https"),
        ("jwks_url: \"http://127.0.0.1.example/k\"", "is not https"),
        ("jwks_url: \"ftp://a.example/k\"", "is not a URL"),
        ("jwks_url: \"https://u:hunter2@a.example/k\"", "a user, a password"),
        ("jwks_url: \"https://a.example/k#x\"", "a fragment"),
        ("jwks_url: \"https://a.example/k k\"", "is not a URL"),
        ("jwks_url: \"https://a.example/k\", jwks_verification: insecure, jwks_authorities: a.pem", "no authority is asked"),
        ("jwks_url: \"https://a.example/k\", jwks_maximum_age: 5m", "too old before"),
        ("jwks_url: \"https://a.example/k\", jwks_refresh: 5s", "more than `jwks_refresh`"),
        ("public_keys: a.pem, issuer: \"a b\"", "printable ASCII"),
        ("public_keys: a.pem, audience: \"a b\"", "printable ASCII"),
        ("public_keys: a.pem, leeway: 10m", "out of range"),
        ("public_keys: a.pem, maximum_lifetime: 10s", "out of range"),
        ("public_keys: a.pem, grants: [{claim: roles, value: a}]", "lacks `grant`"),
        ("public_keys: a.pem, grants: [{claim: roles, grant: \"pools/*\"}]", "lacks `value`"),
        ("public_keys: a.pem, grants: [{value: a, grant: \"pools/*\"}]", "lacks `claim`"),
        ("public_keys: a.pem, grants: [{claim: roles, value: a, grant: []}]", "grants nothing"),
        ("public_keys: a.pem, grants: [{claim: roles, value: a, grant: pools}]", "is no scope and no pattern"),
        ("public_keys: a.pem, grants: [{claim: /a//b, value: a, grant: \"pools/*\"}]", "JSON pointer"),
        ("public_keys: a.pem, grants: [{claim: roles, value: \"\", grant: \"pools/*\"}]", "1 to 256 bytes"),
        ("public_keys: a.pem, grants: [{claim: roles, value: a, match: regex, grant: \"pools/*\"}]", "one of `exact`, `prefix`"),
        ("public_keys: a.pem, grants: [{claim: a, value: b, grant: a/b}, {claim: a, value: b, grant: c/d}]", "put them together"),
        ("public_keys: a.pem, grants: [{claim: a, value: b, grants: a/b, grant: a/b}]", "did you mean"),
    ])
    func refused(text: String, message: String) {
        let key = text.prefix { $0 != ":" }
        let base = text.contains("algorithms:") ? Self.good.replacing("algorithms: [ES256], ", with: "") : Self.good
        let rest = ["issuer", "audience"].reduce(base) { base, name in
            text.contains(", \(name):") ? base.split(separator: ", ").filter { !$0.hasPrefix(name) }.joined(separator: ", ") : base
        }
        let found = complaintsOf("\(rest), \(text)")
        #expect(found.count == 1 && found[0].contains(message) && found[0].hasPrefix("gate.yaml:5:"), "\(key): \(found)")
        #expect(!found.joined().contains("hunter2"))
    }

    @Test("Loopback may be plain; elsewhere plain must be spelt out")
    func plain() {
        for url in ["http://127.0.0.1:8080/k", "http://localhost/k", "http://[::1]:1/k"] {
            #expect(complaintsOf("\(Self.good), jwks_url: \"\(url)\"") == [], "\(url)")
        }
        #expect(complaintsOf("\(Self.good), jwks_url: \"http://a.example/k\", jwks_verification: insecure") == [])
    }

    @Test("Files are read with the settings, and named with the place of their setting")
    func files() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("issuer.pem", Array("anything".utf8), mode: 0o644)
        func failure(_ more: String) throws -> String {
            let settings = try settings(required + "authentication: {jwt: {\(more)}}")
            do throws(SettingsErrors) {
                _ = try settings.tokenKeyFiles()
                return ""
            } catch { return error.description }
        }
        #expect(try failure("\(Self.good), public_keys: \"\(file)\"") == "")
        let gone = try failure("\(Self.good), public_keys: [\"\(file)\", \"\(folder.path)/none.pem\"]")
        #expect(gone.contains("gate.yaml:5:") && gone.contains("none.pem does not exist"))
        let secret = Self.good.replacing("ES256", with: "HS256")
        for key in ["secret_file", "jwks_file"] {
            let open = try failure("\(secret), \(key): \"\(file)\"")
            #expect(open.contains("authentication.jwt.\(key)") && open.contains("chmod o="))
        }
        // A set of public keys is no secret.
        #expect(try failure("\(Self.good), jwks_file: \"\(file)\"") == "")
        let large = try folder.file("large", [UInt8](repeating: 0x20, count: 256 * 1024 + 1))
        #expect(try failure("\(Self.good), jwks_file: \"\(large)\"").contains("more than 256 KiB"))
    }
}
