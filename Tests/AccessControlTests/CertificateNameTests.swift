import HTTPWire
import Testing

@testable import AccessControl

@Suite struct CertificateNameTests {
    @Test("Written in one way only", arguments: [
        ("DNS:Backup.Example", "DNS:backup.example"), ("dns:a", "DNS:a"), ("URI:spiffe://Site/x", "URI:spiffe://Site/x"),
        ("ip:192.0.2.7", "IP:192.0.2.7"), ("EMAIL:a@example.com", "email:a@example.com"),
        ("CN=a b,O=Example", "subject:CN=a b,O=Example"), ("Subject:CN=é", "subject:CN=é"),
        ("subject:DNS:a", "subject:DNS:a"), ("O=x:y", "subject:O=x:y"),
    ])
    func names(text: String, expected: String) { #expect(CertificateName(text)?.text == expected) }

    @Test("What is no name is refused", arguments: [
        "", "a", "DNS:", "DNS: a", "URI:a b", "=x", "spiffe://site/x", "subject:", "CN=a\u{0}b", "CN=a\nb", "CN=\u{202e}a",
        "DNS:" + String(repeating: "a", count: 509),
    ])
    func refusals(text: String) { #expect(CertificateName(text) == nil) }

    @Test("A key with a condition needs it in every decision, before anything of the operation is said")
    func condition() throws {
        let name = try #require(CertificateName("URI:spiffe://site/x"))
        let other = try #require(CertificateName("URI:spiffe://site/y"))
        let digest = KeyDigest(1, 2, 3, 4)
        let table = try shippedTable()
        let snapshot = PolicySnapshot(generation: 1, operations: table, keys: [
            (digest, APIKey(id: 7, name: "k", created: 0, grants: [try #require(ScopePattern("*/*"))], requiredCertificate: name)),
        ])
        func reason(_ target: String, _ certificate: [CertificateName]) throws -> ReasonCode {
            let canonical = CanonicalTarget(prefix: try apiPrefix())
            let bytes = Array(target.utf8)
            try canonical.parse(bytes.span, ByteRange(start: 0, count: bytes.count))
            let decision = Policy.decide(
                .get, table.route(.get, canonical), of: canonical, credential: .digest(digest), certificate: certificate,
                under: snapshot, at: 5)
            switch consume decision {
            case .permit: return .allowed
            case .denial(let denial):
                #expect(denial.key != nil)
                return denial.reason
            }
        }
        for target in ["/api/v2/cloud_connectors", "/api/v2/nowhere"] {
            #expect(try reason(target, []) == .certificateRequired)
            #expect(try reason(target, [other]) == .certificateRequired)
            #expect(try reason(target, [other, name]) != .certificateRequired)
        }
        #expect(try reason("/api/v2/cloud_connectors", [name]) == .allowed)
        let explained = Policy.explain(
            .get, "/api/v2/cloud_connectors", key: snapshot.index(id: 7), under: snapshot,
            prefix: try apiPrefix(), at: 5)
        #expect(explained.reason == .certificateRequired)
        #expect(explained.stages.last?.text.contains("Needed: URI:spiffe://site/x.") == true)
        let shown = Policy.explain(
            .get, "/api/v2/cloud_connectors", key: snapshot.index(id: 7), certificate: [name], under: snapshot,
            prefix: try apiPrefix(), at: 5)
        #expect(shown.reason == .allowed)
        #expect(shown.stages.contains { $0.name == "key" && $0.text == "7 k, with the client certificate URI:spiffe://site/x" })
    }
}
