/// Which names stand for credentials. Letters compare without case.
enum CredentialWords {
    /// A name that holds one of these anywhere: `passwd_file`, `aws_session_token`, `ssl_client_cert`.
    private static let parts: [StaticString] = [
        "pass", "pwd", "secret", "token", "cred", "key", "authorization", "bearer", "signature", "client_cert",
        "cookie",
    ]
    /// A name that is one of these: too short to be looked for inside of others.
    private static let wholes: [StaticString] = ["pw", "sig", "sas", "psk", "jwt", "pin"]

    private static let partNames = parts.map { MemberName($0.description.utf8) }
    private static let wholeNames = wholes.map { MemberName($0.description.utf8) }

    /// Whether a credential-like word stands anywhere in `range`.
    static func isPart(of text: borrowing UnescapedText, _ range: Range<Int>) -> Bool {
        for start in range {
            for part in partNames where range.upperBound - start >= part.count {
                if matches(text, at: start, part) { return true }
            }
        }
        return false
    }

    /// Whether the bytes of `range`, a word, name a credential.
    static func isName(_ text: borrowing UnescapedText, _ range: Range<Int>) -> Bool {
        for whole in wholeNames where range.count == whole.count {
            if matches(text, at: range.lowerBound, whole) { return true }
        }
        return isPart(of: text, range)
    }

    private static func matches(_ text: borrowing UnescapedText, at start: Int, _ word: MemberName) -> Bool {
        for index in 0..<word.count {
            let byte = text[start + index]
            let folded = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            guard folded == UInt8(truncatingIfNeeded: word.words[index / 8] >> UInt64(index % 8 * 8)) else {
                return false
            }
        }
        return true
    }
}
