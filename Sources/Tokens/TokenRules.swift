/// What a token must be to be taken.
package struct TokenRules: Sendable, Equatable {
    /// Bytes of a token; heads hold no longer ones anyway.
    package static let greatestToken = 8 * 1024
    /// Bytes of `issuer/subject` as audit records hold them, where a backslash counts twice: a name that had to be cut
    /// could be somebody else's.
    package static let greatestPrincipal = 256

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
    /// What is looked for in the claims; what it grants is for the caller to say.
    package var claims: [ClaimRule] = []

    package init(algorithms: Set<TokenAlgorithm>, issuers: Set<String>, audiences: Set<String>) {
        self.algorithms = algorithms
        self.issuers = issuers
        self.audiences = audiences
    }
}

/// What is looked for in one claim: a string or a list of strings, each of which is one value.
package struct ClaimRule: Sendable, Equatable {
    package enum Match: Sendable, Equatable {
        /// Exactly this value.
        case value(String)
        /// Every value with this prefix; what follows it is a name that the issuer chose.
        case prefix(String)
    }

    /// Claims whose string is a list of words parted by blanks (RFC 8693 section 4.2, and an issuer's own spelling).
    /// In no other claim: a subject `root eve` must not be taken for `root`.
    private static let wordLists: Set<String> = ["scope", "scp"]

    /// The name of the claim, or names from the outside in: `["realm_access", "roles"]`.
    package var path: [String]
    package var match: Match

    package init(path: [String], match: Match) {
        self.path = path
        self.match = match
    }

    func values(in claims: [String: TokenJSON]) throws(TokenError) -> [String] {
        var value = TokenJSON.object(claims)
        for name in path {
            guard let inner = value.members?[name] else { return [] }
            value = inner
        }
        guard let texts = value.texts else { throw .badClaim(path.joined(separator: ".")) }
        guard case .string(let text) = value, let name = path.last, Self.wordLists.contains(name) else { return texts }
        return text.split(separator: " ").map(String.init)
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
    /// What the rules found, in their order.
    package private(set) var findings: [ClaimFinding] = []

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

    /// - Parameter number: of the rule.
    mutating func apply(_ rule: ClaimRule, _ number: Int, to values: [String]) {
        var names: [String] = []
        switch rule.match {
        case .value(let wanted): guard values.contains(where: { $0.isExactly(wanted) }) else { return }
        case .prefix(let prefix):
            for name in values.compactMap({ $0.removing(prefix: prefix) })
            where !name.isEmpty && !names.contains(where: { $0.isExactly(name) }) {
                names.append(name)
            }
            guard !names.isEmpty else { return }
        }
        findings.append(ClaimFinding(rule: number, names: names))
    }
}

/// That a rule found something.
package struct ClaimFinding: Sendable, Equatable {
    /// The number of the rule.
    package let rule: Int
    /// What stood behind its prefix, in order and without repetition.
    package let names: [String]
}

/// Byte by byte. Swift's own comparison takes letters for one another that Unicode calls equivalent: the Kelvin sign
/// (U+212A) for a K.
extension String {
    func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// What follows the prefix; nil for a text without it.
    func removing(prefix: String) -> String? {
        utf8.starts(with: prefix.utf8) ? String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : nil
    }
}
