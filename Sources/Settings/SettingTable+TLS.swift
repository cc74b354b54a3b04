extension SettingTable {
    /// Keys of a listener.
    static let listenerTLS: [SettingEntry<Settings.Listener>] = [
        .value(
            "tls_certificates", \.tls.certificates, .paths, takesSequence: true,
            """
            With a certificate the listener speaks TLS and nothing else. Each file is PEM: the certificate, then the \
            authorities between it and the root. Clients choose by host name (SNI) and kind of key; the first file \
            serves all others.
            """),
        .value(
            "tls_keys", \.tls.keys, .paths, takesSequence: true,
            """
            The private keys in PEM, one file for each certificate, in the same order; none when each stands in its \
            certificate's file. They must not be readable for everybody.
            """),
        .value("tls_minimum_version", \.tls.minimumVersion, .word, "The least version of TLS; nothing older is spoken."),
        .value(
            "tls_client_certificates", \.tls.clientCertificates, .word,
            "Whether clients are asked for a certificate. One that is not good ends the handshake in any case."),
        .value(
            "tls_authorities", \.tls.authorities, .path(empty: "none"),
            "The PEM certificates of who may vouch for clients, and of nobody else: the system's store is not used."),
        .value(
            "tls_revocation", \.tls.revocation, .path(empty: "none"),
            "Revocation lists in PEM; with them every certificate of a chain needs a current list of its issuer."),
        .value(
            "tls_handshake_timeout", \.tls.handshakeTimeout, .duration(100...600_000),
            "From a client's connection to the end of its TLS handshake."),
        .value(
            "hsts", \.tls.hsts, .duration(1_000...94_608_000_000, none: true),
            "How long browsers are told to use nothing but https (Strict-Transport-Security, RFC 6797)."),
        .value(
            "redirect_to", \.redirect, .origin(empty: "requests are served"),
            """
            On a listener without TLS: every request is answered with a redirect (308) to this origin, and nothing \
            else is done.
            """),
    ]

    static let upstreamTLS: [Entry] = [
        .value(
            "server_name", \.settings.upstream.tls.serverName, .authorityHost(empty: "the host of the URL"),
            "The host name or address that the appliance's certificate must be for. A name is also sent (SNI)."),
        .value(
            "verification", \.settings.upstream.tls.verification, .word,
            """
            With `insecure` anybody between the gateway and the appliance can read and change everything, unless keys \
            are pinned.
            """),
        .value(
            "authorities", \.settings.upstream.tls.authorities, .path(),
            "A PEM file of who may vouch for the appliance; `system`: the system's store."),
        .value(
            "revocation", \.settings.upstream.tls.revocation, .path(empty: "none"),
            "Revocation lists in PEM; with them every certificate of a chain needs a current list of its issuer."),
        .value(
            "pins", \.settings.upstream.tls.pins, .digests, takesSequence: true,
            """
            The appliance's public key must be one of these, as `nodegate tls show` prints them (key SHA-256); none: any \
            key.
            """),
        .value(
            "certificate", \.settings.upstream.tls.certificate, .path(empty: "none"),
            "The gateway's own certificate in PEM, where the appliance's web server asks for one."),
        .value(
            "key", \.settings.upstream.tls.key, .path(empty: "in the certificate's file"),
            "The private key of that certificate in PEM. It must not be readable for everybody."),
        .value(
            "minimum_version", \.settings.upstream.tls.minimumVersion, .word,
            "The least version of TLS; nothing older is spoken."),
    ]
}
