extension SettingsAssembly {
    /// What the TLS of a listener lacks, or has too much of: the key and the message.
    static func complaints(_ listener: Settings.Listener, _ index: Int) -> [(key: String, message: String)] {
        let tls = listener.tls
        let name = "listeners[\(index)]"
        var found: [(key: String, message: String)] = []
        guard tls.isOn else {
            if tls.hasOptions {
                found.append(("tls_certificates", "`\(name)` says how to speak TLS but has no `tls_certificates`"))
            }
            return found
        }
        if !tls.keys.isEmpty, tls.keys.count != tls.certificates.count {
            found.append(("tls_keys", """
                `\(name).tls_keys` has \(tls.keys.count) files for \(tls.certificates.count) certificates; give one for \
                each, or none when the keys stand in the certificates' files
                """))
        }
        if tls.clientCertificates != .none, tls.authorities.isEmpty {
            found.append(("tls_client_certificates", """
                `\(name).tls_client_certificates` needs `tls_authorities`: the file of who may vouch for clients
                """))
        }
        if tls.clientCertificates == .none, !tls.authorities.isEmpty || !tls.revocation.isEmpty {
            found.append(("tls_client_certificates", """
                `\(name)` has authorities or revocation lists for client certificates and does not ask for any; set \
                `tls_client_certificates` to `optional` or `required`
                """))
        }
        if listener.proxyProtocol != .off {
            found.append(("proxy_protocol", """
                `\(name)` cannot have both a PROXY protocol and TLS: with `proxy_protocol` the proxy in front speaks \
                TLS; use two listeners
                """))
        }
        if !listener.redirect.isEmpty {
            found.append(("redirect_to", "`\(name).redirect_to` is for a listener without TLS; remove one of the two"))
        }
        return found
    }

    /// The same for the appliance: the setting and the message.
    static func complaints(_ tls: Settings.UpstreamTLS, isTLS: Bool) -> [(setting: String, message: String)] {
        let name = "upstream.tls"
        guard isTLS else {
            return tls == Settings.UpstreamTLS() ? [] : [(name, "`\(name)` says how to speak TLS, but `upstream.url` is not https")]
        }
        var found: [(setting: String, message: String)] = []
        if tls.verification == .insecure, tls.authorities != Settings.UpstreamTLS.systemAuthorities || !tls.revocation.isEmpty {
            found.append(("\(name).verification", """
                with `insecure` no authority is asked: remove `\(name).authorities` and `\(name).revocation`, or `insecure`
                """))
        }
        if tls.authorities == Settings.UpstreamTLS.systemAuthorities, !tls.revocation.isEmpty, tls.verification == .full {
            found.append(("\(name).revocation", "revocation lists need `\(name).authorities` to be a file"))
        }
        if tls.certificate.isEmpty, !tls.key.isEmpty {
            found.append(("\(name).key", "`\(name).key` is of no use without `\(name).certificate`"))
        }
        return found
    }
}
