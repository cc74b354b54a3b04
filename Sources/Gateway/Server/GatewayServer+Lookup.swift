import Dispatch
import HTTPWire
import Settings
import Transport

/// Where a name leads: `SocketAddress.resolve` but for tests. May block for long.
package typealias AddressLookup = @Sendable (_ authority: String) throws(SocketError) -> [SocketAddress]

/// How far looking up the appliance's name has come.
struct UpstreamLookup {
    /// What it leads to, as the lanes know it.
    var addresses: [SocketAddress]
    /// Milliseconds of the monotonic clock at which it is looked up again.
    var due: UInt64
    var isRunning = false
    /// The last attempt failed, and the operator knows.
    var isFailing = false

    init(_ addresses: [SocketAddress], due: UInt64) {
        self.addresses = addresses
        self.due = due
    }
}

/// The appliance's name is looked up again and again, so that its addresses may change without a reload.
///
/// On a queue of its own: a lookup can take as long as the system's resolver likes, and neither requests nor changes of
/// keys wait for it. One at a time, so at most one thread is held up.
extension GatewayServer {
    /// Addresses of the appliance that are in use.
    package var upstreamAddresses: [SocketAddress] { control.sync { upstream.addresses } }

    static func addresses(_ settings: Settings, by lookup: AddressLookup) throws(GatewayError) -> [SocketAddress] {
        do { return try lookup(settings.upstream.authority) } catch {
            throw .address(setting: "upstream.url", error)
        }
    }

    static func nextLookup(_ settings: Settings) -> UInt64 {
        LaneTime().milliseconds + settings.upstream.lookupInterval
    }

    /// Called from time to time on the control queue.
    func lookUpUpstream() {
        let settings = plan.settings.upstream
        guard settings.lookupInterval > 0, IPAddress(settings.host) == nil, !upstream.isRunning,
            LaneTime().milliseconds >= upstream.due
        else { return }
        upstream.isRunning = true
        let authority = settings.authority
        names.async { [weak self, lookup, control] in
            let found = Result { () throws(SocketError) in try lookup(authority) }
            control.async { [weak self] in self?.upstreamFound(found, at: authority) }
        }
    }

    private func upstreamFound(_ found: Result<[SocketAddress], SocketError>, at authority: String) {
        upstream.isRunning = false
        upstream.due = Self.nextLookup(plan.settings)
        // A reload may have named another appliance meanwhile.
        guard !isStopped, authority == plan.settings.upstream.authority else { return }
        switch found {
        case .failure(let error):
            guard !upstream.isFailing else { return }
            upstream.isFailing = true
            log.warning("the appliance's name cannot be looked up again; its addresses of before stay in use: \(error)")
        case .success(let addresses):
            if upstream.isFailing { log.notice("the appliance's name can be looked up again") }
            upstream.isFailing = false
            use(addresses)
        }
    }

    private func use(_ addresses: [SocketAddress]) {
        let before = upstream.addresses
        let isSame = addresses.count == before.count && addresses.allSatisfy(before.contains)
        guard !isSame, !addresses.isEmpty else { return }
        upstream.addresses = addresses
        for (lane, gate) in zip(lanes, gates) { lane.post { gate.value.useUpstream(addresses) } }
        log.notice("the appliance's name leads to other addresses now", metadata: [
            "addresses": "\(addresses.map(\.description).joined(separator: " "))",
        ])
    }
}
