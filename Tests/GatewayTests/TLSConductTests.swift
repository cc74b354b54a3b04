import Foundation
import Gateway
import GatewayTesting
import NodeumSimulator
import Settings
import Testing

@Suite("TLS: what is offered, reloads under load, ends that are cuts")
struct TLSConductTests {
    private func gateway(_ site: TestSite) throws -> TestGateway {
        var listener = Settings.Listener()
        listener.address = "127.0.0.1:0"
        listener.tls.certificates = [try TLSFiles.path("local-ec.pem"), try TLSFiles.path("local-rsa.pem")]
        listener.tls.keys = [try TLSFiles.path("local-ec.key"), try TLSFiles.path("local-rsa.key")]
        let wanted = listener
        return try site.gateway { $0.listeners = [wanted] }
    }

    private func offered(_ port: UInt16) throws -> CommandResult {
        try Command.run(program: "/bin/bash", [
            TLSFiles.client("tls-offered").path, "127.0.0.1:\(port)", try TLSFiles.path("authority.pem"), "localhost",
        ])
    }

    @Test("Nothing of yesterday is offered, and everything of today, as openssl s_client sees it")
    func offer() throws {
        let site = try TestSite()
        let gateway = try gateway(site)
        let result = try offered(gateway.port)
        #expect(result.status == 0, "\(result.output) \(result.errors)")
        #expect(!result.output.contains("BAD"))
        let lines = result.lines
        // With both kinds of keys all six ciphers of TLS 1.2 and the three of 1.3 are there.
        #expect(lines.count { $0.hasPrefix("ok offered: ECDHE-") } == 6, "\(result.output)")
        #expect(lines.count { $0.hasPrefix("ok offered: TLS_") } == 3)
        #expect(lines.count { $0.hasPrefix("ok refused: ") } > 40)
        for word in ["protocol -tls1_1", "compression: none", "renegotiation: refused", "ALPN h2 alone", "resumption: -tls1_2", "resumption: -tls1_3"] {
            #expect(lines.contains { $0.hasPrefix("ok") && $0.hasSuffix(word) }, "\(word)")
        }
    }

    @Test("The same questions find what a careless server offers")
    func careless() throws {
        let server = try RunningCommand(
            [
                "s_server", "-accept", "127.0.0.1:0", "-www", "-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0",
                "-min_protocol", "TLSv1.1", "-cert", try TLSFiles.path("local-rsa.pem"),
                "-key", try TLSFiles.path("local-rsa.key"), "-no_ticket", "-client_renegotiation",
            ], program: "/usr/bin/openssl")
        let line = try #require(server.line(holding: "ACCEPT"))
        let port = try #require(line.split(separator: ":").last.flatMap { UInt16($0) })
        let result = try offered(port)
        #expect(result.status == 1)
        for found in ["BAD offered: protocol -tls1_1", "BAD offered: AES128-SHA", "BAD offered: AES256-GCM-SHA384", "BAD ALPN: no http/1.1",
                      "BAD preference of the client"] {
            #expect(result.output.contains(found), "\(found): \(result.output)")
        }
    }

