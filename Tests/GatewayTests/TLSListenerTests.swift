import Foundation
import Gateway
import GatewayTesting
import NodeumSimulator
import Settings
import Testing

@Suite("Listeners with TLS")
struct TLSListenerTests {
    private func gateway(
        _ site: TestSite, _ change: (inout Settings.Listener) throws -> Void = { _ in }
    ) throws -> TestGateway {
        var listener = Settings.Listener()
        listener.address = "127.0.0.1:0"
        listener.tls = try TLSFiles.listener()
        try change(&listener)
        let wanted = listener
        return try site.gateway { $0.listeners = [wanted] }
    }

    @Test("A request over TLS: served, recorded with version and cipher, told to the appliance; HSTS on every answer")
    func serves() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        var listener = Settings.Listener()
        listener.address = "127.0.0.1:0"
        listener.tls = try TLSFiles.listener()
        listener.tls.hsts = 86_400_000
        let wanted = listener
        let gateway = try site.gateway {
            $0.listeners = [wanted]
            $0.status.address = "127.0.0.1:0"
        }
        #expect(gateway.server.origins == ["https://127.0.0.1:\(gateway.port)"])
        let answer = try gateway.curl("/pools/1", key: key)
        #expect(answer.status == 0 && answer.output.hasPrefix("HTTP/1.1 200"), "\(answer.errors)")
        #expect(answer.output.contains("Strict-Transport-Security: max-age=86400\r\n"))
        let refused = try gateway.curl("/pools/1")
        #expect(refused.output.hasPrefix("HTTP/1.1 401") && refused.output.contains("Strict-Transport-Security: max-age=86400"))
        let record = try #require(try site.records { $0.kind = .outcome }.first)
        #expect(record[.tls].hasPrefix("TLSv1.3 TLS_AES_"))
        let status = try RawClient(port: try #require(gateway.server.statusAddress).port)
        status.send("GET /metrics HTTP/1.1\r\nHost: status\r\n\r\n")
        let metrics = status.answer().text
        #expect(metrics.contains(#"nodegate_tls_handshakes_total{version="1.3",kind="full"} 2"#), "\(metrics)")
        #expect(metrics.contains(#"nodegate_certificate_expiry_timestamp_seconds{setting="listeners[0]""#))
        let request = try #require(site.appliance.appliance.observation { _ in true })
        #expect(request.fields.contains { $0 == SimulatedField("X-Forwarded-Proto", "https") })
    }

    @Test("Without TLS nothing is served: a request in the clear gets no answer and leaves no record")
    func plain() throws {
        let site = try TestSite()
        let gateway = try gateway(site)
        let client = try gateway.client()
        client.send(Request("GET", "/pools/1", key: "k").bytes)
        #expect(!String(decoding: client.rest(), as: UTF8.self).contains("HTTP/"))
        #expect(try site.records { $0.kind = .outcome }.isEmpty)
        #expect(Patience.holds { site.log.text.contains("without TLS") })
    }

    @Test("A client that does not trust the certificate leaves; versions below the least are refused")
    func refusals() throws {
        let site = try TestSite()
        let gateway = try gateway(site) { $0.tls.minimumVersion = .tls13 }
        let stranger = try TLSFiles.path("stranger.pem")
        #expect(try gateway.curl("/pools", ["--cacert", stranger]).status == 60)
        #expect(try gateway.curl("/pools", ["--tls-max", "1.2"]).status == 35)
        #expect(try gateway.curl("/pools", ["--tlsv1.3"]).output.hasPrefix("HTTP/1.1 401"))
    }

    @Test("A connection that begins no handshake ends at the deadline")
    func timeout() throws {
        let site = try TestSite()
        let gateway = try gateway(site) { $0.tls.handshakeTimeout = 100 }
        let client = try gateway.client()
        #expect(client.ending() == .closed)
        #expect(Patience.holds { gateway.server.connectionCount == 0 })
    }

    @Test("Certificates of clients: none, good, revoked, expired, of a stranger", arguments: [
        ("optional", "", true), ("required", "", false), ("optional", "client", true), ("required", "client", true),
        ("required", "client-revoked", false), ("optional", "client-revoked", false),
        ("required", "client-expired", false), ("optional", "client-stranger", false),
    ])
    func clients(mode: String, certificate: String, isServed: Bool) throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try gateway(site) {
            $0.tls.clientCertificates = try #require(Settings.ClientCertificates(rawValue: mode))
            $0.tls.authorities = try TLSFiles.path("authority.pem")
            $0.tls.revocation = try TLSFiles.path("revoked.crl")
        }
        let shown = certificate.isEmpty
            ? [] : ["--cert", try TLSFiles.path("\(certificate).pem"), "--key", try TLSFiles.path("\(certificate).key")]
        let answer = try gateway.curl("/pools/1", key: key, shown)
        #expect(answer.output.hasPrefix("HTTP/1.1 200") == isServed, "\(answer.output) \(answer.errors)")
        let records = try site.records { $0.kind = .outcome }
        #expect(records.isEmpty != isServed)
        if isServed { #expect(records.allSatisfy { $0[.tls].hasSuffix("CN=client") == !certificate.isEmpty }) }
    }

