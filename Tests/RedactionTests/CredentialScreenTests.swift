import Testing

@testable import Redaction

/// The quick look at a text never calls one clear in which the search would find a credential.
struct CredentialScreenTests {
    private static let pieces = [
        "pass", "pwd", "pw", "PW", "cred", "secret", "client_cert", "token", "Authorization", "key", "KEY", "bearer", "cookie",
        "signature", "sig", "sas", "psk", "jwt", "pin", "user", "username", "a", "ro", "use_cache", "x1234", "/tmp", "é", "", " ",
        "=", "=", "=", ":", ":", ",", ",", ",", "@", "%40", "%", "\\", "\"", "'", "{", "(", ")", "://", "http://", "?", "&", ">", "+", "-",
        "_", ".", "p", "a", "s", "k", "e", "y", "t", "o", "i", "n", "123",
    ]

    private func text(_ generator: inout SeededGenerator) -> [UInt8] {
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &generator) { text += generator.pick(Self.pieces) }
        return Array(text.utf8)
    }

    @Test func whatIsClearHoldsNothing() {
        var clear = 0
        var found = 0
        for seed in 1...40_000 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let bytes = text(&generator)
            for form in [CredentialSearch.Form.url, .options, .value] {
                let text = UnescapedText(plain: bytes.span)
                let isClear = CredentialScreen.shared.traces(in: text, as: form).isClear
                var all = CredentialRanges()
                CredentialSearch.search(text, as: form, seeing: .everything, into: &all)
                let finds = all.isWhole || all.count > 0
                if isClear { #expect(!finds, "\(form) \(String(decoding: bytes, as: UTF8.self))") }
                // With the traces it finds the same.
                var some = CredentialRanges()
                CredentialSearch.search(text, as: form, into: &some)
                #expect(some.isWhole == all.isWhole && some.count == all.count, "\(form) \(String(decoding: bytes, as: UTF8.self))")
                for index in 0..<min(some.count, all.count) { #expect(some[index] == all[index]) }
                if isClear { clear += 1 }
                if finds { found += 1 }
            }
        }
        #expect(clear > 10_000 && found > 10_000)
    }

    @Test func everyWordLeavesATrace() {
        for word in [
            "pass", "pwd", "cred", "secret", "client_cert", "token", "authorization", "key", "bearer", "cookie", "signature", "pw",
            "sig", "sas", "psk", "jwt", "pin",
        ] {
            for spelling in [word, word.uppercased(), "x" + word, word + "x", "ab,c=d;" + word] {
                let bytes = Array(spelling.utf8)
                #expect(CredentialScreen.shared.traces(in: UnescapedText(plain: bytes.span), as: .url).hasWord, "\(spelling)")
            }
        }
    }
}
