import AccessControl
import Redaction
import Settings
import Tokens

/// Why a token is no credential.
enum TokenRefusal: Error, Equatable {
    case token(TokenError)
    /// The issuer's key set has not been fetched yet, or is too old.
    case noKeys

    var reason: ReasonCode {
        switch self {
        case .token: .refusedToken
        case .noKeys: .tokenKeysUnavailable
        }
    }

    /// For the audit log; the client is told one thing for all.
    var detail: String {
        switch self {
        case .token(let error): error.description
        case .noKeys: "the issuer's key set could not be fetched, or is too old"
        }
    }
}

/// What tokens are verified by and what they grant: settings and one set of keys, immutable, shared by the lanes.
final class TokenTrust: Sendable {
    private let settings: Settings.Tokens
    private let verifier: TokenVerifier?
    /// Milliseconds of the monotonic clock at which the keys are too old; `UInt64.max` for keys of files.
    private let end: UInt64

    /// - Parameter keys: nil: there are none yet.
    init(_ settings: Settings.Tokens, keys: TokenKeySet?, until end: UInt64 = .max) {
        self.settings = settings
        self.end = end
        verifier = keys.map { TokenVerifier(keys: $0, rules: Self.rules(settings)) }
    }

    private static func rules(_ settings: Settings.Tokens) -> TokenRules {
        var rules = TokenRules(
            algorithms: Set(settings.algorithms.map(TokenAlgorithm.init)), issuers: [settings.issuer],
            audiences: Set(settings.audiences))
        rules.leeway = Int64(settings.leeway / 1_000)
        rules.maximumLifetime = Int64(settings.maximumLifetime / 1_000)
        rules.type = settings.type.isEmpty ? nil : settings.type
        rules.subjectClaim = settings.subjectClaim
        rules.claims = settings.grants.map { grant in
            switch grant.match {
            case .exact: ClaimRule(path: grant.path, match: .value(grant.value))
            case .prefix: ClaimRule(path: grant.path, match: .prefix(grant.value))
            }
        }
        return rules
    }

    /// - Parameter moment: Milliseconds of the monotonic clock.
    func hasKeys(at moment: UInt64) -> Bool { verifier != nil && moment < end }

    /// - Parameters:
    ///   - now: Unix seconds.
    ///   - moment: Milliseconds of the monotonic clock.
    func verify(_ token: Span<UInt8>, now: Int64, moment: UInt64) throws(TokenRefusal) -> VerifiedToken {
        guard let verifier, hasKeys(at: moment) else { throw .noKeys }
        do throws(TokenError) { return try verifier.verify(token, now: now) } catch { throw .token(error) }
    }

    /// Whom a token stands for, as the policy sees it: a key that the store does not have.
    ///
    /// Its end is not the key's: a token is verified again before it is too old.
    func key(of token: VerifiedToken, _ operations: OperationTable, _ rules: RedactionRules) -> APIKey {
        var grants: [ScopePattern] = []
        for finding in token.findings where settings.grants.indices.contains(finding.rule) {
            let grant = settings.grants[finding.rule]
            switch grant.match {
            case .exact: grants += grant.grants
            case .prefix: grants += Self.chosen(finding.names, from: grant.grants, operations, rules)
            }
        }
        return APIKey(
            id: TokenPrincipal.keyID, name: "\(token.issuer)/\(token.subject)", created: 0, grants: grants,
            isObserved: settings.enforcement == .observe)
    }

    /// Of the scopes that an issuer names, those that the configuration lets it choose.
    private static func chosen(
        _ names: [String], from offered: [ScopePattern], _ operations: OperationTable, _ rules: RedactionRules
    ) -> [ScopePattern] {
        let offer = APIKey(id: TokenPrincipal.keyID, name: "", created: 0, grants: offered)
        return names.compactMap(Scope.init).filter { scope in
            // An explicit scope must be offered by its name; so must one that nothing is known of, since it may be one.
            let unlocking = RedactionScope(controller: scope.controller, action: scope.action)
            let isExplicit = operations.index(of: scope) == nil || operations.needsExactGrant(scope)
                || rules.rules.contains { $0.unlockedBy == unlocking }
            switch offer.standing(on: scope, exactOnly: isExplicit) {
            case .granted: return true
            case .denied, .exactGrantRequired, .missing: return false
            }
        }.map { ScopePattern($0) }
    }
}

/// Tokens among the keys of a policy.
enum TokenPrincipal {
    /// Keys of the store count up from 1, users with HTTP Basic down from -1.
    static let keyID = Int64.min

    static func holds(_ keyID: Int64) -> Bool { keyID == Self.keyID }
}

extension TokenAlgorithm {
    init(_ algorithm: Settings.TokenAlgorithm) {
        self = switch algorithm {
        case .rs256: .rs256
        case .rs384: .rs384
        case .rs512: .rs512
        case .ps256: .ps256
        case .es256: .es256
        case .es384: .es384
        case .eddsa: .eddsa
        case .hs256: .hs256
        }
    }
}
