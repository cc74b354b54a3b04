import COpenSSL
import Glibc

/// A certificate that vouches for itself, and its key: for first steps and for tests of an installation.
package struct SelfSigned: ~Copyable {
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case badName(String)
        case tooManyNames
        case badLifetime
        case unavailable

        package var description: String {
            switch self {
            case .badName(let name):
                "'\(name)' is no host name and no IP address; write localhost, gate.example.com, *.example.com or 192.0.2.7"
            case .tooManyNames: "a certificate takes 1 to \(SelfSigned.greatestCount) names"
            case .badLifetime: "a certificate is valid for 1 to \(SelfSigned.greatestDays) days"
            case .unavailable: CryptographyError.unavailable("a self-signed certificate").description
            }
        }
    }

    package static let greatestCount = 100
    package static let greatestDays = 3650
    /// Clocks of clients may be behind.
    private static let backdated: Int64 = 300

    package let certificatePEM: [UInt8]
    /// PKCS #8.
    package let keyPEM: SecretBytes
    package let certificate: Certificate

    /// Makes an ECDSA key on P-256 and a certificate for `names`, valid from just before `now` (Unix seconds).
    package init(names: [String], days: Int, now: Int64) throws(Failure) {
        guard (1...Self.greatestCount).contains(names.count) else { throw .tooManyNames }
        guard (1...Self.greatestDays).contains(days) else { throw .badLifetime }
        var entries: [String] = []
        for name in names {
            guard let entry = Self.entry(name) else { throw .badName(name) }
            if !entries.contains(entry) { entries.append(entry) }
        }
        guard let key = unsafe copenssl_make_p256() else { throw .unavailable }
        defer { unsafe EVP_PKEY_free(key) }
        guard let made = unsafe X509_new() else { throw .unavailable }
        defer { unsafe X509_free(made) }
        guard unsafe Self.fill(made, key, commonName: names[0], entries: entries),
            unsafe Self.setTimes(made, from: now - Self.backdated, to: now + Int64(days) * 86_400),
            unsafe X509_sign(made, key, EVP_sha256()) > 0,
            let facts = unsafe Certificate(made)
        else { throw .unavailable }
        let certificate = unsafe Self.memory { unsafe PEM_write_bio_X509($0, made) == 1 }
        let secret = unsafe Self.memory { unsafe PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) == 1 }
        guard let certificate, let secret else { throw .unavailable }
        var bytes: [UInt8] = []
        for index in 0..<certificate.count { bytes.append(certificate.span[index]) }
        certificatePEM = bytes
        keyPEM = secret
        self.certificate = facts
    }

    package static func isName(_ name: String) -> Bool { entry(name) != nil }

    /// The name as the extension's text takes it: what is let through cannot change that text's meaning.
    private static func entry(_ name: String) -> String? {
        var address = in6_addr()
        if unsafe inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1 {
            return "IP:" + name
        }
        var labels = name.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, !labels.isEmpty else { return nil }
        if labels.count > 2, labels[0] == "*" { labels.removeFirst() }
        for label in labels {
            guard (1...63).contains(label.utf8.count), label.first != "-", label.last != "-",
                label.utf8.allSatisfy({ (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d })
            else { return nil }
        }
        return "DNS:" + name.lowercased()
    }

    @unsafe private static func fill(_ made: OpaquePointer, _ key: OpaquePointer, commonName: String, entries: [String]) -> Bool {
        // RFC 5280 section 4.1.2.2: positive, at most 20 bytes; random, so that two of them differ.
        guard var serial = try? SecureRandom.bytes(16) else { return false }
        serial[0] = serial[0] & 0x7f | 0x40
        guard let number = unsafe BN_bin2bn(serial, Int32(serial.count), nil) else { return false }
        defer { unsafe BN_free(number) }
        // RFC 5280 bounds a common name to 64 characters; the alternative names have the rest.
        let subject = [UInt8](commonName.utf8.prefix(64))
        let name = unsafe X509_get_subject_name(made)
        return unsafe X509_set_version(made, 2) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made)) != nil
            && X509_set_pubkey(made, key) == 1
            && X509_NAME_add_entry_by_txt(name, "CN", copenssl_utf8, subject, Int32(subject.count), -1, 0) == 1
            && X509_set_issuer_name(made, name) == 1
            && add(made, NID_subject_alt_name, entries.joined(separator: ","))
            && add(made, NID_basic_constraints, "critical,CA:FALSE")
            && add(made, NID_key_usage, "critical,digitalSignature")
            && add(made, NID_ext_key_usage, "serverAuth")
            && add(made, NID_subject_key_identifier, "hash")
    }

    @unsafe private static func add(_ made: OpaquePointer, _ kind: Int32, _ value: String) -> Bool {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, made, made, nil, nil, 0)
        guard let part = unsafe X509V3_EXT_conf_nid(nil, &context, kind, value) else { return false }
        defer { unsafe X509_EXTENSION_free(part) }
        return unsafe X509_add_ext(made, part, -1) == 1
    }

    @unsafe private static func setTimes(_ made: OpaquePointer, from: Int64, to: Int64) -> Bool {
        guard let start = unsafe ASN1_TIME_set(nil, time_t(from)), let end = unsafe ASN1_TIME_set(nil, time_t(to)) else {
            return false
        }
        defer {
            unsafe ASN1_TIME_free(start)
            unsafe ASN1_TIME_free(end)
        }
        return unsafe X509_set1_notBefore(made, start) == 1 && X509_set1_notAfter(made, end) == 1
    }

    /// What `write` writes; the memory in between is overwritten.
    private static func memory(_ write: (OpaquePointer) -> Bool) -> SecretBytes? {
        guard let memory = unsafe BIO_new(BIO_s_secmem()) else { return nil }
        defer { unsafe BIO_free(memory) }
        guard unsafe write(memory) else { return nil }
        var bytes: UnsafeMutablePointer<CChar>?
        let count = unsafe copenssl_memory(memory, &bytes)
        guard count > 0, let start = unsafe bytes else { return nil }
        return unsafe SecretBytes(copying: Span(_unsafeBytes: UnsafeRawBufferPointer(start: start, count: count)))
    }
}
