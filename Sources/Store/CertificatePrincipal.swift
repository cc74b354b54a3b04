import AccessControl
import Cryptography

/// Client certificates as keys. What stands for one is the keyed digest of `cert:` and its name, which no API key has,
/// since none may hold a colon.
package enum CertificatePrincipal {
    static func text(_ name: CertificateName) -> [UInt8] { Array("cert:\(name.text)".utf8) }

    /// - Parameter digests: Under the store's pepper.
    package static func digest(
        _ name: CertificateName, _ digests: borrowing HMACSHA256
    ) throws(CryptographyError) -> KeyDigest {
        KeyDigest(try digests.digest(text(name).span))
    }
}
