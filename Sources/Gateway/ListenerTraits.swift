import AccessControl
import HTTPWire
import Settings

/// What is particular to one listener.
struct ListenerTraits: Sendable {
    let enforcement: Enforcement
    let trustedProxies: [IPNetwork]
    let proxyProtocol: ProxyHeader.Version

    init(_ listener: Settings.Listener, in settings: Settings) {
        let observes = switch listener.enforcement {
        case .inherit: settings.enforcement == .observe
        case .observe: true
        case .enforce: false
        }
        enforcement = observes ? .observe : .enforce
        trustedProxies = listener.trustedProxies
        proxyProtocol = listener.proxyProtocol
    }

    /// Of a listener that a reload has taken away; its connections may still be there.
    static let strict = ListenerTraits()

    private init() {
        enforcement = .enforce
        trustedProxies = []
        proxyProtocol = .off
    }

    func trusts(_ address: IPAddress) -> Bool { trustedProxies.contains { $0.contains(address) } }
}
