import Foundation
import GatewayTesting
import Settings
import Testing
@testable import Gateway

/// A server of a key set, with the certificate of the tests' `localhost`.
private final class KeyServer {
    private let command: RunningCommand
    let port: UInt16
    let file: String

    init(_ site: TestSite, _ set: String, certificate: String = "local-ec", isPlain: Bool = false) throws {
        file = try site.directory.write(set, to: "published.jwks")
        command = try RunningCommand(
            ["python3", Python.script("key_server.py"), TLSFiles.path("\(certificate).pem"), TLSFiles.path("\(certificate).key"), file]
                + (isPlain ? ["plain"] : []),
            program: "/usr/bin/env")
        port = try #require(command.line().flatMap { UInt16($0) }, "\(command.errorText)")
    }

    /// Waits for the next request.
    func nextRequest() -> String? { command.line(holding: "asked") }

    func publish(_ set: String) throws { try Data(set.utf8).write(to: URL(fileURLWithPath: file), options: .atomic) }
}

@Suite("Key sets of token issuers, fetched over HTTPS")
struct TokenKeySetTests {
    private let site: TestSite
    private let first: TestIssuer
    private let second: TestIssuer

    init() throws {
        site = try TestSite()
        first = try TestIssuer("first")
        second = try TestIssuer("second")
    }

    private func tokens(
        _ url: String, authorities: String? = nil, _ change: (inout Settings.TokenKeyFetching) -> Void = { _ in }
    ) throws -> Settings.Tokens {
        var tokens = try site.trust(first, grants: [site.grant("iss", TestIssuer.name, "pools/*")])
        tokens.publicKeys = []
        let parsed = try Settings.parse(
            text: """
                upstream: {url: "http://127.0.0.1:1", credential: {mode: passthrough}}
                authentication: {jwt: {jwks_url: "\(url)"}}
                """, file: "test.yaml", environment: [:])
        tokens.keySetURL = parsed.authentication.tokens.keySetURL
        tokens.fetching.authorities = try authorities ?? TLSFiles.path("authority.pem")
        tokens.fetching.retry = 100
        tokens.fetching.timeout = 10_000
        change(&tokens.fetching)
        return tokens
    }

    private func gateway(_ tokens: Settings.Tokens) throws -> TestGateway {
        try site.gateway {
            $0.authentication.tokens = tokens
            // Tests ask until something changes.
            $0.throttle.failures = .max
        }
    }

    private func code(_ gateway: TestGateway, _ issuer: TestIssuer) throws -> String {
        let answer = try gateway.ask("GET", "/pools", key: try issuer.token())
        return answer.code ?? "\(answer.status)"
    }

    @Test("An issuer that changes its keys: the new one counts after it was met once, the old one no longer")
    func rotation() throws {
        let server = try KeyServer(site, try TestIssuer.set(first))
        let gateway = try gateway(try tokens("https://localhost:\(server.port)/keys"))
        #expect(try Patience.holds { try code(gateway, first) == "200" })
        #expect(try code(gateway, second) == "refused_token")
        try server.publish(try TestIssuer.set(first, second))
        #expect(try Patience.holds { try code(gateway, second) == "200" })
        #expect(try code(gateway, first) == "200")
        try server.publish(try TestIssuer.set(second))
        // Met by the next fetch, which a third key brings about.
        let third = try TestIssuer("third")
        let isGone = try Patience.holds {
            _ = try code(gateway, third)
            return try code(gateway, first) == "refused_token"
        }
        #expect(isGone)
        #expect(try code(gateway, second) == "200")
        #expect(gateway.server.tokenKeyStatus?.keyCount == 1 && gateway.server.tokenKeyStatus?.failure == nil)
    }

