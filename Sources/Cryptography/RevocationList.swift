import COpenSSL

/// What a certificate revocation list says of itself (RFC 5280 section 5), as a value. It proves nothing by itself.
package struct RevocationList: Sendable, Equatable {
    /// RFC 4514 text.
    package let issuer: String
    /// Unix seconds from which on the list is out of date, and every certificate of its issuer refused; nil: never.
    package let nextUpdate: Int64?

    /// The lists of a PEM file, in order.
    ///
    /// - Returns: nil when there is a malformed one, or none.
    package static func read(pem: Span<UInt8>) -> [RevocationList]? {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let source = unsafe pem.withUnsafeBytes({ unsafe BIO_new_mem_buf($0.baseAddress, Int32(clamping: $0.count)) })
        else { return nil }
        defer { unsafe BIO_free(source) }
        var found: [RevocationList] = []
        while let handle = unsafe PEM_read_bio_X509_CRL(source, nil, copenssl_no_passphrase, nil) {
            defer { unsafe X509_CRL_free(handle) }
            guard found.count < Certificate.greatestCount,
                let issuer = unsafe Certificate.text(X509_CRL_get_issuer(handle))
            else { return nil }
            let next = unsafe X509_CRL_get0_nextUpdate(handle)
            found.append(RevocationList(issuer: issuer, nextUpdate: unsafe next.flatMap { unsafe Certificate.seconds($0) }))
        }
        // The end of the text is an error of its own; any other one is a malformed list.
        let error = ERR_peek_last_error()
        guard !found.isEmpty, copenssl_error_library(error) == ERR_LIB_PEM,
            copenssl_error_reason(error) == PEM_R_NO_START_LINE
        else { return nil }
        return found
    }
}
