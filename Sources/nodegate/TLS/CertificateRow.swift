import AuditTrail
import Cryptography

/// A certificate as commands show it.
struct CertificateRow: Encodable {
    let subject, issuer, serialNumber, keyType: String
    let names: [String]
    let notBefore, notAfter: String
    let state: String
    /// SHA-256 of the certificate, and of its public key: the latter is what a pin names.
    let fingerprint, publicKey: String

    init(_ certificate: Certificate, now: Int64) {
        subject = certificate.subject
        issuer = certificate.issuer
        serialNumber = certificate.serialNumber
        keyType = certificate.keyType
        names = certificate.names.map(\.description)
        notBefore = Self.text(certificate.notBefore)
        notAfter = Self.text(certificate.notAfter)
        state = Self.state(certificate, now)
        fingerprint = certificate.fingerprint.hexadecimal
        publicKey = certificate.keyDigest.hexadecimal
    }

    var lines: [String] {
        [
            "subject      \(subject)",
            "names        \(names.isEmpty ? "-" : names.joined(separator: ", "))",
            "issuer       \(issuer)\(subject == issuer ? " (itself)" : "")",
            "serial       \(serialNumber)",
            "key          \(keyType)",
            "valid from   \(notBefore)",
            "valid until  \(notAfter) (\(state))",
            "SHA-256      \(fingerprint)",
            "key SHA-256  \(publicKey)",
        ]
    }

    /// `2026-11-01T08:15:30Z`: certificates know no fractions of seconds.
    private static func text(_ seconds: Int64) -> String { AuditTime.text(seconds * 1_000_000).prefix(19) + "Z" }

    private static func state(_ certificate: Certificate, _ now: Int64) -> String {
        if certificate.isExpired(at: now) { return "expired" }
        if certificate.isNotYetValid(at: now) { return "not valid yet" }
        let days = (certificate.notAfter - now) / 86_400
        return days == 1 ? "1 day left" : "\(days) days left"
    }
}
