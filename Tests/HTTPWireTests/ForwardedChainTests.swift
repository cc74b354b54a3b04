import HTTPWire
import Testing

@Suite("X-Forwarded-For: followed from its end as long as those who wrote are trusted")
struct ForwardedChainTests {
    private static let trusted = ["10.0.0.0/8", "2001:db8:1::/48"].compactMap { IPNetwork($0) }

    /// The client of a request with these X-Forwarded-For lines, and who told of it.
    private func found(_ lines: [String], from peer: String, trusting networks: [IPNetwork] = trusted) throws
        -> (address: IPAddress, proxies: [IPAddress])
    {        let fields = lines.map { "X-Forwarded-For: \($0)\r\nX-Other: 6.6.6.6\r\n" }.joined()
        let message = Array("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n".utf8)
        let head = RequestHead(limits: HTTPLimits())
        var parser = RequestParser(limits: HTTPLimits())
        _ = try #require(try parser.parse(message, into: head))
        return ForwardedChain.client(head, message.span, peer: try #require(IPAddress(peer))) { address in
            networks.contains { $0.contains(address) }
        }
    }

    /// The same in short: the client, and how many told of it.
    private func client(_ lines: [String], from peer: String, trusting networks: [IPNetwork] = trusted) throws -> String {
        let found = try found(lines, from: peer, trusting: networks)
        return "\(found.address) \(found.proxies.count)"
    }

    @Test("those who told are given in the order of the way, the peer last")
    func proxies() throws {
        let found = try found(["6.6.6.6, 192.0.2.7, 10.0.0.3", "10.0.0.2"], from: "10.0.0.1")
        #expect(found.address.description == "192.0.2.7")
        #expect(found.proxies.map(\.description) == ["10.0.0.3", "10.0.0.2", "10.0.0.1"])
        #expect(try self.found([], from: "10.0.0.1").proxies == [])
        #expect(try self.found(["192.0.2.7"], from: "11.0.0.1").proxies == [])
    }

    @Test("from a trusted peer", arguments: [
        ([], "10.0.0.1 0"), (["192.0.2.7"], "192.0.2.7 1"), (["  192.0.2.7\t"], "192.0.2.7 1"),
        // The client wrote the first two itself.
        (["6.6.6.6, 10.6.6.6, 192.0.2.7"], "192.0.2.7 1"), (["6.6.6.6, 192.0.2.7, 10.0.0.2"], "192.0.2.7 2"),
        (["6.6.6.6,192.0.2.7 ,10.0.0.3 , 10.0.0.2"], "192.0.2.7 3"),
        // Several lines are one list.
        (["6.6.6.6", "192.0.2.7"], "192.0.2.7 1"), (["192.0.2.7", "10.0.0.2"], "192.0.2.7 2"),
        (["6.6.6.6, 192.0.2.7", "10.0.0.3, 10.0.0.2"], "192.0.2.7 3"),
        (["2001:db8:2::9, 2001:db8:1::1"], "2001:db8:2::9 2"), (["::ffff:10.0.0.9"], "10.0.0.9 1"),
        // All are trusted: the first that wrote is the client.
        (["10.0.0.4, 10.0.0.3"], "10.0.0.4 2"),
    ] as [([String], String)])
    func followed(lines: [String], expected: String) throws {
        #expect(try client(lines, from: "10.0.0.1") == expected)
    }

    @Test("an entry that is no address ends the search", arguments: [
        "", " ", ",", "unknown", "_hidden", "192.0.2.7:80", "[2001:db8::1]", "[2001:db8::1]:80", "\"192.0.2.7\"", "for=192.0.2.7",
        "192.0.2.7 10.0.0.2", "192.0.2.256", "localhost", "192.0.2.7;", "192.0.2.7,",
    ])
    func malformed(entry: String) throws {
        #expect(try client([entry], from: "10.0.0.1") == "10.0.0.1 0")
        #expect(try client(["192.0.2.7, \(entry), 10.0.0.2"], from: "10.0.0.1") == "10.0.0.2 1")
        #expect(try client(["192.0.2.7", entry, "10.0.0.2"], from: "10.0.0.1") == "10.0.0.2 1")
    }

    @Test("from anybody else it means nothing", arguments: ["192.0.2.1", "11.0.0.1", "2001:db8:2::1", "127.0.0.1"])
    func untrusted(peer: String) throws {
        #expect(try client(["10.0.0.1"], from: peer) == "\(peer) 0")
        #expect(try client(["192.0.2.7, 10.0.0.1"], from: peer) == "\(peer) 0")
        #expect(try client(["192.0.2.7"], from: peer, trusting: []) == "\(peer) 0")
    }

    @Test("no more than its limit of hops is followed")
    func long() throws {
        let list = (0..<40).map { "10.0.1.\($0)" }.joined(separator: ",")
        #expect(try client([list], from: "10.0.0.1") == "10.0.1.\(40 - ForwardedChain.longest) \(ForwardedChain.longest)")
        // The longest chain that can be told of, in its longest form, fits into a record and a head.
        let widest = 41 * (ForwardedChain.longest + 1)
        #expect(widest < 768)
    }
}
