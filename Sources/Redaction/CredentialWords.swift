/// Which names stand for credentials. Letters compare without case.
enum CredentialWords {
    /// Whether a credential-like word stands anywhere in `range`: `passwd_file`, `aws_session_token`,
    /// `ssl_client_cert`.
    ///
    /// The last eight bytes are kept in a word, the last one lowest.
    static func isPart(of text: borrowing UnescapedText, _ range: Range<Int>) -> Bool {
        var window: UInt64 = 0
        for index in range {
            let byte = text[index]
            let folded = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            window = window << 8 | UInt64(folded)
            if endsCredential(window, last: folded) { return true }
        }
        return false
    }

    /// Whether the bytes of `range`, a word, name a credential: by a part, or by a word that is too short to be looked
    /// for inside of others.
    static func isName(_ text: borrowing UnescapedText, _ range: Range<Int>) -> Bool {
        if range.count == 2 || range.count == 3 {
            var word: UInt64 = 0
            for index in range { word = word << 8 | UInt64(text[index] | 0x20) }
            switch word {
            case 0x7077, 0x736967, 0x736173, 0x70736B, 0x6A7774, 0x70696E: return true  // pw sig sas psk jwt pin
            default: break
            }
        }
        return isPart(of: text, range)
    }

    /// Whether `user` stands in `range`.
    static func isUser(_ text: borrowing UnescapedText, _ range: Range<Int>) -> Bool {
        var window: UInt64 = 0
        for index in range {
            window = window << 8 | UInt64(text[index] | 0x20)
            if window & 0xFFFF_FFFF == 0x7573_6572 { return true }
        }
        return false
    }

    /// Longer words by their last eight letters.
    @inline(__always)
    private static func endsCredential(_ window: UInt64, last: UInt8) -> Bool {
        switch last {
        case 0x73: return window & 0xFFFF_FFFF == 0x7061_7373  // pass
        case 0x64: return window & 0xFF_FFFF == 0x70_7764 || window & 0xFFFF_FFFF == 0x6372_6564  // pwd, cred
        case 0x74:  // secret, client_cert
            return window & 0xFFFF_FFFF_FFFF == 0x7365_6372_6574 || window == 0x656E_745F_6365_7274
        case 0x6E:  // token, authorization
            return window & 0xFF_FFFF_FFFF == 0x74_6F6B_656E || window == 0x7269_7A61_7469_6F6E
        case 0x79: return window & 0xFF_FFFF == 0x6B_6579  // key
        case 0x72: return window & 0xFFFF_FFFF_FFFF == 0x6265_6172_6572  // bearer
        case 0x65:  // cookie, signature
            return window & 0xFFFF_FFFF_FFFF == 0x636F_6F6B_6965 || window == 0x6967_6E61_7475_7265
        default: return false
        }
    }
}
