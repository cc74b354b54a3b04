import AccessControl
import AuditTrail
import Foundation
import Gateway
import GatewayTesting
import NodeumSimulator
import Settings
import Store
import Testing

@Suite("Client certificates as keys, and as conditions of keys")
struct CertificatePrincipalTests {
    private static let name = "URI:spiffe://example/client"

    private func gateway(
        _ site: TestSite, _ mode: Settings.ClientCertificates, _ change: (inout Settings) throws -> Void = { _ in }
    ) throws -> TestGateway {
        var listener = Settings.Listener()
        listener.address = "127.0.0.1:0"
        listener.tls = try TLSFiles.listener()
        listener.tls.clientCertificates = mode
        if mode != .none {
            listener.tls.authorities = try TLSFiles.path("authority.pem")
            listener.tls.revocation = try TLSFiles.path("revoked.crl")
        }
        let wanted = listener
        return try site.gateway {
            $0.listeners = [wanted]
            try? change(&$0)
        }
    }

    private func shown(_ certificate: String) throws -> [String] {
        certificate.isEmpty
            ? [] : ["--cert", try TLSFiles.path("\(certificate).pem"), "--key", try TLSFiles.path("\(certificate).key")]
    }

    @discardableResult
    private func enrol(_ site: TestSite, _ name: String, as key: String, _ grants: String...) throws -> APIKey {
        try site.store.enrol(
            try #require(CertificateName(name)), KeyDraft(name: key, grants: try site.patterns(grants)), by: TestSite.author)
    }

    /// none / optional / required x none / valid / not enrolled / of a stranger / expired / revoked.
    @Test("Who shows which certificate where: served as the key, 401, or no handshake", arguments: [
        ("none", "", 401), ("none", "client", 401), ("none", "client-stranger", 401), ("none", "client-expired", 401),
        ("none", "client-revoked", 401),
        ("optional", "", 401), ("optional", "client", 200), ("optional", "client-stranger", 0),
        ("optional", "client-expired", 0), ("optional", "client-revoked", 0),
        ("required", "", 0), ("required", "client", 200), ("required", "client-stranger", 0),
        ("required", "client-expired", 0), ("required", "client-revoked", 0),
    ])
    func matrix(mode: String, certificate: String, status: Int) throws {
        let site = try TestSite()
        try enrol(site, Self.name, as: "backup", "pools/*")
        // The name that the others have: what keeps them out is the handshake.
        try enrol(site, "DNS:client", as: "others", "pools/*")
        let gateway = try gateway(site, try #require(Settings.ClientCertificates(rawValue: mode)))
        let answer = try gateway.curl("/pools/1", try shown(certificate))
        guard status > 0 else {
            #expect(answer.status != 0 && !answer.output.contains("HTTP/"), "\(answer.output)")
            #expect(try site.records { $0.kind = .outcome }.isEmpty)
            return
        }
        #expect(answer.output.hasPrefix("HTTP/1.1 \(status)"), "\(answer.output) \(answer.errors)")
        let record = try #require(try site.records { $0.kind = .outcome }.last)
        if status == 200 {
            #expect(record[.principal] == "key" && record[.principalName] == "backup" && record[.keyID] == 1)
            #expect(record[.tls].hasSuffix(" CN=client"))
        } else {
            #expect(record.reason == "no_credential")
            #expect(site.appliance.appliance.observations.isEmpty)
        }
    }

    @Test("A name of each kind is a key's, the subject too; another name is none", arguments: [
        ("email:client@example.com", 200), ("CN=client", 200), ("subject:CN=client", 200), ("URI:spiffe://example/clien", 401),
        ("URI:spiffe://example/client2", 401), ("DNS:client", 401), ("CN=Client", 401),
    ])
    func names(name: String, status: Int) throws {
        let site = try TestSite()
        try enrol(site, name, as: "backup", "pools/*")
        let gateway = try gateway(site, .required)
        #expect(try gateway.curl("/pools/1", try shown("client")).output.hasPrefix("HTTP/1.1 \(status)"))
    }

    @Test("Grants, revocation, expiry and a bound credential are those of any key; another name does not stand in")
    func asAnyKey() throws {
        let site = try TestSite { $0.credentials = ApplianceCredentials(keys: [TestSite.applianceKey, "key-of-backup"]) }
        try enrol(site, Self.name, as: "backup", "pools/*")
        try enrol(site, "CN=client", as: "subject", "*/*")
        let gateway = try gateway(site, .optional)
        func status(_ path: String) throws -> String {
            String(try gateway.curl(path, try shown("client")).output.prefix(12).suffix(3))
        }
        #expect(try status("/pools/1") == "200")
        // The subjectAltName comes first, so the wide grants of the subject's key do not count.
        #expect(try status("/tapes") == "403")
        try site.bind("key-of-backup", to: "backup")
        #expect(try Patience.holds {
            _ = try status("/pools/1")
            return site.appliance.appliance.observations.last?.values("Authorization") == ["Bearer key-of-backup"]
        })
        _ = try site.store.revoke("backup", by: TestSite.author)
        #expect(try Patience.holds { try status("/pools/1") == "401" })
        let record = try #require(try site.records { $0.kind = .outcome }.last)
        #expect(record.reason == "revoked_key" && record[.principalName] == "backup")
    }

