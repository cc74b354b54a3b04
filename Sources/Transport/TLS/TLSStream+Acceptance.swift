import COpenSSL

extension TLSStream {
    /// Whether a handshake under another context would accept this peer: authorities and revocation lists may have
    /// changed since its own. A resumed session has no chain, so what hangs on authorities in between is not accepted.
    func isPeerAccepted(by context: TLSContext) -> Bool {
        // A reload that changed nothing here costs nothing.
        guard context.clientRules != self.context.clientRules else { return true }
        ERR_clear_error()
        defer { ERR_clear_error() }
        let mode = unsafe SSL_CTX_get_verify_mode(context.handle)
        guard let certificate = unsafe copenssl_peer_certificate(ssl) else { return mode & SSL_VERIFY_FAIL_IF_NO_PEER_CERT == 0 }
        defer { unsafe X509_free(certificate) }
        // Where nobody is asked for a certificate, one that was shown before counts no more.
        guard mode & SSL_VERIFY_PEER != 0, let check = unsafe X509_STORE_CTX_new() else { return false }
        defer { unsafe X509_STORE_CTX_free(check) }
        guard
            unsafe X509_STORE_CTX_init(
                check, SSL_CTX_get_cert_store(context.handle), certificate, SSL_get_peer_cert_chain(ssl)) == 1,
            unsafe X509_STORE_CTX_set_default(check, "ssl_client") == 1,
            unsafe X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(check), SSL_CTX_get0_param(context.handle)) == 1
        else { return false }
        return unsafe X509_verify_cert(check) == 1
    }
}
