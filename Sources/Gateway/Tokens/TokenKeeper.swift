import Settings
import Tokens
import Transport

/// How it stands with the keys that tokens are verified with, for the operator.
package struct TokenKeyStatus: Sendable, Equatable {
    /// 0: none yet.
    package let keyCount: Int
    /// Seconds since the key set was fetched; nil: it is from files, or has not been fetched yet.
    package let age: UInt64?
    /// Fetches since the start that failed.
    package let failures: UInt64
    /// Why the last fetch failed, if it did.
    package let failure: String?
}

/// Keeps the keys of the settings in force, and those that are fetched. Confined to the control queue.
final class TokenKeeper {
    /// What the lanes verify by; nil: tokens are denied.
    private(set) var trust: TokenTrust?
    private(set) var fetcher: TokenKeyFetcher?
    private var settings = Settings.Tokens()
    private var keys: TokenKeySet?
    private var fetchedAt: UInt64?
    private var failures: UInt64 = 0
    private var failure: String?

    /// Takes settings and the keys of their files.
    ///
    /// - Parameter fetcher: Makes one that is not started yet. One that fetches the same keep its keys and goes on.
    func use(_ settings: Settings.Tokens, keys: TokenKeySet?, fetcher make: (TokenKeySource) -> TokenKeyFetcher) {
        let source = settings.mode == .verify ? settings.keySetURL.map { TokenKeySource($0, settings.fetching) } : nil
        self.settings = settings
        if fetcher == nil || fetcher?.source != source {
            fetcher?.stop()
            fetcher = source.map(make)
            self.keys = keys
            fetchedAt = nil
            failure = nil
        }
        compile()
    }

    /// - Returns: False where they come too late: another source counts by now.
    func take(_ keys: TokenKeySet, from fetcher: TokenKeyFetcher, at moment: UInt64) -> Bool {
        guard fetcher === self.fetcher else { return false }
        self.keys = keys
        fetchedAt = moment
        failure = nil
        compile()
        return true
    }

    /// - Returns: Whether keys of before are still good; nil where another source counts by now.
    func note(_ failure: String, of fetcher: TokenKeyFetcher) -> Bool? {
        guard fetcher === self.fetcher else { return nil }
        failures += 1
        self.failure = failure
        return trust?.hasKeys(at: LaneTime().milliseconds) ?? false
    }

    func stop() {
        fetcher?.stop()
        fetcher = nil
    }

    private func compile() {
        guard settings.mode == .verify else { return trust = nil }
        guard fetcher != nil else { return trust = TokenTrust(settings, keys: keys) }
        let end = (fetchedAt ?? 0).addingReportingOverflow(settings.fetching.maximumAge)
        trust = TokenTrust(settings, keys: keys, until: end.overflow ? .max : end.partialValue)
    }

    /// What an operator should know.
    var warnings: [String] {
        guard settings.mode == .verify, let address = fetcher?.source.address else { return [] }
        var warnings: [String] = []
        if let failure {
            let isServed = trust?.hasKeys(at: LaneTime().milliseconds) ?? false
            warnings.append("the token issuer's keys cannot be fetched from \(address.text)"
                + (isServed ? ": " : ", so every token is refused: ") + failure)
        }
        if settings.fetching.verification == .insecure {
            warnings.append("`authentication.jwt.jwks_verification` is `insecure`: whoever stands in between can make tokens")
        }
        return warnings
    }

    var status: TokenKeyStatus? {
        guard settings.mode == .verify else { return nil }
        return TokenKeyStatus(
            keyCount: keys?.keys.count ?? 0, age: fetchedAt.map { (LaneTime().milliseconds - $0) / 1_000 },
            failures: failures, failure: failure)
    }
}
