import Foundation
import GatewayTesting
import Settings
import Synchronization

/// Certificates of this run: those of the transport's tests.
enum TLSFiles {
    struct Failure: Error { let text: String }

    private static let made = Result {
        let directory = try ScratchDirectory()
        let script = Command.root.appendingPathComponent("Tests/TransportTests/Fixtures/make-certificates").path
        let result = try Command.run(program: "/bin/bash", [script, directory.url.path])
        guard result.status == 0 else { throw Failure(text: result.errors) }
        return Kept(directory: directory)
    }

    /// Safe to send: what it holds is not changed after it was made.
    private struct Kept: @unchecked Sendable { let directory: ScratchDirectory }

    static func path(_ name: String) throws -> String { try made.get().directory.path(name) }

    /// TLS of a listener with one certificate.
    static func listener(_ name: String = "local-ec") throws -> Settings.ListenerTLS {
        var tls = Settings.ListenerTLS()
        tls.certificates = [try path("\(name).pem")]
        tls.keys = [try path("\(name).key")]
        return tls
    }

    static func client(_ name: String) -> URL {
        Command.root.appendingPathComponent("Tests/GatewayTests/Clients/\(name)")
    }
}

extension TestSite {
    /// A gateway as a process, whose one listener has the certificate of the site's `gate.pem` and `gate.key`: copies, to
    /// be replaced by others.
    func serveReplaceable(_ name: String = "local-ec") throws -> ServedGateway {
        for end in ["pem", "key"] {
            try FileManager.default.copyItem(
                atPath: try TLSFiles.path("\(name).\(end)"), toPath: directory.path("gate.\(end)"))
        }
        let path = try configure(listener: "LISTENER")
        let text = try String(contentsOfFile: path, encoding: .utf8).replacing(
            "- \"LISTENER\"", with: """
                - address: "127.0.0.1:0"
                    tls_certificates: gate.pem
                    tls_keys: gate.key
                """)
        try directory.write(text, to: "nodegate.yaml")
        return try ServedGateway(self, configuration: path)
    }
}

extension TestGateway {
    /// One request with curl, which trusts the tests' authority.
    func curl(_ path: String, key: String? = nil, _ options: [String] = []) throws -> CommandResult {
        let authority = try TLSFiles.path("authority.pem")
        let credential = key.map { ["-H", "Authorization: Bearer \($0)"] } ?? []
        return try Command.run(
            program: "/usr/bin/env",
            ["curl", "-sS", "-i", "--max-time", "30", "--cacert", authority] + credential + options
                + ["https://localhost:\(port)/api/v2\(path)"])
    }
}

/// A program that runs beside a test until it is over.
final class TLSFront {
    private let process = Process()
    let port: UInt16

    /// - Parameter arguments: What `tls_front.py` is told.
    init(_ arguments: [String]) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", TLSFiles.client("tls_front.py").path] + arguments
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let port = UInt16(line.filter(\.isNumber)) else { throw TLSFiles.Failure(text: "no port: \(line)") }
        self.port = port
    }

    deinit { kill(process.processIdentifier, SIGKILL) }
}
