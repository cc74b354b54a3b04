import Testing
@testable import Cryptography

@Suite struct CredentialLineTests {
    private func line(_ scheme: CredentialLine.Scheme, _ secret: [UInt8]) throws(CredentialFault) -> String {
        text(try CredentialLine(scheme, secret.span))
    }

    private func text(_ line: CredentialLine) -> String {
        line.withLine { line in
            var bytes: [UInt8] = []
            for index in 0..<line.count { bytes.append(line[index]) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test("One line of a key or of user and password, its line end taken off", arguments: [
        (CredentialLine.Scheme.bearer, "abc", "Authorization: Bearer abc\r\n"), (.bearer, "a=+/~.-\r\n", "Authorization: Bearer a=+/~.-\r\n"),
        (.basic, "user:pass\n", "Authorization: Basic dXNlcjpwYXNz\r\n"), (.basic, "u:", "Authorization: Basic dTo=\r\n"),
        (.basic, "a:b:c", "Authorization: Basic YTpiOmM=\r\n"), (.basic, "ab:c d", "Authorization: Basic YWI6YyBk\r\n"),
        (.basic, "a:\u{3e}\u{3f}\u{ff}", "Authorization: Basic YTo+P8O/\r\n"),
    ])
    func lines(scheme: CredentialLine.Scheme, secret: String, expected: String) throws {
        #expect(try line(scheme, Array(secret.utf8)) == expected)
    }

    @Test("What would break the field, or is no such credential, is refused", arguments: [
        (CredentialLine.Scheme.bearer, "", CredentialFault.empty), (.bearer, "\n", .empty), (.basic, "\r\n", .empty),
        (.bearer, "a\n\n", .severalLines), (.bearer, "a\r\nX: y", .severalLines), (.basic, "a:\u{0}", .severalLines),
        (.basic, "a:\u{7f}", .severalLines), (.bearer, "a b", .noKey), (.bearer, "é", .noKey),
        (.basic, "user", .noUser), (.basic, ":pass", .noUser),
        (.bearer, String(repeating: "k", count: 2049), .tooLong), (.basic, "u:" + String(repeating: "p", count: 2047), .tooLong),
    ])
    func refusals(scheme: CredentialLine.Scheme, secret: String, fault: CredentialFault) {
        #expect(throws: fault) { try line(scheme, Array(secret.utf8)) }
        #expect(!fault.description.contains("X: y"))
    }

    @Test("A value is taken back as it was given, and nothing else is")
    func values() throws {
        for secret in ["k", String(repeating: "k", count: 2048)] {
            let bytes = Array(secret.utf8)
            let line = try CredentialLine(.bearer, bytes.span)
            let again = try line.withValue { (value) throws(CredentialFault) in try CredentialLine(value: value) }
            #expect(text(again) == text(line))
            #expect("\(line)" == "[credential]")
        }
        for value in ["", "Bearer ", "Basic", "Digest x", "bearer x", "Bearer a\r\nX: y", "Bearer \u{e9}"] {
            let bytes = Array(value.utf8)
            #expect(throws: CredentialFault.unknownForm) { try CredentialLine(value: bytes.span) }
        }
    }

    @Test("Bytes are overwritten where they are")
    func overwriting() {
        var bytes = Array("secret".utf8)
        let room = bytes.capacity
        Overwriting.clear(&bytes)
        #expect(bytes.isEmpty && bytes.capacity == room)
        // The room still is the array's, and what was in it is gone.
        let left = bytes.withUnsafeBufferPointer { buffer in
            (0..<6).map { index in buffer.baseAddress?[index] }
        }
        #expect(left == [0, 0, 0, 0, 0, 0])
    }
}
