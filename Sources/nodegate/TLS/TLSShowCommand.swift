import ArgumentParser
import Cryptography

struct TLSShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the certificates of a PEM file: names, expiry, issuer, fingerprints.",
        discussion: "The SHA-256 of the key is what a pinned key names. A private key in the file is not looked at.")

    @Argument(help: "The file; '-' is standard input.")
    var file: String

    @Flag(help: "One JSON object a line.")
    var json = false

    func run() throws {
        let text = Array(try TextFile.read(file).utf8)
        guard text.count <= Certificate.greatestFile, let certificates = Certificate.read(pem: text.span) else {
            throw CommandFailure(
                "\(file) holds no well-formed PEM certificate.", advice: "A certificate begins with '-----BEGIN CERTIFICATE-----'.")
        }
        let rows = certificates.map { CertificateRow($0, now: WallClock.seconds) }
        if json { return try Console.writeLines(try rows.map { try Console.json($0) }) }
        try Console.writeLines(Array(rows.map(\.lines).joined(separator: [""])))
    }
}
