import Cryptography
import Testing
@testable import Transport

/// Client certificates: who gets in, and what is known of them.
@Suite struct TLSClientCertificateTests {
    private func settings(_ clients: TLSServerSettings.ClientCertificates) throws -> TLSServerSettings {
        var settings = TLSServerSettings(identities: [try TLSFixtures.identity("local-ec")])
        settings.clientCertificates = clients
        return settings
    }

    private func offer(_ name: String?, to echo: TLSEcho, version: String) throws -> [String: Any] {
        guard let name else { return try echo.client("--version", version).facts() }
        return try echo.client(
            "--version", version, "--cert", TLSFixtures.path("\(name).pem"), "--key", TLSFixtures.path("\(name).key")).facts()
    }

    @Test(arguments: ["1.2", "1.3"], [true, false])
    func knowsAGoodCertificate(version: String, required: Bool) throws {
        let authorities = try TLSFixtures.authorities(revoked: "revoked.crl")
        let echo = try TLSEcho(try settings(required ? .required(authorities) : .optional(authorities)))
        #expect(try offer("client", to: echo, version: version)["echo"] as? Bool == true)
        let certificate = try #require(try echo.log.peer().certificate)
        #expect(certificate.subject == "CN=client")
        #expect(certificate.issuer == "CN=authority")
        #expect(certificate.names == [.email("client@example.com"), .uri("spiffe://example/client")])
        #expect(certificate.keyType == "EC prime256v1")
    }

    @Test(arguments: ["1.2", "1.3"])
    func letsOptionalClientsComeWithout(version: String) throws {
        let echo = try TLSEcho(try settings(.optional(try TLSFixtures.authorities())))
        #expect(try offer(nil, to: echo, version: version)["echo"] as? Bool == true)
        #expect(try echo.log.peer().certificate == nil)
    }

    @Test(arguments: ["1.2", "1.3"])
    func refusesClientsWithoutWhereRequired(version: String) throws {
        let echo = try TLSEcho(try settings(.required(try TLSFixtures.authorities())))
        #expect(try offer(nil, to: echo, version: version)["error"] != nil)
        #expect(try echo.log.handshakeFailure() == .certificateMissing)
    }

    @Test("A certificate that is not good is refused, required or not", arguments: [
        ("client-revoked", CertificateProblem.revoked), ("client-expired", .expired), ("client-stranger", .unknownIssuer),
        ("local-ec", .wrongPurpose), ("self", .selfSigned),
    ], [true, false])
    func refusesBadCertificates(offered: (name: String, problem: CertificateProblem), required: Bool) throws {
        let authorities = try TLSFixtures.authorities(revoked: "revoked.crl")
        let echo = try TLSEcho(try settings(required ? .required(authorities) : .optional(authorities)))
        let key = offered.name == "self" ? "local-ec" : offered.name
        let facts = try echo.client(
            "--version", required ? "1.2" : "1.3", "--cert", TLSFixtures.path("\(offered.name).pem"),
            "--key", TLSFixtures.path("\(key).key")
        ).facts()
        #expect(facts["error"] != nil)
        let failure = try echo.log.handshakeFailure()
        #expect(failure == .certificateRefused(offered.problem), "\(offered.name) \(String(describing: failure))")
    }

    @Test func refusesEveryoneUnderAnOldRevocationList() throws {
        let echo = try TLSEcho(try settings(.required(try TLSFixtures.authorities(revoked: "old.crl"))))
        #expect(try offer("client", to: echo, version: "1.3")["error"] != nil)
        #expect(try echo.log.handshakeFailure() == .certificateRefused(.revocationUnknown))
    }

    @Test func doesNotResumeASessionThatBeganUnderOtherRules() throws {
        let tickets = try TLSTicketKeys(now: 0)
        let free = try TLSEcho(try settings(.none), tickets: tickets)
        let strict = try TLSEcho(try settings(.required(try TLSFixtures.authorities())), tickets: tickets)
        let session = try TLSFixtures.path("session-of-free")
        _ = try ChildProcess(
            ["bash", "-c", """
                (echo hello; sleep 0.3) | openssl s_client -tls1_2 -connect 127.0.0.1:\(free.port) -sess_out \(session) > /dev/null 2>&1
                """]).finish()
        let output = try strict.openssl("-tls1_2", "-sess_in", session)
        #expect(!output.contains("Reused"))
        #expect(try strict.log.handshakeFailure() == .certificateMissing)
    }
}
