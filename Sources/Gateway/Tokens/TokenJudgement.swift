import AccessControl
import AuditTrail
import HTTPWire
import Redaction
import Settings
import Store
import Tokens
import Transport

/// What a token would come to, for `explain`: by the code that lanes use, with nothing started.
package struct TokenJudgement: Sendable {
    /// What the token is judged by.
    package let base: PolicySnapshot
    /// The policy of the token alone; nil for one that is refused.
    package let policy: PolicySnapshot?
    /// `.allowed`, or why it is refused.
    package let reason: ReasonCode
    /// Whose token it is and how long it is good, or what is wrong with it. Never the token.
    package let text: String

    /// Fetches the issuer's keys where the settings say so, and then blocks.
    ///
    /// - Parameters:
    ///   - base: Compiled with `rules`.
    ///   - now: Unix seconds.
    package init(
        _ token: [UInt8], _ settings: Settings, under base: PolicySnapshot, _ rules: RedactionRules, now: Int64
    ) throws(GatewayError) {
        self.base = base
        let tokens = settings.authentication.tokens
        guard tokens.mode == .verify else {
            (policy, reason, text) = (nil, .unsupportedCredential, "authentication.jwt.mode is `deny`")
            return
        }
        guard case .token = Credential(token.span, ByteRange(start: 0, count: token.count)) else {
            (policy, reason) = (nil, .malformedCredential)
            text = "this is no JSON Web Token, so the gateway would not take it for one"
            return
        }
        var keys = try TokenKeys.read(settings)
        if let address = tokens.keySetURL {
            do { keys = try TokenKeySource(address, tokens.fetching).fetch() } catch {
                let reason = "the issuer's keys cannot be fetched from \(address.text): \(error.reason)"
                (policy, self.reason, text) = (nil, .tokenKeysUnavailable, reason)
                return
            }
        }
        let trust = TokenTrust(tokens, keys: keys)
        do throws(TokenRefusal) {
            let verified = try trust.verify(token.span, now: now, moment: 0)
            let key = trust.key(of: verified, base.operations, rules)
            // Any digest will do: nothing is looked up by it.
            policy = PolicySnapshot(of: base, for: key, digest: KeyDigest(1, 0, 0, 0), rules: ProtectionRules(rules))
            reason = .allowed
            text = Self.text(of: verified, key)
        } catch { (policy, reason, text) = (nil, error.reason, error.detail) }
    }

    private static func text(of token: VerifiedToken, _ key: APIKey) -> String {
        let signer = token.keyIdentifier.map { ", key \($0)" } ?? ""
        let identifier = token.identifier.map { ", jti \($0)" } ?? ""
        let grants = key.grants.isEmpty ? "nothing" : key.grants.map(\.description).joined(separator: ", ")
        return "\(key.name), \(token.algorithm.rawValue)\(signer)\(identifier), "
            + "until \(AuditTime.text(token.expiry * 1_000_000)); its claims grant \(grants)"
    }
}
