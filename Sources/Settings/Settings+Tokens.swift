import AccessControl

extension Settings {
    /// JSON Web Tokens (RFC 7519) as credentials.
    package struct Tokens: Sendable, Equatable {
        package var mode = TokenMode.deny
        /// Nothing else is verified at all.
        package var algorithms: [TokenAlgorithm] = []
        /// Where the keys are; exactly one of the four with `verify`.
        package var publicKeys: [String] = []
        package var keySetFile = ""
        package var secretFile = ""
        package var keySetURL: TokenKeyAddress?
        package var fetching = TokenKeyFetching()
        /// Who signs.
        package var issuer = ""
        /// Whom tokens are for: one of these.
        package var audiences: [String] = []
        /// The header's `typ`; empty: any of those that tokens have.
        package var type = ""
        /// The claim that names the principal.
        package var subjectClaim = "sub"
        /// Milliseconds that clocks may differ.
        package var leeway: UInt64 = 30_000
        /// Milliseconds that a token may be valid.
        package var maximumLifetime: UInt64 = 86_400_000
        /// What claims grant; without any, tokens hold nothing.
        package var grants: [TokenGrant] = []
        /// Whether lack of an ordinary scope refuses a token.
        package var enforcement = Enforcement.enforce

        package init() {}
    }

    package enum TokenMode: String, CaseIterable, Sendable {
        case deny
        /// The gateway verifies tokens and grants by their claims.
        case verify
    }

    package enum TokenAlgorithm: String, CaseIterable, Sendable {
        case rs256 = "RS256", rs384 = "RS384", rs512 = "RS512", ps256 = "PS256"
        case es256 = "ES256", es384 = "ES384", eddsa = "EdDSA", hs256 = "HS256"
    }

    package enum TokenMatch: String, CaseIterable, Sendable {
        case exact, prefix
    }

    /// Where a key set is fetched.
    package struct TokenKeyAddress: Sendable, Equatable {
        package var isTLS: Bool
        /// Without the brackets of IPv6.
        package var host: String
        package var port: UInt16
        /// From its slash on, with the query.
        package var target: String

        /// The machine itself, which no network lies before.
        package var isLoopback: Bool {
            host == "localhost" || host == "::1" || host == "127.0.0.1"
        }

        package var text: String {
            (isTLS ? "https://" : "http://") + (host.contains(":") ? "[\(host)]" : host)
                + (port == (isTLS ? 443 : 80) ? "" : ":\(port)") + target
        }
    }

    /// How a key set is fetched. Durations in milliseconds.
    package struct TokenKeyFetching: Sendable, Equatable {
        /// Who may vouch for the server: a PEM file, or `UpstreamTLS.systemAuthorities`.
        package var authorities = UpstreamTLS.systemAuthorities
        package var verification = Verification.full
        /// Between two fetches that worked.
        package var refresh: UInt64 = 900_000
        /// Between two fetches at least: after one that failed, and for keys that are not known.
        package var retry: UInt64 = 10_000
        package var timeout: UInt64 = 10_000
        /// From then on the keys are too old to be used.
        package var maximumAge: UInt64 = 86_400_000

        package init() {}
    }

    /// What one value of one claim grants.
    package struct TokenGrant: Sendable, Equatable {
        /// The claim as it is written: a name, or a JSON pointer (RFC 6901).
        package var claim: String
        package var value: String
        /// With `prefix` what stands behind it names a scope, as the issuer chose, and `grants` is what it may choose from.
        package var match: TokenMatch
        package var grants: [ScopePattern]

        package init(claim: String, value: String, match: TokenMatch = .exact, grants: [ScopePattern]) {
            self.claim = claim
            self.value = value
            self.match = match
            self.grants = grants
        }

        /// Names from the outside in.
        package var path: [String] { Self.path(claim) ?? [claim] }

        /// nil for what is no pointer.
        static func path(_ claim: String) -> [String]? {
            guard claim.hasPrefix("/") else { return claim.isEmpty ? nil : [claim] }
            let parts = claim.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            // RFC 6901 section 4: ~1 stands for a slash, ~0 for a tilde.
            let names = parts.map { String($0).replacing("~1", with: "/").replacing("~0", with: "~") }
            return names.contains("") || names.count > 8 ? nil : names
        }
    }
}
