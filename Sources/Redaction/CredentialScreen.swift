/// What one quick pass over a text says of it. Most hold nothing of all that a credential needs.
struct CredentialTraces {
    /// An `@`, or a `%`, which may be the escape of one.
    var hasAt = false
    /// A part of a credential-like word.
    var hasWord = false
    /// Options that are not simply names with values, and flags.
    var isOdd = false

    /// For who has not looked.
    static let everything = CredentialTraces(hasAt: true, hasWord: true, isOdd: true)

    /// `CredentialSearch` would find nothing.
    var isClear: Bool { !hasAt && !hasWord && !isOdd }
}

/// Looks for traces of credentials in one pass. It may see some in a harmless text, never none in another.
///
/// All parts of credential-like words are looked for at once (shift-and): bit n of the state says that the last bytes
/// are those of a part up to its letter n. Further bits tell what else a byte can mean.
final class CredentialScreen: Sendable {
    /// All the words of `CredentialWords`, by their least common letters.
    private static let parts: [StaticString] = [
        "pass", "pw", "cred", "secr", "cert", "toke", "riza", "key", "eare", "ooki", "gnat", "sig", "sas", "psk", "jwt", "pin",
    ]
    /// An at sign, or what may be the escape of one.
    private static let at: UInt64 = 1 << 56
    private static let comma: UInt64 = 1 << 57
    private static let sign: UInt64 = 1 << 58
    /// What a backslash escapes is not looked into.
    private static let backslash: UInt64 = 1 << 59
    /// May not stand in the name of an option.
    private static let noName: UInt64 = 1 << 60

    static let shared = CredentialScreen()

    /// What each byte means. (An array, because to read an element of an inline one may copy all of it.)
    private let meanings: [UInt64]
    /// The first letters of all parts, and the last ones.
    private let firsts: UInt64
    private let lasts: UInt64

    private init() {
        var meanings = [UInt64](repeating: 0, count: 256)
        var firsts: UInt64 = 0
        var lasts: UInt64 = 0
        for index in 0..<256 {
            let byte = UInt8(truncatingIfNeeded: index)
            switch byte {
            case .at, .percent: meanings[index] = Self.at
            case .comma: meanings[index] = Self.comma
            case .equals, .colon: meanings[index] = Self.sign
            case .backslash: meanings[index] = Self.backslash
            default: meanings[index] = CredentialSearch.isNameByte(byte) ? 0 : Self.noName
            }
        }
        var bit: UInt64 = 1
        for part in Self.parts {
            firsts |= bit
            for letter in part.description.utf8 {
                meanings[Int(letter)] |= bit
                meanings[Int(letter) - 0x20] |= bit
                bit <<= 1
            }
            lasts |= bit >> 1
        }
        (self.meanings, self.firsts, self.lasts) = (meanings, firsts, lasts)
    }

    func traces(in text: borrowing UnescapedText, as form: CredentialSearch.Form) -> CredentialTraces {
        switch form {
        case .url, .value: traces(in: text)
        case .options: tracesInOptions(text)
        }
    }

    private func traces(in text: borrowing UnescapedText) -> CredentialTraces {
        let meanings = meanings
        var state: UInt64 = 0
        var words: UInt64 = 0
        var seen: UInt64 = 0
        for index in 0..<text.count {
            let meaning = meanings[Int(text[index])]
            state = (state << 1 | firsts) & meaning
            words |= state
            seen |= meaning
        }
        return CredentialTraces(hasAt: seen & Self.at != 0, hasWord: words & lasts != 0)
    }

    private func tracesInOptions(_ text: borrowing UnescapedText) -> CredentialTraces {
        let meanings = meanings
        var state: UInt64 = 0
        var words: UInt64 = 0
        var seen: UInt64 = 0
        /// Meanings of the bytes of the present option.
        var own: UInt64 = 0
        var start = 0
        var hasSign = false
        var isOdd = false
        for index in 0..<text.count {
            let meaning = meanings[Int(text[index])]
            state = (state << 1 | firsts) & meaning
            words |= state
            own |= meaning
            guard meaning & (Self.comma | Self.sign) != 0 else { continue }
            if meaning & Self.comma != 0 {
                isOdd = isOdd || !hasSign && !CredentialSearch.isFlag(text, start..<index)
                start = index + 1
                hasSign = false
                seen |= own
                own = 0
            } else if !hasSign {
                isOdd = isOdd || own & Self.noName != 0
                hasSign = true
            }
        }
        seen |= own
        isOdd = isOdd || seen & Self.backslash != 0 || !hasSign && !CredentialSearch.isFlag(text, start..<text.count)
        return CredentialTraces(hasAt: seen & Self.at != 0, hasWord: words & lasts != 0, isOdd: isOdd)
    }
}
