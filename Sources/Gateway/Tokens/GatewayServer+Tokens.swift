import Dispatch
import Settings
import Tokens
import Transport

extension GatewayServer {
    /// Takes the keys of settings, on the control queue; the lanes get them by `post`.
    func useTokens(_ settings: Settings.Tokens, keys: TokenKeySet?) {
        tokens.use(settings, keys: keys) { source in
            TokenKeyFetcher(source) { [weak self] fetcher, result in
                guard let self else { return }
                let moment = LaneTime().milliseconds
                control.async { self.fetched(result, by: fetcher, at: moment) }
            }
        }
        tokens.fetcher?.want()
    }

    /// Before any listener accepts.
    func startTokens(_ settings: Settings.Tokens, keys: TokenKeySet?) {
        useTokens(settings, keys: keys)
        let handOver = tokenHandOver
        for (lane, gate) in zip(lanes, gates) { lane.post { handOver(gate.value) } }
    }

    /// What lanes verify by, for them to take.
    var tokenHandOver: @Sendable (GatewayLane) -> Void {
        let trust = tokens.trust
        let fetcher = tokens.fetcher
        return { gate in gate.tokens.use(trust) { fetcher?.want() } }
    }

    private func fetched(
        _ result: Result<TokenKeySet, TokenFetchFailure>, by fetcher: TokenKeyFetcher, at moment: UInt64
    ) {
        let address = fetcher.source.address.text
        switch result {
        case .success(let keys):
            let before = tokens.status?.keyCount ?? 0
            guard tokens.take(keys, from: fetcher, at: moment) else { return }
            let handOver = tokenHandOver
            for (lane, gate) in zip(lanes, gates) { lane.post { handOver(gate.value) } }
            log.log(level: before == keys.keys.count ? .debug : .info, "the token issuer's keys were fetched", metadata: [
                "url": "\(address)", "keys": "\(keys.keys.count)",
            ])
        case .failure(let failure):
            guard let isServed = tokens.note(failure.reason, of: fetcher) else { return }
            reports.tokenKeysNotFetched(address, failure.reason, isServed: isServed)
        }
    }

    /// nil: tokens are denied.
    package var tokenKeyStatus: TokenKeyStatus? { control.sync { tokens.status } }
}
