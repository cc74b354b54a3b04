import HTTPWire
import Testing

@Suite("Addresses and networks")
struct IPAddressTests {
    @Test("what is read is written by RFC 5952", arguments: [
        ("192.0.2.7", "192.0.2.7"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("0:0:0:0:0:0:0:0", "::"),
        // Section 4.1: no leading zeros; 4.3: lower case.
        ("2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"), ("2001:db8::AbCd", "2001:db8::abcd"),
        // Section 4.2.2: one zero stays; 4.2.3: the longest run, the first of equals.
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("0:0:1:0:0:0:0:0", "0:0:1::"), ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ("::1.2.3.4", "::102:304"),
        // A mapped address is the IPv4 address.
        ("::ffff:192.0.2.7", "192.0.2.7"), ("::FFFF:c000:207", "192.0.2.7"), ("0:0:0:0:0:ffff:c000:207", "192.0.2.7"),
    ])
    func texts(given: String, written: String) throws {
        let address = try #require(IPAddress(given))
        #expect(address.description == written)
        #expect(IPAddress(written) == address)
    }

    @Test("anything else is refused", arguments: [
        "", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "1.2.3.999", "01.2.3.4", "1.2.3.00",
        "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80", "1.2.3.4/8", "0x7f.1.1.1", "127.1", "2130706433", "+1.2.3.4", "1.2.3.-4",
        "١.2.3.4", "1.2.3.4\0", "1.2.3.4\n", ":", ":::", "1:", ":1", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "1::2::3", "::1::", "1:2:3:4::5:6:7:8", "12345::", "g::", "::1%eth0", "fe80::1%25lo", "[::1]", "[::1]:80", "::1/64",
        "::ffff:1.2.3", "::ffff:1.2.3.4.5", "::1.2.3.4:5", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6::1.2.3.4",
        "::ffff:01.2.3.4", "unknown", "localhost", "_hidden", "-",
    ])
    func refused(_ text: String) { #expect(IPAddress(text) == nil) }

    @Test("every address is read back from its text")
    func generated() {
        var generator = MessageGenerator(seed: 11, seeds: [])
        for _ in 0..<5_000 {
            // Many zeros, so that runs of every length and place occur.
            var words: [UInt64] = [0, 0]
            for place in 0..<8 where generator.below(2) == 0 {
                words[place / 4] |= (generator.random() & (generator.below(2) == 0 ? 0xffff : 0xf)) << UInt64(16 * (place % 4))
            }
            let address = IPAddress(high: words[0], low: words[1])
            #expect(IPAddress(address.description) == address, "\(address)")
            #expect(!address.description.contains(":::"))
        }
    }

    @Test("a network holds its first and its last address, and not their neighbours", arguments: [
        ("10.0.0.0/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
        ("192.0.2.128/25", "192.0.2.128", "192.0.2.255", "192.0.2.127", "192.0.3.0"),
        ("192.0.2.7/32", "192.0.2.7", "192.0.2.7", "192.0.2.6", "192.0.2.8"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.6", "192.0.2.8"),
        ("2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff::", "2001:db9::"),
        ("2001:db8::/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff", "2001:db7::", "2001:db8:0:1::"),
        ("2001:db8::/65", "2001:db8::", "2001:db8::7fff:ffff:ffff:ffff", "2001:db7::", "2001:db8::8000:0:0:0"),
        ("2001:db8::/63", "2001:db8::", "2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db7::", "2001:db8:0:2::"),
        ("::1", "::1", "::1", "::", "::2"), ("::1/128", "::1", "::1", "127.0.0.1", "::2"),
        ("128.0.0.0/1", "128.0.0.0", "255.255.255.255", "127.255.255.255", "8000::"),
        ("::ffff:10.0.0.0/104", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
    ])
    func networks(text: String, first: String, last: String, below: String, above: String) throws {
        let network = try #require(IPNetwork(text))
        for inside in [first, last] { #expect(network.contains(try #require(IPAddress(inside))), "\(inside)") }
        for outside in [below, above] { #expect(!network.contains(try #require(IPAddress(outside))), "\(outside)") }
        #expect(IPNetwork(network.description) == network)
    }

    @Test("every IPv4 address is no IPv6 one; everything is everything")
    func whole() throws {
        let ipv4 = try #require(IPNetwork("0.0.0.0/0"))
        let addresses = try ["203.0.113.9", "2001:db8::1"].map { try #require(IPAddress($0)) }
        #expect(addresses.map(ipv4.contains) == [true, false])
        #expect(ipv4.description == "0.0.0.0/0")
        let all = try #require(IPNetwork("::/0"))
        #expect(addresses.map(all.contains) == [true, true])
    }

    @Test("what is no network is refused", arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/8", "10.0.0.0/ 8",
        "10.0.0.0/255.0.0.0", "10/8", "10.0.0.1/8", "192.0.2.7/31", "2001:db8::1/32", "2001:db8::/129", "2001:db8::/256",
        "::1/0", "example.org/8", "10.0.0.0/8 ", "10.0.0.0-10.0.0.9", "*", "::ffff:10.0.0.0/8",
    ])
    func refusedNetworks(_ text: String) { #expect(IPNetwork(text) == nil) }
}
