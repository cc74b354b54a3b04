import Cryptography

/// The least version that is spoken; older ones than these are not (RFC 8996).
package enum TLSVersion: Sendable, Equatable {
    case tls12, tls13
}

/// A certificate with its key, both in PEM files.
package struct TLSIdentity: Sendable, Equatable {
    /// The certificate first, then the authorities between it and the root.
    package var certificateFile: String
    /// May be the same file.
    package var keyFile: String

    package init(certificateFile: String, keyFile: String) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}

/// Who may vouch for clients.
package struct TLSAuthorities: Sendable, Equatable {
    /// PEM certificates that are trusted, each by itself: an authority in the middle of a chain is enough.
    package var file: String
    /// PEM revocation lists. With them every certificate of a chain needs a current list of its issuer.
    package var revocationFile: String?

    package init(file: String, revocationFile: String? = nil) {
        self.file = file
        self.revocationFile = revocationFile
    }
}

/// TLS of a listener.
package struct TLSServerSettings: Sendable {
    package enum ClientCertificates: Sendable, Equatable {
        case none
        /// A client may come without; a certificate that is not good ends the handshake all the same.
        case optional(TLSAuthorities)
        case required(TLSAuthorities)
    }

    /// The first one serves clients that name no host, or one that no certificate is for.
    package var identities: [TLSIdentity]
    package var clientCertificates = ClientCertificates.none
    package var minimumVersion = TLSVersion.tls12
    /// In order of preference (RFC 7301); a client that offers only others is refused.
    package var applicationProtocols = ["http/1.1"]
    /// Certificates between a client's and the trusted one.
    package var depth = 4
    /// Seconds that a session may be resumed.
    package var sessionLifetime = 3600

    package init(identities: [TLSIdentity]) { self.identities = identities }
}

/// TLS to one upstream.
package struct TLSClientSettings: Sendable, Equatable {
    package enum Trust: Sendable, Equatable {
        /// The distribution's store of authorities.
        case system
        case authorities(TLSAuthorities)
        /// Neither issuer nor host is looked at: anyone in between can read and change everything, unless keys
        /// are pinned.
        case insecure
    }

    /// The host name or IP address that the certificate must be for. A name is also sent as SNI.
    package var serverName: String
    package var trust = Trust.system
    /// SHA-256 of public keys (SubjectPublicKeyInfo), one of which must be the peer's; empty for any key.
    package var pins: [Digest256] = []
    package var identity: TLSIdentity?
    package var minimumVersion = TLSVersion.tls12
    package var applicationProtocols = ["http/1.1"]
    package var depth = 10
    /// Sessions kept for resumption.
    package var sessionCount = 32

    package init(serverName: String) { self.serverName = serverName }

    /// To be said at start, in status and in `check`.
    package var isInsecure: Bool { trust == .insecure && pins.isEmpty }
}
