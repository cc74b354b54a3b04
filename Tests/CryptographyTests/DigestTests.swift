import Cryptography
import Testing

@Suite struct DigestTests {
    /// FIPS 180-4 examples.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    ])
    func hashes(text: String, expected: String) throws {
        #expect(try SHA256.digest(text.utf8.span).hexadecimal == expected)
    }

    @Test func startsOverAfterEachDigest() throws {
        var computation = try SHA256()
        try computation.update("a".utf8.span)
        try computation.update("bc".utf8.span)
        let first = try computation.finish()
        try computation.update("abc".utf8.span)
        let second = try computation.finish()
        #expect(first == second)
        #expect(try first == SHA256.digest("abc".utf8.span))
        try computation.update(first)
        let chained = try computation.finish()
        #expect(try chained == SHA256.digest(first.bytes.span))
    }

    /// RFC 4231 section 4.
    @Test(arguments: [
        ("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        ("4a656665", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (String(repeating: "aa", count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    ])
    func authenticates(key: String, message: String, expected: String) throws {
        let bytes = try #require(Hexadecimal.decode(key))
        let hmac = try HMACSHA256(key: bytes.span)
        let first = try hmac.digest(message.utf8.span).hexadecimal
        let again = try hmac.digest(message.utf8.span).hexadecimal
        #expect(first == expected)
        #expect(again == expected)
    }

    @Test func roundsTripThroughBytes() throws {
        let digest = try SHA256.digest("x".utf8.span)
        #expect(Digest256(digest.bytes) == digest)
        #expect(Digest256(Array(digest.bytes.dropLast())) == nil)
        #expect(Digest256(digest.bytes + [0]) == nil)
    }

    @Test(arguments: ["0", "zz", "0g", "a b"])
    func refusesWhatIsNotHexadecimal(text: String) {
        #expect(Hexadecimal.decode(text) == nil)
    }

    @Test func givesRandomBytesOfTheAskedLength() throws {
        let first = try SecureRandom.bytes(32)
        let second = try SecureRandom.bytes(32)
        #expect(first.count == 32)
        #expect(first != second)
        #expect(try SecureRandom.bytes(0).isEmpty)
    }
}