    @Test("It is fetched again by itself")
    func refresh() throws {
        let server = try KeyServer(site, try TestIssuer.set(first))
        let gateway = try gateway(try tokens("https://localhost:\(server.port)/keys") { $0.refresh = 1_000 })
        for _ in 0..<3 { #expect(server.nextRequest() == "asked /keys") }
        try server.publish(try TestIssuer.set(second))
        // No token of an unknown key is shown meanwhile: that alone would bring a fetch about.
        #expect(try Patience.holds { try code(gateway, first) == "refused_token" })
        #expect(try code(gateway, second) == "200")
    }

    @Test("Unknown keys bring no more fetches than `jwks_retry` allows")
    func limited() throws {
        let server = try KeyServer(site, try TestIssuer.set(first))
        let gateway = try gateway(try tokens("https://localhost:\(server.port)/keys") { $0.retry = 600_000 })
        #expect(try Patience.holds { try code(gateway, first) == "200" })
        for _ in 0..<50 { #expect(try code(gateway, second) == "refused_token") }
        #expect(server.nextRequest() == "asked /keys")
        try server.publish(try TestIssuer.set(second))
        #expect(try code(gateway, second) == "refused_token" && code(gateway, first) == "200")
    }

    @Test("Without keys every token is refused with 503, the log says why, and API keys work", arguments: [
        ("/missing", "status 404"), ("/moved", "redirects are not followed"), ("/large", "larger than"), ("/slow", "in time"),
        ("/keys", "an object with the array 'keys' is expected"),
    ])
    func unavailable(path: String, reason: String) throws {
        let server = try KeyServer(site, "no set")
        let key = try site.key("pools/*")
        let gateway = try gateway(try tokens("https://localhost:\(server.port)\(path)") { $0.timeout = 1_000 })
        let answer = try gateway.ask("GET", "/pools", key: try first.token())
        #expect(answer.status == 503 && answer.code == "token_keys_unavailable" && answer.field("Retry-After") != nil)
        #expect(try site.records(of: answer).last?.reason == "token_keys_unavailable")
        #expect(Patience.holds { gateway.server.tokenKeyStatus?.failure?.contains(reason) == true })
        #expect(Patience.holds { site.log.text.contains(reason) })
        #expect(try gateway.ask("GET", "/pools", key: key).status == 200)
    }

    @Test("Keys are taken from nobody but the server that the certificate is for")
    func trust() throws {
        for (certificate, authority) in [("alpha", "authority"), ("expired", "authority"), ("local-ec", "stranger")] {
            let server = try KeyServer(site, try TestIssuer.set(first), certificate: certificate)
            let gateway = try gateway(try tokens(
                "https://localhost:\(server.port)/keys", authorities: TLSFiles.path("\(authority).pem")))
            #expect(Patience.holds { gateway.server.tokenKeyStatus?.failure?.contains("TLS") == true }, "\(certificate)")
            #expect(try code(gateway, first) == "token_keys_unavailable")
            gateway.stop()
        }
        let server = try KeyServer(site, try TestIssuer.set(first), certificate: "alpha")
        let insecure = try gateway(try tokens("https://127.0.0.1:\(server.port)/keys", authorities: "system") {
            $0.verification = .insecure
        })
        #expect(try Patience.holds { try code(insecure, first) == "200" })
    }

    @Test("On loopback it may be plain")
    func plain() throws {
        let server = try KeyServer(site, try TestIssuer.set(first), isPlain: true)
        let gateway = try gateway(try tokens("http://127.0.0.1:\(server.port)/keys", authorities: "system"))
        #expect(try Patience.holds { try code(gateway, first) == "200" })
    }

    @Test("A set that is not what it should be leaves the old one in force, until that is too old")
    func tooOld() throws {
        let server = try KeyServer(site, try TestIssuer.set(first))
        let gateway = try gateway(try tokens("https://localhost:\(server.port)/keys") {
            $0.refresh = 1_000
            $0.maximumAge = 6_000
        })
        #expect(try Patience.holds { try code(gateway, first) == "200" })
        let kept = try first.token("kept")
        #expect(try gateway.ask("GET", "/pools", key: kept).status == 200)
        // A private key, which no issuer publishes.
        try server.publish(try TestIssuer.set(first).replacing("\"x\":", with: "\"d\":\"AAAA\",\"x\":"))
        #expect(Patience.holds { gateway.server.tokenKeyStatus?.failure?.contains("private key") == true })
        #expect(site.log.text.contains("those of before still count"))
        #expect(try Patience.holds(withinSeconds: 40) { try code(gateway, first) == "token_keys_unavailable" })
        // Also a token that was verified when the keys were good.
        #expect(try gateway.ask("GET", "/pools", key: kept).code == "token_keys_unavailable")
        try server.publish(try TestIssuer.set(first))
        #expect(try Patience.holds { try gateway.ask("GET", "/pools", key: kept).status == 200 })
    }

    @Test("A reload that leaves the address alone keeps the keys, one with another address asks there")
    func reload() throws {
        let server = try KeyServer(site, try TestIssuer.set(first))
        let other = try KeyServer(site, try TestIssuer.set(first))
        var settings = try tokens("https://localhost:\(server.port)/keys") { $0.retry = 600_000 }
        let gateway = try gateway(settings)
        #expect(try Patience.holds { try code(gateway, first) == "200" })
        settings.grants = [try site.grant("iss", TestIssuer.name, "tapes/*")]
        _ = try gateway.server.reload(try site.plan { $0.authentication.tokens = settings })
        #expect(try Patience.holds { try code(gateway, first) == "missing_scope" })
        #expect(server.nextRequest() == "asked /keys")
        let moved = try tokens("https://localhost:\(other.port)/keys")
        _ = try gateway.server.reload(try site.plan { $0.authentication.tokens = moved })
        #expect(other.nextRequest() == "asked /keys")
        #expect(try Patience.holds { try code(gateway, first) == "200" })
    }

    @Test("explain fetches the set once, and says so when it cannot")
    func explain() throws {
        let server = try KeyServer(site, try TestIssuer.set(first), isPlain: true)
        try site.directory.write(try first.token(), to: "token.jwt")
        func explain(_ path: String) throws -> CommandResult {
            let configuration = try site.configure("""
                authentication:
                  jwt:
                    mode: verify
                    algorithms: EdDSA
                    jwks_url: http://127.0.0.1:\(server.port)\(path)
                    issuer: \(TestIssuer.name)
                    audience: \(TestIssuer.audience)
                    grants: [{claim: sub, value: ada, grant: "pools/*"}]
                """)
            return try Command.run([
                "explain", "--token-file", site.directory.path("token.jwt"), "GET", "/api/v2/pools", "--config", configuration,
            ])
        }
        let permitted = try explain("/keys")
        #expect(permitted.status == 0 && permitted.output.contains("https://issuer.example/ada"), "\(permitted.errors)")
        let refused = try explain("/missing")
        #expect(refused.status == 1 && refused.output.contains("503 token_keys_unavailable") && refused.output.contains("status 404"))
    }

    @Test("Metrics and status say how old the keys are and what fails")
    func status() throws {
        let server = try KeyServer(site, try TestIssuer.set(first), isPlain: true)
        let settings = try tokens("http://127.0.0.1:\(server.port)/keys", authorities: "system")
        let gateway = try site.gateway {
            $0.authentication.tokens = settings
            $0.status.address = "127.0.0.1:0"
            $0.throttle.failures = .max
        }
        #expect(try Patience.holds { try code(gateway, first) == "200" })
        let address = try #require(gateway.server.statusAddress)
        func get(_ path: String) throws -> String {
            let client = try RawClient(port: address.port)
            client.send(Array("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            return client.answer().text
        }
        let metrics = try get("/metrics")
        for line in ["nodegate_token_keys 1", "nodegate_token_keys_age_seconds ", "nodegate_token_key_fetch_failures_total 0",
                     "nodegate_tokens_verified_total 1", "nodegate_tokens_remembered 1"] {
            #expect(metrics.contains("\n" + line), "\(line)")
        }
        try server.publish("no set")
        let isSaid = try Patience.holds {
            _ = try code(gateway, second)
            return try get("/status").contains("the token issuer's keys cannot be fetched from http://127.0.0.1")
        }
        #expect(isSaid)
    }
}
