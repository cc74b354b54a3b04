import HTTPWire
import Testing

@Suite("PROXY protocol: each header whole, byte by byte, and with a request behind it")
struct ProxyHeaderTests {
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]
    private static let request = Array("GET / HTTP/1.1\r\n\r\n".utf8)

    /// A version 2 header; `length` other than what follows for one that lies.
    private static func block(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil) -> [UInt8] {
        let count = length ?? rest.count
        return signature + [command, family, UInt8(count >> 8), UInt8(count & 255)] + rest
    }

    private static func block(_ rest: [UInt8]) -> [UInt8] { block(0x21, 0x11, rest) }

    private static let ipv4: [UInt8] = [192, 0, 2, 7, 203, 0, 113, 1, 0xdc, 0x04, 0x01, 0xbb]
    private static let ipv6: [UInt8] = [0x20, 1, 0x0d, 0xb8] + Array(repeating: 0, count: 11) + [9]
        + [0x20, 1, 0x0d, 0xb8] + Array(repeating: 0, count: 12) + [0xff, 0xff, 0, 80]

    /// What came of a header that arrives in pieces which end at `cuts`.
    private static func outcome(_ bytes: [UInt8], _ version: ProxyHeader.Version, _ cuts: [Int]) -> String {
        for cut in cuts {
            do throws(ProxyHeaderError) {
                guard let header = try ProxyHeader.parse(bytes.span.extracting(0..<cut), version) else { continue }
                return "\(header.length) \(header.address?.description ?? "none") \(header.port)"
            } catch {
                return "refused \(error)"
            }
        }
        return "incomplete"
    }

    private func check(_ bytes: [UInt8], _ version: ProxyHeader.Version, _ expected: String) {
        let count = bytes.count
        #expect(Self.outcome(bytes, version, [count]) == expected)
        #expect(Self.outcome(bytes, version, Array(0...count)) == expected, "byte by byte")
        for cut in 0...count where Self.outcome(bytes, version, [cut, count]) != expected {
            Issue.record("cut at \(cut): \(Self.outcome(bytes, version, [cut, count])), not \(expected)")
        }
    }

    @Test("version 1, accepted", arguments: [
        ("PROXY TCP4 192.0.2.7 203.0.113.1 56324 443\r\n", "192.0.2.7 56324"),
        ("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", "0.0.0.0 0"),
        ("PROXY TCP6 2001:db8::9 2001:db8::1 65535 80\r\n", "2001:db8::9 65535"),
        ("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535"),
        ("PROXY TCP6 ::ffff:192.0.2.7 ::1 1 1\r\n", "192.0.2.7 1"),
        ("PROXY UNKNOWN\r\n", "none 0"), ("PROXY UNKNOWN 1 2 3 4 anything\r\n", "none 0"),
        ("PROXY UNKNOWN \(String(repeating: "f", count: 91))\r\n", "none 0"),
    ])
    func line(text: String, expected: String) {
        #expect(text.utf8.count <= 107)
        check(Array(text.utf8), .v1, "\(text.utf8.count) \(expected)")
        check(Array(text.utf8) + Self.request, .v1, "\(text.utf8.count) \(expected)")
    }

    @Test("version 1, refused as malformed", arguments: [
        "PROXY\r\n", "PROXY \r\n", "PROXY  TCP4 1.2.3.4 1.2.3.4 1 1\r\n", "PROXY TCP4\r\n", "PROXY TCP4 1.2.3.4\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 1 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 1 \r\n",
        "PROXY TCP4 1.2.3.4  1.2.3.4 1 1\r\n", "PROXY TCP4 ::1 ::1 1 1\r\n", "PROXY TCP4 1.2.3.4 ::1 1 1\r\n",
        "PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n", "PROXY TCP6 ::1 1.2.3.4 1 1\r\n", "PROXY TCP6 [::1] [::1] 1 1\r\n",
        "PROXY TCP4 1.2.3 1.2.3.4 1 1\r\n", "PROXY TCP4 01.2.3.4 1.2.3.4 1 1\r\n", "PROXY TCP4 1.2.3.256 1.2.3.4 1 1\r\n",
        "PROXY TCP4 a.example 1.2.3.4 1 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 -1 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 +1 1\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 0x1 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 99999999\r\n",
        "PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n", "PROXY tcp4 1.2.3.4 1.2.3.4 1 1\r\n", "PROXY TCP5 1.2.3.4 1.2.3.4 1 1\r\n",
        "PROXY TCP44 1.2.3.4 1.2.3.4 1 1\r\n", "PROXY unknown\r\n", "PROXY UNKNOWNS\r\n", "PROXY\tTCP4 1.2.3.4 1.2.3.4 1 1\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 1\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 1\r\r\n", "PROXY TCP4 1.2.3.4\r 1.2.3.4 1 1\r\n",
        "PROXY TCP4 1.2.3.4\0 1.2.3.4 1 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 1\u{7f}\r\n", "PROXY UNKNOWN \u{e9}\r\n",
    ])
    func malformedLine(text: String) {
        let bytes = Array(text.utf8)
        // A wrong byte early is seen early; which of the two names it gets may then depend on what has come.
        for cuts in [[bytes.count], Array(0...bytes.count)] + (0...bytes.count).map({ [$0, bytes.count] }) {
            let outcome = Self.outcome(bytes, .v1, cuts)
            #expect(["refused malformed", "refused noSignature"].contains(outcome), "\(outcome) at \(cuts)")
        }
    }

    @Test("version 1: too long, another protocol, the other version")
    func otherLines() {
        check(Array("PROXY UNKNOWN \(String(repeating: "f", count: 92))\r\n".utf8), .v1, "refused tooLong")
        check(Array("PROXY \(String(repeating: "A", count: 5_000))".utf8), .v1, "refused tooLong")
        for text in ["GET / HTTP/1.1\r\n", " PROXY UNKNOWN\r\n", "proxy UNKNOWN\r\n", "\u{16}\u{3}\u{1}"] {
            check(Array(text.utf8), .v1, "refused noSignature")
        }
        check(Self.block([]), .v1, "refused otherVersion")
        for cut in 0..<14 { #expect(Self.outcome(Array("PROXY UNKNOWN\r\n".utf8), .v1, [cut]) == "incomplete") }
        #expect(Self.outcome(Array("PROXX".utf8), .v1, [5]) == "refused noSignature")
        #expect(Self.outcome(Array("PROXY TCP4 1.2.3.4 1.2.3.4 1 1\r".utf8), .v1, Array(0...31)) == "incomplete")
    }

    @Test("version 2, accepted")
    func blocks() {
        let extensions: [UInt8] = [0x01, 0, 2, 0x68, 0x32, 0x04, 0, 0]
        let accepted: [([UInt8], String)] = [
            (Self.block(Self.ipv4), "28 192.0.2.7 56324"), (Self.block(0x21, 0x21, Self.ipv6), "52 2001:db8::9 65535"),
            (Self.block(Self.ipv4 + extensions), "36 192.0.2.7 56324"),
            (Self.block(Self.ipv4 + Array(repeating: 0xee, count: 2_036)), "2064 192.0.2.7 56324"),
            (Self.block(0x21, 0x21, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7] + Self.ipv6[16...]), "52 192.0.2.7 65535"),
            // The proxy speaks for itself: whatever it says of addresses does not count.
            (Self.block(0x20, 0x00, []), "16 none 0"), (Self.block(0x20, 0x11, Self.ipv4), "28 none 0"),
            (Self.block(0x20, 0x77, [1, 2, 3]), "19 none 0"),
        ]
        for (bytes, expected) in accepted {
            check(bytes, .v2, expected)
            check(bytes + Self.request, .v2, expected)
            for cut in 0..<bytes.count { #expect(Self.outcome(bytes, .v2, [cut]) == "incomplete") }
        }
    }

    @Test("version 2, refused")
    func refusedBlocks() {
        let malformed: [[UInt8]] = [
            // Commands and versions.
            Self.block(0x22, 0x11, Self.ipv4), Self.block(0x2f, 0x11, Self.ipv4), Self.block(0x11, 0x11, Self.ipv4),
            Self.block(0x31, 0x11, Self.ipv4), Self.block(0x01, 0x11, Self.ipv4), Self.block(0xff, 0x11, Self.ipv4),
            // Families: unspecified, datagrams, local sockets, unknown ones.
            Self.block(0x21, 0x00, Self.ipv4), Self.block(0x21, 0x10, Self.ipv4), Self.block(0x21, 0x12, Self.ipv4),
            Self.block(0x21, 0x13, Self.ipv4), Self.block(0x21, 0x20, Self.ipv6), Self.block(0x21, 0x22, Self.ipv6),
            Self.block(0x21, 0x31, Array(repeating: 47, count: 216)), Self.block(0x21, 0x41, Self.ipv6),
            Self.block(0x21, 0xff, Self.ipv6),
            // Shorter than its addresses.
            Self.block([]), Self.block(Array(Self.ipv4.dropLast())), Self.block(0x21, 0x21, Self.ipv4),
            Self.block(0x21, 0x21, Array(Self.ipv6.dropLast())),
        ]
        for bytes in malformed { check(bytes, .v2, "refused malformed") }
        check(Self.block(Self.ipv4 + Array(repeating: 0, count: 2_037)), .v2, "refused tooLong")
        check(Self.block(0x21, 0x11, Self.ipv4, length: 65_535), .v2, "refused tooLong")
        for place in 1..<12 {
            var bytes = Self.block(Self.ipv4)
            bytes[place] ^= 0x20
            check(bytes, .v2, "refused noSignature")
        }
        check(Self.request, .v2, "refused noSignature")
        check(Array("PROXY TCP4 1.2.3.4 1.2.3.4 1 1\r\n".utf8), .v2, "refused otherVersion")
        check(Array("\r\n\r\nGET".utf8), .v2, "refused noSignature")
        check(Self.request, .off, "refused noSignature")
    }

    @Test("disfigured headers: never longer than what came, one outcome however they arrive", arguments: [21, 22] as [UInt64])
    func generated(seed: UInt64) {
        var generator = MessageGenerator(seed: seed, seeds: [])
        let lines = ["PROXY TCP4 192.0.2.7 203.0.113.1 56324 443\r\n", "PROXY TCP6 2001:db8::9 ::1 1 2\r\n", "PROXY UNKNOWN\r\n"]
        let seeds = lines.map { Array($0.utf8) } + [Self.block(Self.ipv4), Self.block(0x21, 0x21, Self.ipv6), Self.block(0x20, 0, [])]
        var accepted = 0
        for round in 0..<4_000 {
            let place = generator.below(seeds.count)
            let version: ProxyHeader.Version = place < lines.count ? .v1 : .v2
            var bytes = seeds[place] + Self.request
            for _ in 0..<(1 + generator.below(3)) { bytes[generator.below(bytes.count)] = UInt8(truncatingIfNeeded: generator.random()) }
            let whole = Self.outcome(bytes, version, [bytes.count])
            let bytewise = Self.outcome(bytes, version, Array(0...bytes.count))
            // Both refuse, or both read the same.
            #expect(whole.hasPrefix("refused") == bytewise.hasPrefix("refused") && (whole.hasPrefix("refused") || whole == bytewise),
                    "seed \(seed), round \(round): \(whole), \(bytewise): \(Vector.escape(bytes))")
            if let length = whole.split(separator: " ").first.flatMap({ Int($0) }) {
                accepted += 1
                #expect(length <= bytes.count)
            }
        }
        #expect(accepted > 200 && accepted < 3_800)
    }
}
