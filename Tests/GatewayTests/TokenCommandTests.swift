import Foundation
import GatewayTesting
import Testing

@Suite("Tokens at the command line: explain and check")
struct TokenCommandTests {
    private let site: TestSite
    private let issuer: TestIssuer

    init() throws {
        site = try TestSite()
        issuer = try TestIssuer()
        try site.directory.write(try issuer.pem, to: "issuer.pem")
    }

    @discardableResult
    private func configure(
        mode: String = "verify", keys: String = "public_keys: issuer.pem", algorithms: String = "[EdDSA]",
        grants: String = "[{claim: roles, value: reader, grant: ['pools/*', cloud_connectors/show]}]", more: String = ""
    ) throws -> String {
        try site.configure("""
            authentication:
              jwt:
                mode: \(mode)
                algorithms: \(algorithms)
                \(keys)
                issuer: \(TestIssuer.name)
                audience: \(TestIssuer.audience)
                type: JWT
                grants: \(grants)
                \(more)
            """)
    }

    private func explain(_ token: String, _ target: String, input: Bool = false, json: Bool = false) throws -> CommandResult {
        let file = input ? "-" : try site.directory.write(token + "\n", to: "token.jwt")
        return try Command.run(
            ["explain", "--token-file", file, "GET", target, "--config", site.directory.path("nodegate.yaml")]
                + (json ? ["--json"] : []), input: input ? token : "")
    }

    @Test("explain says whose token it is, how long it is good, what it is granted, and never the token")
    func explained() throws {
        try configure()
        let token = try issuer.token("ada", ["roles": ["reader"], "jti": "t-77"])
        let permitted = try explain(token, "/api/v2/pools")
        #expect(permitted.status == 0, "\(permitted.errors)")
        for text in [
            "https://issuer.example/ada, EdDSA, key one, jti t-77, until 20", "its claims grant pools/*, cloud_connectors/show",
            "pools/index: granted by pools/*", "permitted",
        ] {
            #expect(permitted.output.contains(text), "\(text) in \(permitted.output)")
        }
        #expect(!permitted.output.contains("-9223372036854775808"))
        let missing = try explain(token, "/api/v2/tapes", input: true)
        #expect(missing.status == 1 && missing.output.contains("403 missing_scope") && missing.output.contains("https://issuer.example/ada"))
        let connector = try explain(token, "/api/v2/cloud_connectors/1")
        #expect(connector.output.contains("masked: secret_key"))
        for (bad, reason, text) in [
            (try issuer.token("ada", ["exp": TestIssuer.seconds(-100)]), "refused_token", "the token has expired"),
            (try TestIssuer().token(), "refused_token", "signature is wrong"),
            ("no-token-at-all", "malformed_credential", "no JSON Web Token"), ("", "malformed_credential", "no JSON Web Token"),
        ] {
            let refused = try explain(bad, "/api/v2/pools", json: true)
            let report = try #require(try refused.objects().first)
            #expect(refused.status == 1 && report["reason"] as? String == reason && report["status"] as? Int == 401)
            let last = (report["stages"] as? [[String: Any]])?.last
            #expect(last?["stage"] as? String == "token" && (last?["text"] as? String)?.contains(text) == true, "\(text)")
        }
        for result in [permitted, missing, connector] {
            for part in token.split(separator: ".") { #expect(!(result.output + result.errors).contains(part)) }
        }
        #expect(try Command.run("explain", "--token-file", "-", "--no-key", "GET", "/api/v2/pools").status == 2)
        try configure(mode: "deny")
        #expect(try explain(token, "/api/v2/pools").output.contains("401 unsupported_credential"))
    }

    @Test("check reads the keys, names what is wrong with line and column, and warns of what deserves a thought")
    func check() throws {
        func check(_ path: String) throws -> CommandResult { try Command.run(["check", "--config", path]) }
        let good = try check(try configure())
        #expect(good.status == 0 && !good.errors.contains("jwt"), "\(good.errors)")
        for (write, words) in [
            ({ try configure(mode: "deny") }, "mode `deny` refuses every token"),
            ({ try configure(grants: "[]") }, "grants is empty"),
            ({ try configure(grants: "[{claim: a, value: b, grant: [pool/index]}]") }, "pool/index, which no operation needs"),
            ({ try configure(algorithms: "[EdDSA, ES256]") }, "allows ES256, for which there is no key"),
            ({ try configure(keys: "jwks_url: http://issuer.example/k", more: "jwks_verification: insecure") }, "can make tokens"),
        ] as [(() throws -> String, String)] {
            let result = try check(try write())
            #expect(result.status == 0 && result.errors.contains("warning:") && result.errors.contains(words), "\(result.errors)")
        }
        try site.directory.write("no key", to: "issuer.pem")
        let broken = try check(try configure())
        #expect(broken.status == 1)
        #expect(broken.errors.contains("nodegate.yaml:") && broken.errors.contains("`authentication.jwt.public_keys`: the file"))
        try site.directory.write("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", to: "set.jwks")
        let secret = try check(try configure(keys: "jwks_file: set.jwks"))
        #expect(secret.status == 1 && secret.errors.contains("shared secret, which is not allowed here"))
    }
}
