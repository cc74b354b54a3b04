import Foundation
import Gateway
import GatewayTesting
import Settings
import Testing

@Suite("TLS to the appliance")
struct TLSApplianceTests {
    /// A gateway whose appliance is behind TLS with this certificate.
    private func gateway(
        _ site: TestSite, certificate: String, clients: String? = nil,
        _ change: (inout Settings.UpstreamTLS) throws -> Void = { _ in }
    ) throws -> (gateway: TestGateway, front: TLSFront) {
        let front = try TLSFront(
            ["\(site.appliance.port)", try TLSFiles.path("\(certificate).pem"), try TLSFiles.path("\(certificate).key")]
                + (try clients.map { [try TLSFiles.path($0)] } ?? []))
        var tls = Settings.UpstreamTLS()
        tls.authorities = try TLSFiles.path("authority.pem")
        try change(&tls)
        let wanted = tls
        let gateway = try site.gateway {
            $0.upstream.host = "localhost"
            $0.upstream.port = front.port
            $0.upstream.isTLS = true
            $0.upstream.tls = wanted
        }
        return (gateway, front)
    }

    @Test("Verified against the authority: answers come, and the connection is used again")
    func verified() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let (gateway, front) = try gateway(site, certificate: "local-rsa")
        for _ in 0..<3 { #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200) }
        #expect(!site.log.text.contains("TLS with the appliance fails"))
        withExtendedLifetime(front) {}
    }

    @Test("A certificate that is not good: 502, nothing reaches the appliance, the operator is told why", arguments: [
        ("alpha", "another host"), ("expired", "expired"), ("future", "not valid yet"), ("client-stranger", "issuer"),
    ])
    func refused(certificate: String, words: String) throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let (gateway, front) = try gateway(site, certificate: certificate)
        let answer = try gateway.ask("PUT", "/pools/1", key: key, body: #"{"name":"x"}"#)
        #expect(answer.status == 502 && answer.code == "upstream_unreachable")
        #expect(site.appliance.appliance.observations.isEmpty)
        #expect(site.log.text.contains("upstream.tls") && site.log.text.contains(words), "\(site.log.text)")
        let outcome = try #require(try site.records(of: answer).last)
        #expect(outcome.reason == "upstream_unreachable")
        withExtendedLifetime(front) {}
    }

    @Test("The gateway's own certificate, where the appliance asks for one")
    func mutual() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let (gateway, front) = try gateway(site, certificate: "local-ec", clients: "authority.pem") {
            $0.certificate = try TLSFiles.path("client.pem")
            $0.key = try TLSFiles.path("client.key")
        }
        #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
        withExtendedLifetime(front) {}
    }

    @Test("A pinned key is wanted beside the authority; another key is refused, and its digest is told")
    func pins() throws {
        for (pinned, status) in [("local-ec", 200), ("local-rsa", 502)] {
            let site = try TestSite()
            let key = try site.key("pools/*")
            let shown = try Command.run("tls", "show", "--json", try TLSFiles.path("\(pinned).pem"))
            let digest = try #require(try shown.objects().first?["publicKey"] as? String ?? shown.objects().first?["public_key"] as? String)
            let (gateway, front) = try gateway(site, certificate: "local-ec") { $0.pins = [digest] }
            #expect(try gateway.ask("GET", "/pools/1", key: key).status == status)
            #expect(site.log.text.contains("pinned") == (status == 502))
            withExtendedLifetime(front) {}
        }
    }

    @Test("insecure takes anything, and says so at start and in check")
    func insecure() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let (gateway, front) = try gateway(site, certificate: "expired") {
            $0.verification = .insecure
            $0.authorities = Settings.UpstreamTLS.systemAuthorities
        }
        #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
        #expect(site.log.text.contains("`upstream.tls.verification` is `insecure`"))
        let path = try site.configure()
        let text = try String(contentsOfFile: path, encoding: .utf8)
            .replacing("url: http://", with: "tls: {verification: insecure}\n  url: https://")
        try site.directory.write(text, to: "nodegate.yaml")
        let checked = try Command.run("check", "--config", path)
        #expect(checked.status == 0 && checked.errors.contains("`insecure`"), "\(checked.errors)")
        withExtendedLifetime(front) {}
    }

    @Test("An appliance without TLS is no appliance with TLS")
    func plain() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway {
            $0.upstream.isTLS = true
            $0.upstream.tls.verification = .insecure
        }
        #expect(try gateway.ask("GET", "/pools/1", key: key).code == "upstream_unreachable")
        #expect(site.log.text.contains("TLS with the appliance fails"))
    }
}