    @Test("New certificates six times under load: nobody is dropped, and every new connection gets the new one")
    func reloadUnderLoad() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.serveReplaceable()
        let result = try Command.run(program: "/usr/bin/env", [
            "python3", TLSFiles.client("tls_load.py").path, "\(gateway.port)", "\(gateway.process.identifier)",
            try TLSFiles.path("authority.pem"), key, site.directory.path("gate.pem"), site.directory.path("gate.key"),
            try TLSFiles.path("local-ec.pem"), try TLSFiles.path("local-ec.key"), try TLSFiles.path("local-rsa.pem"),
            try TLSFiles.path("local-rsa.key"),
        ])
        let facts = try #require(try result.objects().first, "\(result.errors) \(gateway.process.errorText)")
        #expect(facts["reloads"] as? Int == 6, "\(facts)")
        #expect(facts["statuses"] as? [Int] == [200] && facts["errors"] as? [String] == [], "\(facts)")
        #expect(facts["exchanges"] as? Int ?? 0 > 20)
    }

    @Test("What a handshake leaves, the answer and the end of the connection travel together; a ticket also comes alone")
    func flights() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try gateway(site)
        // Where the gateway has to wait for its turn, the kernel does not: it sends a ticket after a fifth of a second.
        var segments: Set<Int> = []
        let cameTogether = try Patience.holds {
            let result = try Command.run(program: "/usr/bin/env", [
                "python3", TLSFiles.client("tls_flights.py").path, "\(gateway.port)", try TLSFiles.path("authority.pem"), key,
            ])
            let facts = try #require(try result.objects().first, "\(result.errors)")
            #expect(facts["status"] as? String == "HTTP/1.1 200 OK" && facts["end"] as? String == "proper")
            #expect(facts["ticketAlone"] as? Bool == true)
            segments.insert(try #require(facts["segments"] as? Int))
            // The server's half of the handshake, and all the rest.
            return segments.contains(2)
        }
        #expect(cameTogether, "\(segments)")
    }

    @Test("A request body that ends too early is never taken for whole, however TLS ends", arguments: ["length", "chunked"], ["cut", "notify"])
    func truncatedRequest(framing: String, end: String) throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try gateway(site)
        let result = try Command.run(program: "/usr/bin/env", [
            "python3", TLSFiles.client("tls_truncated.py").path, "\(gateway.port)", try TLSFiles.path("authority.pem"), key, framing, end,
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(try Patience.holds { try site.records { $0.kind = .outcome }.last?.reason == "client_closed_early" })
        #expect(!site.appliance.appliance.observations.contains { $0.ran })
    }

    @Test("An answer that ends with the connection is whole only when TLS says so", arguments: [
        ("notify", 100, 200, true), ("cut", 100, 502, true), ("notify", 300_000, 200, true), ("cut", 300_000, 200, false),
    ])
    func truncatedAnswer(end: String, bytes: Int, status: Int, isWhole: Bool) throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let appliance = try RunningCommand(
            [
                "python3", TLSFiles.client("tls_cut.py").path, try TLSFiles.path("local-ec.pem"),
                try TLSFiles.path("local-ec.key"), end, "\(bytes)",
            ], program: "/usr/bin/env")
        let port = try #require(appliance.line().flatMap { UInt16($0) })
        let gateway = try site.gateway {
            $0.upstream.host = "localhost"
            $0.upstream.port = port
            $0.upstream.isTLS = true
            $0.upstream.tls.authorities = (try? TLSFiles.path("authority.pem")) ?? ""
        }
        let answer = try gateway.ask("GET", "/pools/1", key: key)
        #expect(answer.status == status && answer.isWhole == isWhole, "\(answer.head) \(answer.end)")
        if status == 200, isWhole { #expect(answer.body.count == bytes) }
        if status == 502 { #expect(answer.code == "upstream_closed_early") }
        if !isWhole {
            #expect(try Patience.holds {
                try site.records { $0.kind = .completion }.last?.reason == "upstream_closed_early"
            })
        }
    }

    @Test("A revocation list that is out of date is told at start: with it every client is refused")
    func oldList() throws {
        let site = try TestSite()
        var listener = Settings.Listener()
        listener.address = "127.0.0.1:0"
        listener.tls = try TLSFiles.listener()
        listener.tls.clientCertificates = .required
        listener.tls.authorities = try TLSFiles.path("authority.pem")
        listener.tls.revocation = try TLSFiles.path("old.crl")
        let wanted = listener
        _ = try site.gateway { $0.listeners = [wanted] }
        #expect(site.log.text.contains("the revocation list of CN=authority"))
        #expect(site.log.text.contains("is out of date since 2020-02-01"))
    }

    @Test("A certificate of the appliance that was revoked: 502, and the operator is told")
    func revokedAppliance() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let front = try TLSFront(["\(site.appliance.port)", try TLSFiles.path("revoked.pem"), try TLSFiles.path("revoked.key")])
        var tls = Settings.UpstreamTLS()
        tls.authorities = try TLSFiles.path("authority.pem")
        tls.revocation = try TLSFiles.path("revoked.crl")
        let wanted = tls
        let gateway = try site.gateway {
            $0.upstream.host = "localhost"
            $0.upstream.port = front.port
            $0.upstream.isTLS = true
            $0.upstream.tls = wanted
        }
        let answer = try gateway.ask("GET", "/pools/1", key: key)
        #expect(answer.status == 502 && site.log.text.contains("it has been revoked"))
        #expect(try site.records(of: answer).last?[.detail] == "the appliance's certificate has been revoked")
        withExtendedLifetime(front) {}
    }
}
