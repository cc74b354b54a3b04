import ArgumentParser
import Cryptography
import Foundation

struct TLSSelfSignedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "self-signed",
        abstract: "Make a key and a certificate that vouches for itself.",
        discussion: """
            Writes certificate.pem and key.pem (ECDSA on P-256, mode 0600) and never overwrites them. Clients must be \
            told to trust the certificate; for anything but first steps take one from an authority that they trust \
            already. 'localhost' stands for 127.0.0.1 and ::1 as well.
            """)

    @Option(name: .customLong("name"), help: "A host name or IP address that clients connect to; may be repeated.")
    var names: [String] = ["localhost"]

    @Option(name: .customLong("output"), help: "The directory; made where there is none.")
    var directory = "."

    @Option(help: "Days that the certificate is valid.")
    var days = 90

    @Flag(help: "What was made as one JSON object.")
    var json = false

    private struct Report: Encodable {
        let certificateFile, keyFile: String
        let certificate: CertificateRow
    }

    func validate() throws {
        guard (1...SelfSigned.greatestDays).contains(days) else {
            throw ValidationError(SelfSigned.Failure.badLifetime.description)
        }
        guard (1...SelfSigned.greatestCount).contains(names.count) else {
            throw ValidationError(SelfSigned.Failure.tooManyNames.description)
        }
        for name in names where !SelfSigned.isName(name) {
            throw ValidationError(SelfSigned.Failure.badName(name).description)
        }
    }

    func run() throws {
        let now = WallClock.seconds
        let files = try files()
        do {
            let made = try SelfSigned(names: completeNames, days: days, now: now)
            try SecretFile.create(files.key, made.keyPEM.span)
            try SecretFile.create(files.certificate, made.certificatePEM.span, mode: 0o644)
            let row = CertificateRow(made.certificate, now: now)
            if json {
                return try Console.writeJSON(Report(certificateFile: files.certificate, keyFile: files.key, certificate: row))
            }
            try Console.writeLines([
                "certificate  \(files.certificate)", "private key  \(files.key) (mode 0600; keep it secret)",
                "names        \(row.names.joined(separator: ", "))", "valid until  \(row.notAfter) (\(row.state))",
                "SHA-256      \(row.fingerprint)", "",
                "Try it with: curl --cacert \(files.certificate) https://\(names[0]):PORT/",
            ])
        } catch let failure as SelfSigned.Failure {
            throw CommandFailure(failure)
        } catch let error as SecretFileError {
            throw CommandFailure(error)
        }
    }

    private var completeNames: [String] {
        names.contains { $0.lowercased() == "localhost" } ? names + ["127.0.0.1", "::1"] : names
    }

    /// Looks at both before either is made: a key without its certificate is of no use.
    private func files() throws(CommandFailure) -> (certificate: String, key: String) {
        let folder = URL(fileURLWithPath: directory)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure("\(directory) cannot be made: \(TextFile.reason(error))")
        }
        let prefix = directory == "." ? "" : directory + (directory.hasSuffix("/") ? "" : "/")
        let paths = (certificate: prefix + "certificate.pem", key: prefix + "key.pem")
        for path in [paths.certificate, paths.key] where FileManager.default.fileExists(atPath: path) {
            throw CommandFailure(SecretFileError.exists(path))
        }
        return paths
    }
}