    @Test("SNI chooses the certificate; the first file serves other names")
    func names() throws {
        let site = try TestSite()
        let gateway = try gateway(site) {
            $0.tls.certificates.append(try TLSFiles.path("alpha.pem"))
            $0.tls.keys.append(try TLSFiles.path("alpha.key"))
        }
        for (name, expected) in [("alpha.test", "CN = alpha"), ("localhost", "CN = local-ec"), ("other.test", "CN = local-ec")] {
            let shown = try Command.run(
                program: "/usr/bin/env",
                ["openssl", "s_client", "-connect", "127.0.0.1:\(gateway.port)", "-servername", name])
            #expect(shown.output.contains("subject=\(expected)\n"), "\(name): \(shown.output.prefix(600))")
        }
    }

    @Test("A listener without TLS redirects, and records credentials that came in the clear")
    func redirect() throws {
        let site = try TestSite()
        var listener = Settings.Listener()
        listener.address = "127.0.0.1:0"
        listener.redirect = "https://gateway.example:8443"
        let wanted = listener
        let gateway = try site.gateway { $0.listeners = [wanted] }
        let answer = try gateway.ask("GET", "/pools/1?a=b", key: "any")
        #expect(answer.status == 308)
        #expect(answer.field("Location") == "https://gateway.example:8443/api/v2/pools/1?a=b")
        let record = try #require(try site.records(of: answer).first)
        #expect(record.status == 308 && record[.detail].contains("a credential came unencrypted"))
        #expect(try gateway.ask("POST", "/pools", body: "{}").status == 308)
        #expect(try gateway.ask("GET", "/pools/%2e%2e/x").status == 400)
        #expect(site.appliance.appliance.observations.isEmpty)
    }

    @Test("What cannot be used is named with its setting and file, and what to do", arguments: [
        ("local-ec.pem", "open.key", "chmod 640"), ("local-ec.pem", "local-rsa.key", "does not belong"),
        ("nowhere.pem", "local-ec.key", "does not exist"), ("local-ec.pem", "encrypted.key", "passphrase"),
        ("weak.pem", "weak.key", "too weak"),
    ])
    func files(certificate: String, key: String, words: String) throws {
        let site = try TestSite()
        let error = #expect(throws: GatewayError.self) {
            try gateway(site) {
                $0.tls.certificates = [try TLSFiles.path(certificate)]
                $0.tls.keys = [try TLSFiles.path(key)]
            }
        }
        let text = error?.description ?? ""
        #expect(text.contains("listeners[0]") && text.contains(words), "\(text)")
    }

    @Test("A certificate near its end, or past it, is warned of at start and by check")
    func expiry() throws {
        let site = try TestSite()
        _ = try gateway(site) { $0.tls = try TLSFiles.listener("expired") }
        #expect(site.log.text.contains("expired on 2020-02-01"))
        let path = try site.configure(listener: "LISTENER")
        let text = try String(contentsOfFile: path, encoding: .utf8).replacing(
            "- \"LISTENER\"", with: """
                - address: "127.0.0.1:0"
                    tls_certificates: ["\(try TLSFiles.path("local-ec.pem"))", "\(try TLSFiles.path("expired.pem"))"]
                    tls_keys: ["\(try TLSFiles.path("local-ec.key"))", "\(try TLSFiles.path("expired.key"))"]
                """)
        try site.directory.write(text, to: "nodegate.yaml")
        let checked = try Command.run("check", "--config", path)
        #expect(checked.status == 0, "\(checked.errors)")
        #expect(checked.errors.contains("expires on ") && checked.errors.contains("expired on 2020-02-01"), "\(checked.errors)")
    }

    @Test("SIGHUP brings new certificates; open connections and sessions go on")
    func reload() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.serveReplaceable()
        let result = try Command.run(program: "/usr/bin/env", [
            "python3", TLSFiles.client("tls_reload.py").path, "\(gateway.port)", "\(gateway.process.identifier)",
            try TLSFiles.path("authority.pem"), key, site.directory.path("gate.pem"), site.directory.path("gate.key"),
            try TLSFiles.path("local-rsa.pem"), try TLSFiles.path("local-rsa.key"),
        ])
        let facts = try #require(try result.objects().first, "\(result.errors) \(gateway.process.errorText)")
        #expect(facts["changed"] as? Bool == true)
        #expect(facts["statuses"] as? [Int] == [200])
        #expect(facts["resumed"] as? Bool == true)
    }
}
