import AccessControl
import Cryptography
import Foundation
import GatewayTesting
import HTTPWire
import Settings
import Store
import Testing

@testable import Gateway

@Suite("A client certificate as decisions look at it")
struct ClientCertificateTests {
    @Test("Its names count up to its last second and not after, whatever connection or session goes on")
    func lifetime() throws {
        let text = [UInt8](try Data(contentsOf: URL(fileURLWithPath: try TLSFiles.path("client-expired.pem"))))
        let certificate = try #require(Certificate.read(pem: text.span)?.first)
        // 2020-02-01T00:00:00Z, as it was made.
        let end: Int64 = 1_580_515_200
        #expect(certificate.notAfter == end)
        let site = try TestSite()
        let name = try #require(CertificateName("DNS:client"))
        _ = try site.store.enrol(name, KeyDraft(name: "others"), by: TestSite.author)
        let pepper = try Pepper.load(path: site.directory.path("nodegate.db.pepper"))
        let source = try PolicySource(path: site.directory.path("nodegate.db"), pepper: pepper)
        let snapshot = try source.snapshot(operations: try TestSite.operations.get(), rules: try .compile([]))
        let shown = try ClientCertificate(certificate, try pepper.hmac())
        #expect(shown.names(at: end) == [name, CertificateName("CN=client-expired")])
        #expect(shown.digest(at: end, under: snapshot) != nil)
        #expect(shown.names(at: end + 1).isEmpty)
        #expect(shown.digest(at: end + 1, under: snapshot) == nil)
    }
}