    @Test("A credential in Authorization is the one that counts, be it good or bad")
    func authorization() throws {
        let site = try TestSite()
        try enrol(site, Self.name, as: "backup", "pools/*")
        let key = try site.key("tapes/*")
        let gateway = try gateway(site, .required)
        #expect(try gateway.curl("/pools/1", key: key, try shown("client")).output.hasPrefix("HTTP/1.1 403"))
        #expect(try gateway.curl("/pools/1", key: "unknown-key", try shown("client")).output.hasPrefix("HTTP/1.1 401"))
        #expect(try gateway.curl("/tapes", key: key, try shown("client")).output.hasPrefix("HTTP/1.1 200"))
    }

    @Test("A page of another origin cannot use the certificate of a browser, unless it is one that may")
    func pages() throws {
        let site = try TestSite()
        try enrol(site, Self.name, as: "backup", "pools/*")
        let gateway = try gateway(site, .required) { $0.crossOrigin.origins = ["https://console.example"] }
        func answer(_ origin: String) throws -> String {
            try gateway.curl("/pools", try shown("client") + ["-H", "Origin: \(origin)"]).output
        }
        #expect(try answer("https://evil.example").hasPrefix("HTTP/1.1 401"))
        #expect(try answer("null").hasPrefix("HTTP/1.1 401"))
        #expect(try answer("https://console.example").hasPrefix("HTTP/1.1 200"))
    }

    @Test("A key that needs a certificate works with it and no other, and nowhere without TLS")
    func condition() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try gateway(site, .optional)
        let plain = try site.gateway { $0.audit.path = site.directory.path("plain.db") }
        #expect(try gateway.curl("/pools/1", key: key).output.hasPrefix("HTTP/1.1 200"))
        _ = try site.store.setRequiredCertificate(CertificateName(Self.name), of: site.lastKeyName, by: TestSite.author)
        #expect(try Patience.holds { try plain.ask("GET", "/pools/1", key: key).status != 200 })
        let refused = try plain.ask("GET", "/pools/1", key: key)
        #expect(refused.status == 401 && refused.code == "certificate_required", "\(refused.head)")
        #expect(try Patience.holds { try gateway.curl("/pools/1", key: key).output.hasPrefix("HTTP/1.1 401") })
        #expect(try site.records { $0.kind = .outcome }.last?.reason == "certificate_required")
        #expect(try gateway.curl("/pools/1", key: key, try shown("client")).output.hasPrefix("HTTP/1.1 200"))
        _ = try site.store.setRequiredCertificate(CertificateName("CN=somebody"), of: site.lastKeyName, by: TestSite.author)
        #expect(try Patience.holds {
            try gateway.curl("/pools/1", key: key, try shown("client")).output.contains("certificate_required")
        })
    }

    @Test("An open connection ends when its certificate is revoked, and goes on when it is not; so does one whose rules are as before", arguments: [
        ("revoked.crl", "client-revoked", false), ("revoked.crl", "client", true), ("", "client-revoked", true),
    ])
    func withdrawn(list: String, certificate: String, goesOn: Bool) throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        var listener = Settings.Listener()
        listener.address = "127.0.0.1:0"
        listener.tls = try TLSFiles.listener()
        listener.tls.clientCertificates = .required
        listener.tls.authorities = try TLSFiles.path("authority.pem")
        let before = listener
        if !list.isEmpty { listener.tls.revocation = try TLSFiles.path(list) }
        let after = listener
        let gateway = try site.gateway { $0.listeners = [before] }
        let sign = site.directory.path("go-on")
        let client = try RunningCommand(
            [
                "python3", TLSFiles.client("tls_hold.py").path, "\(gateway.port)", try TLSFiles.path("authority.pem"),
                try TLSFiles.path("\(certificate).pem"), try TLSFiles.path("\(certificate).key"), key, sign,
            ], program: "/usr/bin/env")
        #expect(client.line() == "200")
        _ = try gateway.server.reload(try site.plan { $0.listeners = [after] })
        if !goesOn { #expect(Patience.holds { gateway.server.connectionCount == 0 }) }
        try Data().write(to: URL(fileURLWithPath: sign))
        #expect(client.line() == (goesOn ? "200" : "closed"))
        #expect(site.log.text.contains("client certificate is not accepted any more") == !goesOn)
    }
}
