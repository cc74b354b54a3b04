import AuditTrail
import Foundation
import GatewayTesting
import Testing
import Transport

/// Certificates of this run: those of the transport's tests.
private enum Certificates {
    private static let made = Result {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("audit-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let script = Command.root.appendingPathComponent("Tests/TransportTests/Fixtures/make-certificates").path
        let result = try Command.run(program: "/bin/bash", [script, directory.path])
        #expect(result.status == 0, "\(result.errors)")
        atexit { Certificates.remove() }
        return directory
    }

    private static func remove() { if case .success(let directory) = made { try? FileManager.default.removeItem(at: directory) } }

    static func path(_ name: String) throws -> String { try made.get().appendingPathComponent(name).path }

    static func identity(_ name: String) throws -> TLSIdentity {
        TLSIdentity(certificateFile: try path("\(name).pem"), keyFile: try path("\(name).key"))
    }
}

/// `tls_receiver.py`; killed when it is let go.
private final class TLSReceiver {
    let port: UInt16
    private let process: RunningCommand

    init(_ mode: String, port: UInt16 = 0, out: String, certificate: String = "local-ec", clients: String? = nil) throws {
        let script = try #require(
            Bundle.module.url(forResource: "tls_receiver.py", withExtension: nil, subdirectory: "Receivers"))
        let arguments = [
            "python3", script.path, mode, "\(port)", try Certificates.path("\(certificate).pem"),
            try Certificates.path("\(certificate).key"), out,
        ] + (try clients.map { [try Certificates.path("\($0).pem")] } ?? [])
        process = try RunningCommand(arguments, program: "/usr/bin/env")
        let line = process.line()
        self.port = try #require(line.flatMap { UInt16($0) }, "\(process.errorText)")
    }

    func stop() {
        process.signal(SIGKILL)
        _ = process.status()
    }
}

@Suite struct AuditExportTLSTests {
    private let log: TestLog
    private let out: String

    init() throws {
        log = try TestLog()
        out = log.directory.appendingPathComponent("received").path
    }

    private func export(
        _ mode: String, _ port: UInt16, _ change: (inout TLSClientSettings) throws -> Void = { _ in }
    ) throws -> AuditExport {
        let target: AuditExport.Target =
            mode == "syslog" ? .syslogTCP(host: "127.0.0.1", port: port) : .http(host: "127.0.0.1", port: port, path: "/in")
        var export = try #require(AuditExport(name: "test", target: target, format: .json))
        export.batchRecords = 40
        export.pollMilliseconds = 5
        export.retryMilliseconds = 5
        export.retryLimitMilliseconds = 40
        var tls = TLSClientSettings(serverName: "localhost")
        tls.trust = .authorities(TLSAuthorities(file: try Certificates.path("authority.pem")))
        try change(&tls)
        export.tls = tls
        return export
    }

