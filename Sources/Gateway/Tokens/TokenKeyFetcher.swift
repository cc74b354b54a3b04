import Dispatch
import Settings
import Synchronization
import Tokens
import Transport

/// Where a key set is fetched, and how.
struct TokenKeySource: Sendable, Equatable {
    let address: Settings.TokenKeyAddress
    let fetching: Settings.TokenKeyFetching

    init(_ address: Settings.TokenKeyAddress, _ fetching: Settings.TokenKeyFetching) {
        self.address = address
        self.fetching = fetching
    }

    /// Fetches the set. Blocks, so never on a lane nor on the control queue.
    func fetch() throws(TokenFetchFailure) -> TokenKeySet {
        var request = OutgoingRequest(host: address.host, port: address.port, target: address.target, tls: try tls())
        let types = OutgoingRequest.Field(name: "Accept", value: "application/jwk-set+json, application/json")
        request.fields = [types].compactMap { $0 }
        let response: OutgoingResponse
        do {
            response = try request.perform(
                bodyLimit: TokenKeySet.greatestText, by: .after(milliseconds: fetching.timeout))
        } catch { throw TokenFetchFailure(error.description) }
        guard response.status == 200 else {
            let hint = 300...399 ~= response.status ? "; redirects are not followed" : ""
            throw TokenFetchFailure("the server answered with status \(response.status)\(hint)")
        }
        do { return try TokenKeySet(jwks: response.body) } catch { throw TokenFetchFailure(error.description) }
    }

    private func tls() throws(TokenFetchFailure) -> TLSContext? {
        guard address.isTLS else { return nil }
        var settings = TLSClientSettings(serverName: address.host)
        if fetching.verification == .insecure {
            settings.trust = .insecure
        } else if fetching.authorities != Settings.UpstreamTLS.systemAuthorities {
            settings.trust = .authorities(TLSAuthorities(file: fetching.authorities, revocationFile: nil))
        }
        do { return try TLSContext(client: settings) } catch { throw TokenFetchFailure(error.description) }
    }
}

/// Why a key set could not be fetched: words for the operator.
struct TokenFetchFailure: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// Fetches a key set again and again, and out of turn when a lane meets a key that it does not know. On a queue of its
/// own, which may wait.
final class TokenKeyFetcher: Sendable {
    private struct State {
        var isUnderWay = false
        var isStopped = false
        /// Milliseconds of the monotonic clock at which the last fetch ended.
        var last: UInt64?
        /// Counts fetches, so that only the newest plan for the next one counts.
        var turn = 0
    }

    let source: TokenKeySource
    private let queue = DispatchQueue(label: "nodegate.token-keys", qos: .utility)
    private let state = Mutex(State())
    private let deliver: @Sendable (TokenKeyFetcher, Result<TokenKeySet, TokenFetchFailure>) -> Void

    /// - Parameter deliver: Called on the fetcher's queue.
    init(
        _ source: TokenKeySource,
        deliver: @escaping @Sendable (TokenKeyFetcher, Result<TokenKeySet, TokenFetchFailure>) -> Void
    ) {
        self.source = source
        self.deliver = deliver
    }

    /// Fetches soon, unless the last fetch was just now. Waits for nothing.
    func want() {
        let now = LaneTime().milliseconds
        let retry = source.fetching.retry
        begin { state in state.last.map { now >= $0 + retry } ?? true }
    }

    func stop() { state.withLock { $0.isStopped = true } }

    private func begin(if isDue: (State) -> Bool) {
        let begins = state.withLock { state in
            guard !state.isStopped, !state.isUnderWay, isDue(state) else { return false }
            state.isUnderWay = true
            return true
        }
        guard begins else { return }
        queue.async { [self] in fetch() }
    }

    private func fetch() {
        let result = Result { () throws(TokenFetchFailure) in try source.fetch() }
        let turn: Int? = state.withLock { state in
            state.isUnderWay = false
            state.last = LaneTime().milliseconds
            state.turn += 1
            return state.isStopped ? nil : state.turn
        }
        guard let turn else { return }
        deliver(self, result)
        let pause = switch result {
        case .success: source.fetching.refresh
        case .failure: source.fetching.retry
        }
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(pause))) { [weak self] in
            self?.begin { $0.turn == turn }
        }
    }
}
