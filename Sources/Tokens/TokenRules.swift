/// What a token must be to be taken.
package struct TokenRules: Sendable, Equatable {
    /// Bytes of a token; heads hold no longer ones anyway.
    package static let greatestToken = 8 * 1024
    /// Bytes of a subject, which names the principal in audit records.
    package static let greatestSubject = 256

    /// Keys that a token without `kid` is tried with.
    package static let greatestTries = 8

    /// Nothing else is verified at all.
    package var algorithms: Set<TokenAlgorithm>
    /// `iss` must be one of these, letter by letter.
    package var issuers: Set<String>
    /// `aud` must name one of these.
    package var audiences: Set<String>
    /// Seconds that clocks may differ.
    package var leeway: Int64 = 30
    /// Seconds from `iat` (or from now, without one) to `exp`.
    package var maximumLifetime: Int64 = 24 * 3600
    /// The header's `typ` must be this, such as `at+jwt` (RFC 9068); nil for none, `JWT` and `at+jwt`.
    package var type: String?
    /// The claim that names the principal.
    package var subjectClaim = "sub"
    /// What a token's claims grant; without a rule they grant nothing.
    package var grants: [ClaimRule] = []

    package init(algorithms: Set<TokenAlgorithm>, issuers: Set<String>, audiences: Set<String>) {
        self.algorithms = algorithms
        self.issuers = issuers
        self.audiences = audiences
    }
}

/// What one claim grants. A claim is a string, a list of strings, or a string of words parted by blanks (`scope` in
/// RFC 8693 section 4.2): each of these is one value.
package struct ClaimRule: Sendable, Equatable {
    package enum Grant: Sendable, Equatable {
        /// The value itself is a scope, less this prefix; values without the prefix grant nothing.
        case scopes(prefix: String)
        /// The value itself is the name of a role, less this prefix.
        case roles(prefix: String)
        /// Exactly this value grants these.
        case value(String, scopes: [String], roles: [String])
    }

    /// The name of the claim, or names from the outside in: `["realm_access", "roles"]`.
    package var path: [String]
    package var grant: Grant

    package init(path: [String], grant: Grant) {
        self.path = path
        self.grant = grant
    }

    func values(in claims: [String: TokenJSON]) throws(TokenError) -> [String] {
        var value = TokenJSON.object(claims)
        for name in path {
            guard let inner = value.members?[name] else { return [] }
            value = inner
        }
        guard let texts = value.texts else { throw .badClaim(path.joined(separator: ".")) }
        guard case .string = value else { return texts }
        return texts.flatMap { $0.split(separator: " ").map(String.init) }
    }

    func apply(to values: [String], _ token: inout VerifiedToken) {
        for value in values {
            switch grant {
            case .scopes(let prefix): if value.hasPrefix(prefix) { token.grant(scope: String(value.dropFirst(prefix.count))) }
            case .roles(let prefix): if value.hasPrefix(prefix) { token.grant(role: String(value.dropFirst(prefix.count))) }
            case .value(let expected, let scopes, let roles):
                guard value == expected else { continue }
                for scope in scopes { token.grant(scope: scope) }
                for role in roles { token.grant(role: role) }
            }
        }
    }
}

/// What a token has proved.
package struct VerifiedToken: Sendable, Equatable {
    package let issuer: String
    package let subject: String
    package let algorithm: TokenAlgorithm
    package let keyIdentifier: String?
    /// `jti`.
    package let identifier: String?
    /// Unix seconds; from then on the token is not good any more, leeway included.
    package let expiry: Int64
    /// As text, in order and without repetition; whether such scopes and roles exist is for the policy to say.
    package private(set) var scopes: [String] = []
    package private(set) var roles: [String] = []

    init(
        issuer: String, subject: String, algorithm: TokenAlgorithm, keyIdentifier: String?, identifier: String?, expiry: Int64
    ) {
        self.issuer = issuer
        self.subject = subject
        self.algorithm = algorithm
        self.keyIdentifier = keyIdentifier
        self.identifier = identifier
        self.expiry = expiry
    }

    mutating func grant(scope: String) {
        if !scope.isEmpty, !scopes.contains(scope) { scopes.append(scope) }
    }

    mutating func grant(role: String) {
        if !role.isEmpty, !roles.contains(role) { roles.append(role) }
    }
}
