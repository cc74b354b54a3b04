import HTTPWire

/// Who a request comes from: the peer of the connection, or whom trusted proxies name.
struct ClientIdentity {
    let address: IPAddress
    let port: UInt16
    /// As records name it.
    let addressText: [UInt8]
    /// `X-Forwarded-For` and `X-Forwarded-Proto` lines for the appliance.
    let forwardingFields: [UInt8]
    /// The proxies between the client and the gateway, nearest last; empty where there are none.
    let chainText: [UInt8]

    /// - Parameters:
    ///   - proxy: The trusted proxy that connected.
    ///   - isTLS: The client came to the first proxy, or to the gateway, over TLS.
    init(_ address: IPAddress, port: UInt16, isTLS: Bool, through proxy: IPAddress?) {
        self.address = address
        self.port = port
        let client = address.description
        addressText = Array(client.utf8)
        let chain = proxy.map { "\(client), \($0)" } ?? client
        forwardingFields = Array("X-Forwarded-For: \(chain)\r\nX-Forwarded-Proto: \(isTLS ? "https" : "http")\r\n".utf8)
        chainText = proxy.map { Array($0.description.utf8) } ?? []
    }

    /// Whom a trusted proxy names in the fields of a request; nil where it names nobody.
    init?(_ head: RequestHead, _ bytes: Span<UInt8>, from peer: ClientIdentity, by traits: ListenerTraits) {
        let (client, hops) = ForwardedChain.client(head, bytes, peer: peer.address, isTrusted: traits.trusts)
        guard hops > 0 else { return nil }
        let fields = head.fields
        let isTLS = fields.firstIndex(of: .xForwardedProto).map {
            bytes[fields[$0].value].equalsIgnoringCase("https")
        } ?? false
        self.init(client, port: 0, isTLS: isTLS, through: peer.address)
    }
}
