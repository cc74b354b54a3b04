import AccessControl
import HTTPWire
import Settings
import Transport

/// What is particular to one listener.
final class ListenerTraits: Sendable {
    let enforcement: Enforcement
    let trustedProxies: [IPNetwork]
    let proxyProtocol: ProxyHeader.Version
    /// nil: plain HTTP.
    let tls: TLSContext?
    /// Milliseconds.
    let handshakeTimeout: UInt64
    /// Lines that every answer has.
    let fields: [UInt8]
    /// Where every request is sent to; empty: requests are served.
    let redirect: [UInt8]
    /// New connections are taken.
    let isOpen: Bool

    init(_ listener: Settings.Listener, in settings: Settings, tls: TLSContext?) {
        enforcement = listener.enforcement.resolved(settings.enforcement) == .observe ? .observe : .enforce
        trustedProxies = listener.trustedProxies
        proxyProtocol = listener.proxyProtocol
        self.tls = tls
        handshakeTimeout = listener.tls.handshakeTimeout
        let seconds = tls == nil ? 0 : listener.tls.hsts / 1_000
        fields = seconds == 0 ? [] : Array("Strict-Transport-Security: max-age=\(seconds)\r\n".utf8)
        redirect = Array(listener.redirect.utf8)
        isOpen = true
    }

    /// Of a listener that a reload has taken away; its connections may still be there.
    static let strict = ListenerTraits()

    private init() {
        enforcement = .enforce
        trustedProxies = []
        proxyProtocol = .off
        tls = nil
        handshakeTimeout = 0
        fields = []
        redirect = []
        isOpen = false
    }

    func trusts(_ address: IPAddress) -> Bool { trustedProxies.contains { $0.contains(address) } }

    /// Whose a connection of this peer is for the limit of connections per client; nil for a trusted proxy's.
    func client(behind peer: IPAddress) -> IPAddress? { trusts(peer) ? nil : peer }
}

/// Which listener of the settings is meant, from one reload to the next: its address as it is written, and which of
/// those that are written alike, since several may ask for any port.
struct ListenerPlace: Hashable, Sendable {
    let address: String
    let occurrence: Int

    /// The places of listeners, in their order.
    static func all(of listeners: [Settings.Listener]) -> [ListenerPlace] {
        var seen: [String: Int] = [:]
        return listeners.map { listener in
            defer { seen[listener.address, default: 0] += 1 }
            return ListenerPlace(address: listener.address, occurrence: seen[listener.address] ?? 0)
        }
    }
}
