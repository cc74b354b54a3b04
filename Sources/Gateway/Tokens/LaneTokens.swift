import AccessControl
import Cryptography
import Redaction
import Store
import Tokens
import Transport

/// What a request's credential comes to.
struct PresentedCredential {
    var state: CredentialState
    /// The policy that a verified token is judged by, in place of the lane's: the same with one more key.
    var policy: PolicySnapshot?
    /// Why a token is refused, for the audit log.
    var refusal: TokenRefusal?

    init(_ state: CredentialState) { self.state = state }

    init(_ refusal: TokenRefusal) {
        state = .refused(refusal.reason)
        self.refusal = refusal
    }

    init(_ digest: KeyDigest, under policy: PolicySnapshot) {
        state = .digest(digest)
        self.policy = policy
    }
}

/// The tokens of one lane. A token that has been verified is known by its digest until it ends, or until keys, settings
/// or the policy change. Confined to the lane.
final class LaneTokens {
    /// Tokens that are remembered; beyond it the first to have come is forgotten.
    private static let limit = 1_024

    private struct Entry {
        let policy: PolicySnapshot
        /// Unix seconds.
        let expiry: Int64
    }

    /// nil: tokens are denied.
    private var trust: TokenTrust?
    /// Asks for the issuer's keys anew; never waits.
    private var wantKeys: @Sendable () -> Void = {}
    private var computation: SHA256
    private var entries: [Digest256: Entry] = [:]
    /// Digests in the order in which they came, from `oldest` on, around the end.
    private var order: [Digest256] = []
    private var oldest = 0
    /// Tokens that were verified, not remembered.
    private(set) var verified: UInt64 = 0

    var remembered: Int { entries.count }

    init() throws(CryptographyError) { computation = try SHA256() }

    func use(_ trust: TokenTrust?, wantKeys: @escaping @Sendable () -> Void) {
        self.trust = trust
        self.wantKeys = wantKeys
        forget()
    }

    /// The policy has changed, or how tokens are judged.
    func forget() {
        entries.removeAll(keepingCapacity: true)
        order.removeAll(keepingCapacity: true)
        oldest = 0
    }

    /// - Parameters:
    ///   - base: The lane's policy; every one that is remembered was made of it.
    ///   - rules: Those that it was compiled with.
    func present(
        _ token: Span<UInt8>, at time: LaneTime, under base: PolicySnapshot, _ rules: RedactionRules
    ) -> PresentedCredential {
        guard let trust else { return PresentedCredential(.refused(.unsupportedCredential)) }
        let digest: Digest256
        do {
            try computation.update(token)
            digest = try computation.finish()
        } catch { return PresentedCredential(.refused(.internalError)) }
        let key = KeyDigest(digest.word0, digest.word1, digest.word2, digest.word3)
        if let entry = entries[digest], time.seconds < entry.expiry, trust.hasKeys(at: time.milliseconds) {
            return PresentedCredential(key, under: entry.policy)
        }
        do throws(TokenRefusal) {
            let token = try trust.verify(token, now: time.seconds, moment: time.milliseconds)
            verified += 1
            let policy = PolicySnapshot(
                of: base, for: trust.key(of: token, base.operations, rules), digest: key, rules: ProtectionRules(rules))
            remember(digest, Entry(policy: policy, expiry: token.expiry))
            return PresentedCredential(key, under: policy)
        } catch {
            entries[digest] = nil
            switch error {
            case .token(.unknownKey), .noKeys: wantKeys()
            case .token: break
            }
            return PresentedCredential(error)
        }
    }

    private func remember(_ digest: Digest256, _ entry: Entry) {
        guard entries.updateValue(entry, forKey: digest) == nil else { return }
        guard order.count >= Self.limit else { return order.append(digest) }
        entries[order[oldest]] = nil
        order[oldest] = digest
        oldest = (oldest + 1) % Self.limit
    }
}
