import AccessControl
import Cryptography
import Store

/// The certificate that a client has shown in its handshake, verified there, as decisions look at it.
struct ClientCertificate {
    /// Its subjectAltNames in their order, then its subject.
    private let names: [CertificateName]
    /// By which each name would be a key.
    private let digests: [KeyDigest]
    /// Unix seconds. A connection, or a session that is resumed, may last longer than the certificate is good.
    private let notAfter: Int64

    init(_ certificate: Certificate, _ digests: borrowing HMACSHA256) throws(CryptographyError) {
        var names: [CertificateName] = []
        for text in certificate.names.map(\.description) + ["subject:\(certificate.subject)"] {
            guard names.count < CertificateName.greatestCount, let name = CertificateName(text) else { continue }
            names.append(name)
        }
        var found: [KeyDigest] = []
        for name in names { found.append(try CertificatePrincipal.digest(name, digests)) }
        self.names = names
        self.digests = found
        notAfter = certificate.notAfter
    }

    /// What counts at this second.
    func names(at seconds: Int64) -> [CertificateName] { seconds > notAfter ? [] : names }

    /// The key that the certificate is by itself: of its first name that is one, so that a revoked key is not passed
    /// over for another name.
    func digest(at seconds: Int64, under snapshot: PolicySnapshot) -> KeyDigest? {
        seconds > notAfter ? nil : digests.first(where: snapshot.holds)
    }
}
