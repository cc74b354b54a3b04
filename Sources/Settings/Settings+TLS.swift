extension Settings {
    /// The least version that is spoken.
    package enum TLSVersion: String, CaseIterable, Sendable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    package enum ClientCertificates: String, CaseIterable, Sendable {
        case none, optional, required
    }

    /// TLS of one listener.
    package struct ListenerTLS: Sendable, Equatable {
        /// PEM files; none: plain HTTP.
        package var certificates: [String] = []
        /// The files of their keys, in the same order; none: each key stands in its certificate's file.
        package var keys: [String] = []
        package var minimumVersion = TLSVersion.tls12
        package var clientCertificates = ClientCertificates.none
        /// A PEM file of who may vouch for clients.
        package var authorities = ""
        /// A PEM file of revocation lists; empty: none.
        package var revocation = ""
        /// Milliseconds from the connection to the end of the handshake.
        package var handshakeTimeout: UInt64 = 10_000
        /// Milliseconds that browsers are told to use nothing but https; 0: they are not told.
        package var hsts: UInt64 = 0

        package init() {}

        package var isOn: Bool { !certificates.isEmpty }

        /// Each certificate with the file of its key.
        package var pairs: [(certificate: String, key: String)] {
            certificates.enumerated().map { ($1, keys.isEmpty ? $1 : keys[$0]) }
        }

        /// Options that mean something beside `other` only with a certificate.
        var hasOptions: Bool {
            var plain = ListenerTLS()
            plain.certificates = certificates
            return self != plain
        }
    }

    package enum Verification: String, CaseIterable, Sendable {
        case full
        /// Neither issuer nor host of the appliance's certificate is looked at.
        case insecure
    }

    /// TLS to the appliance, where its URL is https.
    package struct UpstreamTLS: Sendable, Equatable {
        /// The value of `authorities` that stands for the distribution's store.
        package static let systemAuthorities = "system"

        /// The name or address that the certificate must be for; empty: the URL's host.
        package var serverName = ""
        package var verification = Verification.full
        /// A PEM file, or `system`.
        package var authorities = UpstreamTLS.systemAuthorities
        /// A PEM file of revocation lists; empty: none.
        package var revocation = ""
        /// SHA-256 of public keys, 64 hexadecimal digits each; none: any key.
        package var pins: [String] = []
        /// The gateway's own certificate and its key; empty: none.
        package var certificate = ""
        package var key = ""
        package var minimumVersion = TLSVersion.tls12

        package init() {}
    }
}
