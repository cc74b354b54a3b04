import Testing
@testable import Transport

@Suite struct SocketAddressTests {
    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1:80"), ("[::1]:8080", "[::1]:8080"), ("*:1", "[::]:1"), ("0.0.0.0:9", "0.0.0.0:9"),
    ])
    func readsAddresses(text: String, expected: String) throws {
        #expect(try SocketAddress.resolve(text, listening: true).first?.description == expected)
    }

    @Test(arguments: ["", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80", ":80", "a b:80x"])
    func refusesWhatIsNoAddress(text: String) {
        #expect(throws: SocketError.badAddress(text)) { try SocketAddress.resolve(text) }
    }

    @Test func saysWhichHostIsUnknown() {
        #expect {
            try SocketAddress.resolve("no-such-host.invalid:80")
        } throws: { "\($0)".contains("'no-such-host.invalid' cannot be resolved") }
    }

    @Test func mapsVersion4IntoVersion6() throws {
        let address = try #require(try SocketAddress.resolve("192.0.2.7:1").first)
        let bytes = (0..<16).map { address.bytes[$0] }
        #expect(bytes == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 7])
    }
}
