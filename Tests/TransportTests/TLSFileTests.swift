import Cryptography
import Foundation
import Testing
@testable import Transport

/// Certificates, keys and lists that are refused at start, each with a reason.
@Suite struct TLSFileTests {
    private func refusal(_ certificate: String, _ key: String) throws -> TLSError? {
        let identity = TLSIdentity(certificateFile: try TLSFixtures.path(certificate), keyFile: try TLSFixtures.path(key))
        do {
            _ = try TLSContext(server: TLSServerSettings(identities: [identity]), tickets: try TLSTicketKeys(now: 0))
            return nil
        } catch let error as TLSError {
            return error
        }
    }

    @Test func refusesAKeyThatOthersMayRead() throws {
        let path = try TLSFixtures.path("open.key")
        #expect(try refusal("local-ec.pem", "open.key") == .file(.open(path, to: "everyone", mode: "640")))
        #expect("\(try #require(try refusal("local-ec.pem", "open.key")))" == "\(path) holds a secret and is open to everyone; run: chmod 640 \(path)")
    }

    @Test func takesAKeyOfItsGroupAsDebianHasIt() throws {
        let path = try TLSFixtures.path("group.key")
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.copyItem(atPath: try TLSFixtures.path("local-ec.key"), toPath: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(try refusal("local-ec.pem", "group.key") == nil)
        try FileManager.default.setAttributes([.posixPermissions: 0o660], ofItemAtPath: path)
        #expect(try refusal("local-ec.pem", "group.key") == .file(.open(path, to: "its group for writing", mode: "640")))
    }

    @Test func refusesWhatIsNoIdentity() throws {
        func path(_ name: String) throws -> String { try TLSFixtures.path(name) }
        #expect(try refusal("both.pem", "both.pem") == nil)
        #expect(try refusal("none.pem", "local-ec.key") == .file(.missing(try path("none.pem"))))
        #expect(try refusal("local-ec.pem", "none.key") == .file(.missing(try path("none.key"))))
        #expect(try refusal("cut.pem", "local-ec.key") == .badCertificate(try path("cut.pem")))
        #expect(try refusal("empty.pem", "local-ec.key") == .badCertificate(try path("empty.pem")))
        #expect(try refusal("local-ec.key", "local-ec.key") == .badCertificate(try path("local-ec.key")))
        #expect(try refusal("local-ec.pem", "local-rsa.key")
            == .keyMismatch(certificate: try path("local-ec.pem"), key: try path("local-rsa.key")))
        #expect(try refusal("local-ec.pem", "encrypted.key") == .badKey(try path("encrypted.key")))
        guard case .weakCertificate(let file, _) = try refusal("weak.pem", "weak.key") else {
            Issue.record("a key of 1024 bits was taken")
            return
        }
        #expect(file == (try path("weak.pem")))
        #expect(try refusal(".", "local-ec.key") == .file(.notRegular(try path("."))))
    }

    @Test func refusesAuthoritiesAndListsThatAreNone() throws {
        func refusal(_ authorities: String, _ list: String?) throws -> TLSError? {
            var settings = TLSServerSettings(identities: [try TLSFixtures.identity("local-ec")])
            settings.clientCertificates = .required(TLSAuthorities(
                file: try TLSFixtures.path(authorities), revocationFile: try list.map { try TLSFixtures.path($0) }))
            do {
                _ = try TLSContext(server: settings, tickets: try TLSTicketKeys(now: 0))
                return nil
            } catch let error as TLSError { return error }
        }
        #expect(try refusal("authority.pem", "revoked.crl") == nil)
        #expect(try refusal("empty.pem", nil) == .badAuthorities(try TLSFixtures.path("empty.pem")))
        #expect(try refusal("none.pem", nil) == .file(.missing(try TLSFixtures.path("none.pem"))))
        #expect(try refusal("authority.pem", "authority.pem") == .badRevocationList(try TLSFixtures.path("authority.pem")))
    }

    @Test func knowsWhatItsCertificatesSay() throws {
        let context = try TLSContext(
            server: TLSServerSettings(identities: [try TLSFixtures.identity("local-rsa"), try TLSFixtures.identity("expired")]),
            tickets: try TLSTicketKeys(now: 0))
        #expect(context.certificates.map(\.certificate.subject) == ["CN=local-rsa", "CN=expired"])
        #expect(context.certificates[0].certificate.names == [.dns("localhost"), .address("127.0.0.1")])
        #expect(context.certificates[0].certificate.keyType == "RSA 2048")
        // 2020-02-01T00:00:00Z.
        #expect(context.certificates[1].certificate.notAfter == 1_580_515_200)
        #expect(context.certificates[1].certificate.isExpired(at: 1_580_515_201))
        #expect(!context.certificates[1].certificate.isExpired(at: 1_580_515_200))
        let fingerprint = try ChildProcess([
            "openssl", "x509", "-in", TLSFixtures.path("local-rsa.pem"), "-noout", "-fingerprint", "-sha256",
        ]).finish().output
        #expect(fingerprint.replacing(":", with: "").lowercased().hasSuffix(context.certificates[0].certificate.fingerprint.hexadecimal))
    }
}
