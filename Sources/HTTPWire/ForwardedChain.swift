/// Who sent a request, as trusted proxies in front tell it in X-Forwarded-For.
package enum ForwardedChain {
    /// Hops that are followed.
    package static let longest = 16

    /// Follows the list from its end, where the proxy nearest to the gateway wrote, as long as those who wrote are
    /// trusted.
    ///
    /// - Parameters:
    ///   - peer: Who connected; trusted, or the list means nothing.
    ///   - isTrusted: Whether an address is one of the operator's own proxies.
    /// - Returns: the client, and the trusted proxies that told of it, the peer last; none when nobody did. An entry
    ///   that is no address ends the search: then the last one that told is taken for the client.
    package static func client(
        _ head: RequestHead, _ bytes: Span<UInt8>, peer: IPAddress, isTrusted: (IPAddress) -> Bool
    ) -> (address: IPAddress, proxies: [IPAddress]) {
        var client = peer
        var told: [IPAddress] = []
        let fields = head.fields
        var index = fields.count
        while index > 0 {
            index -= 1
            let field = fields[index]
            guard field.id == .xForwardedFor else { continue }
            var end = field.value.end
            while true {
                guard told.count < longest, isTrusted(client) else { return (client, told.reversed()) }
                var start = end
                while start > field.value.start, bytes[start - 1] != 0x2c { start -= 1 }
                guard let address = IPAddress(bytes[trimmed(bytes, start, end)]) else { return (client, told.reversed()) }
                told.append(client)
                client = address
                guard start > field.value.start else { break }
                end = start - 1
            }
        }
        return (client, told.reversed())
    }

    private static func trimmed(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> ByteRange {
        var first = start
        var last = end
        while first < last, bytes[first] == 0x20 || bytes[first] == 0x09 { first += 1 }
        while last > first, bytes[last - 1] == 0x20 || bytes[last - 1] == 0x09 { last -= 1 }
        return ByteRange(first..<last)
    }
}
