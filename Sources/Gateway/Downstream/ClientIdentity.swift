import HTTPWire

/// Who a request comes from: the peer of the connection, or whom trusted proxies name.
final class ClientIdentity {
    let address: IPAddress
    let port: UInt16
    /// The trusted proxies between the client and the gateway, nearest last; empty where there are none.
    let proxies: [IPAddress]
    /// As records name it.
    let addressText: [UInt8]
    /// `X-Forwarded-For` and `X-Forwarded-Proto` lines for the appliance.
    let forwardingFields: [UInt8]
    /// `proxies` as records name them.
    let chainText: [UInt8]

    /// - Parameters:
    ///   - proxies: The trusted proxies, the one that connected last.
    ///   - isTLS: The client came to the first proxy, or to the gateway, over TLS.
    init(_ address: IPAddress, port: UInt16, isTLS: Bool, through proxies: [IPAddress]) {
        self.address = address
        self.port = port
        self.proxies = proxies
        let client = address.description
        addressText = Array(client.utf8)
        let chain = proxies.map(\.description).joined(separator: ", ")
        let all = proxies.isEmpty ? client : "\(client), \(chain)"
        forwardingFields = Array("X-Forwarded-For: \(all)\r\nX-Forwarded-Proto: \(isTLS ? "https" : "http")\r\n".utf8)
        chainText = Array(chain.utf8)
    }

    /// Whom a trusted proxy names in the fields of a request; nil where it names nobody.
    convenience init?(_ head: RequestHead, _ bytes: Span<UInt8>, from peer: ClientIdentity, by traits: ListenerTraits) {
        let (client, told) = ForwardedChain.client(head, bytes, peer: peer.address, isTrusted: traits.trusts)
        guard !told.isEmpty else { return nil }
        let fields = head.fields
        let isTLS = fields.firstIndex(of: .xForwardedProto).map {
            bytes[fields[$0].value].equalsIgnoringCase("https")
        } ?? false
        self.init(client, port: 0, isTLS: isTLS, through: told + peer.proxies)
    }
}