    private func wait(_ exporter: AuditExporter, for sequence: Int64) {
        #expect(
            Patience.holds(withinSeconds: 60) { exporter.status.cursor >= sequence },
            "\(exporter.status)")
    }

    /// The sequence numbers that the receiver has kept, in order of arrival.
    private func received() throws -> [Int] {
        let text = (try? String(contentsOfFile: out, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            line.firstMatch(of: #/"sequence":(\d+)/#).flatMap { Int($0.output.1) }
        }
    }

    @Test("An outage loses nothing", arguments: ["syslog", "http"])
    func outage(mode: String) throws {
        try log.fill(200)
        var receiver = try TLSReceiver(mode, out: out)
        let port = receiver.port
        let exporter = AuditExporter(try export(mode, port), path: log.path)
        wait(exporter, for: 200)
        for round in 1...2 {
            receiver.stop()
            let failures = exporter.status.failures
            try log.fill(150)
            #expect(Patience.holds { exporter.status.failures >= failures + 2 })
            #expect(exporter.status.failure?.contains("no connection to 127.0.0.1:\(port)") == true)
            receiver = try TLSReceiver(mode, port: port, out: out)
            wait(exporter, for: Int64(200 + 150 * round))
            #expect(exporter.status.failure == nil)
        }
        exporter.stop()
        #expect(try Patience.holds { try received().last == 500 })
        let sequences = try received()
        #expect(Set(sequences) == Set(1...500))
        // In order, but for what was in doubt when the receiver died.
        var newest = 0
        for sequence in sequences {
            #expect(sequence <= newest + 1)
            newest = max(newest, sequence)
        }
        #expect(sequences.count <= 500 + 2 * 40)
    }

    @Test("A receiver that is another, or not trusted, gets nothing", arguments: ["syslog", "http"], [
        ("alpha", "authority", "it is for another host"), ("expired", "authority", "it has expired"),
        ("local-ec", "stranger", "its issuer is not among the trusted authorities"),
    ])
    func wrongCertificate(mode: String, wrong: (certificate: String, authority: String, message: String)) throws {
        try log.fill(10)
        let receiver = try TLSReceiver(mode, out: out, certificate: wrong.certificate)
        let exporter = AuditExporter(
            try export(mode, receiver.port) { tls in
                tls.trust = .authorities(TLSAuthorities(file: try Certificates.path("\(wrong.authority).pem")))
            }, path: log.path)
        #expect(Patience.holds { exporter.status.failures >= 2 })
        let failure = try #require(exporter.status.failure)
        let start = "TLS with 127.0.0.1:\(receiver.port): the peer's certificate is refused: \(wrong.message)"
        #expect(failure.hasPrefix(start), "\(failure)")
        exporter.stop()
        #expect(exporter.status.cursor == 0)
        #expect(try received() == [])
    }

    @Test("A receiver that wants a certificate gets records with the right one only", arguments: ["syslog", "http"])
    func clientCertificate(mode: String) throws {
        try log.fill(100)
        let receiver = try TLSReceiver(mode, out: out, clients: "authority")
        for identity in [nil, "client-stranger"] {
            let exporter = AuditExporter(
                try export(mode, receiver.port) { $0.identity = try identity.map(Certificates.identity) }, path: log.path)
            #expect(Patience.holds { exporter.status.failures >= 3 })
            let failure = try #require(exporter.status.failure)
            let isAlert = failure.contains("the peer ended TLS with the alert")
            #expect(isAlert || identity == nil && failure.contains("wants a certificate"), "\(failure)")
            exporter.stop()
            #expect(try received() == [])
            #expect(exporter.status.cursor == 0)
        }
        let exporter = AuditExporter(
            try export(mode, receiver.port) { $0.identity = try Certificates.identity("client") }, path: log.path)
        wait(exporter, for: 100)
        exporter.stop()
        #expect(try Patience.holds { try received() == Array(1...100) })
    }

    @Test("Files are read again after a reopening")
    func renewal() throws {
        try log.fill(10)
        let receiver = try TLSReceiver("http", out: out)
        let authority = log.directory.appendingPathComponent("authority.pem").path
        try FileManager.default.copyItem(atPath: try Certificates.path("stranger.pem"), toPath: authority)
        var export = try export("http", receiver.port) { tls in
            tls.trust = .authorities(TLSAuthorities(file: authority))
        }
        export.authorizationFile = try log.file("token", "Bearer of old")
        let exporter = AuditExporter(export, path: log.path)
        #expect(Patience.holds { exporter.status.failure?.contains("its issuer is not among") == true })
        try FileManager.default.removeItem(atPath: authority)
        try FileManager.default.copyItem(atPath: try Certificates.path("authority.pem"), toPath: authority)
        exporter.reopen()
        #expect(Patience.holds { exporter.status.failure?.contains("answered with status 401") == true })
        _ = try log.file("token", "Bearer of news\n")
        exporter.reopen()
        wait(exporter, for: 10)
        exporter.stop()
        #expect(try received() == Array(1...10))
    }

    @Test("Files that cannot be used are told before anything is sent")
    func files() throws {
        let missing = try export("syslog", 1) { $0.trust = .authorities(TLSAuthorities(file: "/nonexistent/ca.pem")) }
        #expect(missing.credentialFailure?.description.contains("/nonexistent/ca.pem does not exist") == true)
        let open = try Certificates.path("client-open.key")
        try? FileManager.default.copyItem(atPath: try Certificates.path("client.key"), toPath: open)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: open)
        let exposed = try export("syslog", 1) {
            $0.identity = TLSIdentity(certificateFile: try Certificates.path("client.pem"), keyFile: open)
        }
        #expect(exposed.credentialFailure?.description.contains("open to everyone") == true)
    }
}
