import COpenSSL
import Cryptography

/// Builds libssl's contexts. Each function returns one that is the caller's to free.
enum TLSContextParts {
    /// Bytes of a certificate chain that a peer may send.
    private static let greatestChain = 64 * 1024
    /// Forward secrecy and authenticated encryption only (RFC 9325 section 4.2); the faster key size first.
    private static let ciphers12 = """
        ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
        ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
        """
    private static let ciphers13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    private static let groups = "X25519:P-256:P-384"
    /// 112 bits: RSA of 2048 bits at least, no SHA-1 signatures.
    private static let securityLevel: Int32 = 2

    /// - Returns: A text beside it that changes with what is asked of clients' certificates.
    @unsafe static func server(
        _ settings: TLSServerSettings, _ identities: [TLSLoadedIdentity]
    ) throws(TLSError) -> (context: OpaquePointer, clientRules: String) {
        let context = unsafe try common(TLS_server_method(), settings.minimumVersion)
        // A session proves the client certificate that it began with, so one that began under other rules must not be
        // resumed.
        var rules = "nodegate"
        do throws(TLSError) {
            for identity in identities { unsafe try identity.use(in: context) }
            // Sessions live in tickets alone: nothing to store, nothing to share between lanes.
            unsafe copenssl_set_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
            unsafe _ = SSL_CTX_set_timeout(context, settings.sessionLifetime)
            guard unsafe SSL_CTX_set_num_tickets(context, 1) == 1 else { throw .unavailable("tickets") }
            switch settings.clientCertificates {
            case .none: break
            case .optional(let authorities):
                unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
                rules = unsafe try trust(context, authorities, depth: settings.depth, asksClients: true)
            case .required(let authorities):
                unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
                rules = unsafe "required " + (try trust(context, authorities, depth: settings.depth, asksClients: true))
            }
            guard let digest = try? SHA256.digest(rules.utf8.span).bytes,
                unsafe SSL_CTX_set_session_id_context(context, digest, UInt32(digest.count)) == 1
            else { throw .unavailable("sessions") }
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        return unsafe (context, rules)
    }

    @unsafe static func client(_ settings: TLSClientSettings, _ identity: TLSLoadedIdentity?) throws(TLSError) -> OpaquePointer {
        let context = unsafe try common(TLS_client_method(), settings.minimumVersion)
        do throws(TLSError) {
            if let identity { unsafe try identity.use(in: context) }
            unsafe copenssl_set_cache_mode(context, Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL))
            try unsafe offer(settings.applicationProtocols, context)
            switch settings.trust {
            case .system:
                guard unsafe SSL_CTX_set_default_verify_paths(context) == 1 else { throw .badAuthorities("the system's store") }
                unsafe SSL_CTX_set_verify_depth(context, Int32(settings.depth))
            case .authorities(let authorities):
                unsafe _ = try trust(context, authorities, depth: settings.depth, asksClients: false)
            case .insecure:
                unsafe SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
                return unsafe context
            }
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
            try unsafe expect(settings.serverName, context)
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        return unsafe context
    }

    @unsafe private static func common(_ method: OpaquePointer?, _ minimum: TLSVersion) throws(TLSError) -> OpaquePointer {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let context = unsafe SSL_CTX_new(method) else { throw .unavailable("TLS") }
        let least = switch minimum {
        case .tls12: TLS1_2_VERSION
        case .tls13: TLS1_3_VERSION
        }
        unsafe _ = SSL_CTX_set_options(context, copenssl_options)
        unsafe copenssl_set_modes(context)
        unsafe copenssl_set_read_ahead(context)
        unsafe copenssl_set_list_limit(context, greatestChain)
        unsafe SSL_CTX_set_security_level(context, securityLevel)
        guard unsafe copenssl_set_min_version(context, least) == 1, unsafe copenssl_set_max_version(context, TLS1_3_VERSION) == 1,
            unsafe SSL_CTX_set_cipher_list(context, ciphers12) == 1, unsafe SSL_CTX_set_ciphersuites(context, ciphers13) == 1,
            unsafe copenssl_set_groups(context, groups) == 1
        else {
            unsafe SSL_CTX_free(context)
            throw .unavailable("TLS 1.2 and 1.3 with today's ciphers")
        }
        return unsafe context
    }

    /// Trusts the authorities of a file.
    ///
    /// - Returns: A text that changes with what is trusted.
    @unsafe private static func trust(
        _ context: OpaquePointer, _ authorities: TLSAuthorities, depth: Int, asksClients: Bool
    ) throws(TLSError) -> String {
        ERR_clear_error()
        defer { ERR_clear_error() }
        var rules = try digest(authorities.file)
        guard unsafe SSL_CTX_load_verify_file(context, authorities.file) == 1 else { throw .badAuthorities(authorities.file) }
        if asksClients {
            guard let names = unsafe SSL_load_client_CA_file(authorities.file) else { throw .badAuthorities(authorities.file) }
            unsafe SSL_CTX_set_client_CA_list(context, names)
        }
        unsafe SSL_CTX_set_verify_depth(context, Int32(depth))
        let parameters = unsafe SSL_CTX_get0_param(context)
        // What the operator trusts is trusted, be it a root or not.
        guard unsafe X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN)) == 1 else {
            throw .unavailable("verification")
        }
        if let path = authorities.revocationFile {
            rules += try digest(path)
            let store = unsafe SSL_CTX_get_cert_store(context)
            guard let lookup = unsafe X509_STORE_add_lookup(store, X509_LOOKUP_file()),
                unsafe X509_load_crl_file(lookup, path, X509_FILETYPE_PEM) > 0
            else { throw .badRevocationList(path) }
            guard unsafe X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL)) == 1
            else { throw .unavailable("revocation") }
        }
        return rules
    }

    private static func digest(_ path: String) throws(TLSError) -> String {
        do {
            let bytes = try SecretFile.read(path, atMost: Certificate.greatestFile, access: .everyone)
            return (try? SHA256.digest(bytes.span).hexadecimal) ?? ""
        } catch {
            throw .file(error)
        }
    }

    /// The name or address that the peer's certificate must be for (RFC 9525).
    @unsafe private static func expect(_ name: String, _ context: OpaquePointer) throws(TLSError) {
        let parameters = unsafe SSL_CTX_get0_param(context)
        // The common name is no host name any more (RFC 9525 section 6.4.4).
        unsafe X509_VERIFY_PARAM_set_hostflags(
            parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        let set = unsafe TLSClientSide.isAddress(name)
            ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name) : X509_VERIFY_PARAM_set1_host(parameters, name, name.utf8.count)
        guard set == 1, !name.isEmpty else {
            throw .badSetting("'\(name)' is no host name and no IP address that a certificate can be checked against")
        }
    }

    @unsafe private static func offer(_ protocols: [String], _ context: OpaquePointer) throws(TLSError) {
        var list: [UInt8] = []
        for name in protocols {
            guard (1...255).contains(name.utf8.count) else { throw .badSetting("'\(name)' is no application protocol") }
            list += [UInt8(name.utf8.count)] + Array(name.utf8)
        }
        // This function, unlike its sisters, returns 0 when all is well.
        guard unsafe list.isEmpty || SSL_CTX_set_alpn_protos(context, list, UInt32(list.count)) == 0 else {
            throw .unavailable("ALPN")
        }
    }
}
