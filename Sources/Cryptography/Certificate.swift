import COpenSSL
import Glibc

/// What an X.509 certificate says (RFC 5280), as a value. It proves nothing by itself.
package struct Certificate: Sendable, Equatable {
    /// A name that the certificate is for (subjectAltName, RFC 5280 section 4.2.1.6).
    package enum Name: Sendable, Hashable, CustomStringConvertible {
        case dns(String)
        case address(String)
        case email(String)
        case uri(String)

        /// As `openssl x509 -text` writes it, such as `DNS:localhost`.
        package var description: String {
            switch self {
            case .dns(let name): "DNS:\(name)"
            case .address(let address): "IP:\(address)"
            case .email(let address): "email:\(address)"
            case .uri(let uri): "URI:\(uri)"
            }
        }
    }

    /// RFC 4514 text, such as `CN=gateway,O=Example`; control characters are escaped.
    package let subject: String
    package let issuer: String
    /// Hexadecimal.
    package let serialNumber: String
    /// Only names of visible ASCII, so that no name can look like another one.
    package let names: [Name]
    /// Unix seconds.
    package let notBefore: Int64
    /// Unix seconds; not valid after this second.
    package let notAfter: Int64
    /// SHA-256 of the whole certificate (DER).
    package let fingerprint: Digest256
    /// SHA-256 of the public key (SubjectPublicKeyInfo, DER): what a pin names.
    package let keyDigest: Digest256
    /// Such as `RSA 2048` or `EC prime256v1`.
    package let keyType: String

    package func isExpired(at seconds: Int64) -> Bool { seconds > notAfter }
    package func isNotYetValid(at seconds: Int64) -> Bool { seconds < notBefore }
}

extension Certificate {
    /// Longest PEM file that is read, in bytes; the system store of a distribution has 250 KB.
    package static let greatestFile = 4 << 20
    /// Certificates read from one file.
    package static let greatestCount = 1000

    /// The certificates of a PEM file, in order; a key beside them is passed over.
    ///
    /// - Returns: nil when there is a malformed one, none, or more than `greatestCount`.
    package static func read(pem: Span<UInt8>) -> [Certificate]? {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let source = unsafe pem.withUnsafeBytes({ unsafe BIO_new_mem_buf($0.baseAddress, Int32(clamping: $0.count)) })
        else { return nil }
        defer { unsafe BIO_free(source) }
        var found: [Certificate] = []
        while let handle = unsafe PEM_read_bio_X509(source, nil, copenssl_no_passphrase, nil) {
            defer { unsafe X509_free(handle) }
            guard found.count < greatestCount, let certificate = unsafe Certificate(handle) else { return nil }
            found.append(certificate)
        }
        // The end of the text is an error of its own; any other one is a malformed certificate.
        let error = ERR_peek_last_error()
        guard !found.isEmpty, copenssl_error_library(error) == ERR_LIB_PEM,
            copenssl_error_reason(error) == PEM_R_NO_START_LINE
        else { return nil }
        return found
    }

    /// - Parameter handle: An `X509`, which stays the caller's.
    @unsafe package init?(_ handle: OpaquePointer) {
        guard let subject = unsafe Self.text(X509_get_subject_name(handle)),
            let issuer = unsafe Self.text(X509_get_issuer_name(handle)),
            let notBefore = unsafe Self.seconds(X509_get0_notBefore(handle)),
            let notAfter = unsafe Self.seconds(X509_get0_notAfter(handle)),
            let fingerprint = unsafe Self.digest({ unsafe i2d_X509(handle, $0) }),
            let keyDigest = unsafe Self.digest({ unsafe i2d_X509_PUBKEY(X509_get_X509_PUBKEY(handle), $0) })
        else { return nil }
        self.subject = subject
        self.issuer = issuer
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.fingerprint = fingerprint
        self.keyDigest = keyDigest
        serialNumber = unsafe Self.serialNumber(handle)
        names = unsafe Self.names(handle)
        keyType = unsafe Self.keyType(handle)
    }

    private static func digest(_ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32) -> Digest256? {
        let count = encode(nil)
        guard count > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        // Safe: the encoder writes the count that it has just said.
        let written = unsafe bytes.withUnsafeMutableBufferPointer { out in
            var place = out.baseAddress
            return unsafe encode(&place)
        }
        return written == count ? try? SHA256.digest(bytes.span) : nil
    }

    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        var parts = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return unsafe Int64(timegm(&parts))
    }

    static func text(_ name: OpaquePointer?) -> String? {
        guard let name = unsafe name, let memory = unsafe BIO_new(BIO_s_mem()) else { return nil }
        defer { unsafe BIO_free(memory) }
        // RFC 4514 with UTF-8 left as it is.
        let flags = copenssl_name_flags
        guard unsafe X509_NAME_print_ex(memory, name, 0, flags) >= 0 else { return nil }
        var bytes: UnsafeMutablePointer<CChar>?
        let count = unsafe copenssl_memory(memory, &bytes)
        guard count > 0, let bytes = unsafe bytes else { return "" }
        return unsafe String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    @unsafe private static func serialNumber(_ handle: OpaquePointer) -> String {
        guard let number = unsafe ASN1_INTEGER_to_BN(X509_get0_serialNumber(handle), nil) else { return "" }
        defer { unsafe BN_free(number) }
        guard let text = unsafe BN_bn2hex(number) else { return "" }
        defer { unsafe CRYPTO_free(text, nil, 0) }
        return unsafe String(cString: text).lowercased()
    }

    @unsafe private static func keyType(_ handle: OpaquePointer) -> String {
        guard let key = unsafe X509_get0_pubkey(handle) else { return "unknown" }
        let kind = unsafe EVP_PKEY_get0_type_name(key).map { unsafe String(cString: $0) } ?? "unknown"
        var curve = [CChar](repeating: 0, count: 64)
        var count = 0
        if unsafe EVP_PKEY_get_group_name(key, &curve, curve.count, &count) == 1 {
            return kind + " " + String(decoding: curve.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return unsafe kind == "RSA" ? "RSA \(EVP_PKEY_get_bits(key))" : kind
    }

    @unsafe private static func names(_ handle: OpaquePointer) -> [Name] {
        guard let list = unsafe X509_get_ext_d2i(handle, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(list)
        defer { unsafe GENERAL_NAMES_free(names) }
        var found: [Name] = []
        for index in unsafe 0..<copenssl_name_count(names) {
            guard let name = unsafe copenssl_name(names, index), let text = unsafe copenssl_name_text(name) else { continue }
            let bytes = unsafe [UInt8](UnsafeBufferPointer(start: ASN1_STRING_get0_data(text), count: Int(ASN1_STRING_length(text))))
            let kind = unsafe name.pointee.type
            if kind == GEN_IPADD {
                if let address = addressText(bytes) { found.append(.address(address)) }
                continue
            }
            // A NUL or a letter from elsewhere in a name is how one name is made to look like another.
            guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else { continue }
            let visible = String(decoding: bytes, as: UTF8.self)
            switch kind {
            case GEN_DNS: found.append(.dns(visible.lowercased()))
            case GEN_EMAIL: found.append(.email(visible))
            case GEN_URI: found.append(.uri(visible))
            default: continue
            }
        }
        return found
    }

    /// The text of an IPv4 (4 bytes) or IPv6 (16 bytes) address.
    private static func addressText(_ bytes: [UInt8]) -> String? {
        let family: Int32
        switch bytes.count {
        case 4: family = AF_INET
        case 16: family = AF_INET6
        default: return nil
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
