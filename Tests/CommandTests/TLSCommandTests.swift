import Foundation
import GatewayTesting
import Testing

@Suite("nodegate tls")
struct TLSCommandTests {
    /// What `openssl` says of it, which is another reader than ours where it counts.
    private func openssl(_ arguments: String...) throws -> (output: String, status: Int32) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: bytes, as: UTF8.self), process.terminationStatus)
    }

    @Test("self-signed makes a key that is secret and a certificate that openssl verifies")
    func selfSigned() throws {
        let scratch = try ScratchDirectory()
        let folder = scratch.path("new/tls")
        let result = try Command.run(
            "tls", "self-signed", "--name", "localhost", "--name", "*.example.com", "--name", "192.0.2.7", "--output", folder)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("\(folder)/certificate.pem"))
        #expect(result.output.contains("(89 days left)") || result.output.contains("(90 days left)"))
        let mode = try FileManager.default.attributesOfItem(atPath: folder + "/key.pem")[.posixPermissions] as? Int
        #expect(mode == 0o600)
        for name in ["localhost", "a.example.com"] {
            let verified = try openssl(
                "verify", "-x509_strict", "-CAfile", folder + "/certificate.pem", "-purpose", "sslserver", "-verify_hostname", name,
                folder + "/certificate.pem")
            #expect(verified.status == 0, "\(verified.output)")
        }
        for address in ["127.0.0.1", "::1", "192.0.2.7"] {
            #expect(try openssl(
                "verify", "-CAfile", folder + "/certificate.pem", "-verify_ip", address, folder + "/certificate.pem").status == 0)
        }
        #expect(try openssl("pkey", "-in", folder + "/key.pem", "-noout", "-text").output.contains("NIST CURVE: P-256"))
        let keys = try (openssl("pkey", "-in", folder + "/key.pem", "-pubout"), openssl("x509", "-in", folder + "/certificate.pem", "-pubkey", "-noout"))
        #expect(keys.0.output == keys.1.output)
    }

    @Test("self-signed overwrites nothing")
    func overwrites() throws {
        for present in ["key.pem", "certificate.pem"] {
            let scratch = try ScratchDirectory()
            let path = try scratch.write("precious", to: present)
            let result = try Command.run("tls", "self-signed", "--output", scratch.url.path)
            #expect(result.status == 1)
            #expect(result.errors.contains("\(path) exists and is not overwritten"))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
            #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == [present])
        }
    }

    @Test("self-signed refuses what is no name and no lifetime", arguments: [
        ["--name", ""], ["--name", "a b"], ["--name", "a,DNS:evil.example"], ["--name", "a..b"], ["--name", "-a"],
        ["--name", "*"], ["--name", "*.com"], ["--name", "a.*.com"], ["--name", "ä.example"], ["--name", "1.2.3.4:80"],
        ["--name", "DNS:a"], ["--name", String(repeating: "a", count: 64)], ["--days", "0"], ["--days", "3651"],
    ])
    func refusals(arguments: [String]) throws {
        let scratch = try ScratchDirectory()
        let result = try Command.run(["tls", "self-signed", "--output", scratch.url.path] + arguments)
        #expect(result.status == 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == [])
    }

    @Test("show says what self-signed made, in words and as JSON")
    func show() throws {
        let scratch = try ScratchDirectory()
        let made = try Command.run("tls", "self-signed", "--name", "gate.example.com", "--days", "30", "--output", scratch.url.path, "--json")
        let facts = try #require(try made.objects().first)
        #expect(facts["keyFile"] as? String == scratch.path("key.pem"))
        let certificate = try #require(facts["certificate"] as? [String: Any])
        let shown = try #require(try Command.run("tls", "show", "--json", scratch.path("certificate.pem")).objects().first)
        for member in ["subject", "issuer", "notAfter", "fingerprint", "publicKey", "keyType", "serialNumber"] {
            #expect(shown[member] as? String == certificate[member] as? String)
        }
        #expect(shown["subject"] as? String == "CN=gate.example.com")
        #expect(shown["names"] as? [String] == ["DNS:gate.example.com"])
        let words = try Command.run("tls", "show", scratch.path("certificate.pem")).output
        #expect(words.contains("names        DNS:gate.example.com"))
        #expect(words.contains("issuer       CN=gate.example.com (itself)"))
        let fingerprint = try openssl("x509", "-in", scratch.path("certificate.pem"), "-noout", "-fingerprint", "-sha256").output
        #expect(fingerprint.replacing(":", with: "").lowercased().contains(shown["fingerprint"] as? String ?? "-"))
    }

    @Test("show refuses what is no certificate")
    func showRefuses() throws {
        let scratch = try ScratchDirectory()
        for text in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let result = try Command.run("tls", "show", try scratch.write(text, to: "file.pem"))
            #expect(result.status == 1)
            #expect(result.errors.contains("holds no well-formed PEM certificate"))
        }
        #expect(try Command.run("tls", "show", scratch.path("none.pem")).status == 1)
    }
}
