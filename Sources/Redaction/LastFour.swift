/// How API keys are shown: eighteen asterisks and the last four characters, as in the appliance's own list.
package enum LastFour {
    /// Bytes of text that a key must have at least; of a shorter one four characters would tell too much.
    package static let leastBytes = 16
    static let asterisks = 18
    private static let shown = 4

    /// The string that stands for `text`, quotes included; false when it must be masked whole.
    static func write(_ text: borrowing UnescapedText, into masked: inout HeldValue) -> Bool {
        guard text.count >= leastBytes else { return false }
        let tail = text.count - shown..<text.count
        for index in tail where !isPlain(text[index]) { return false }
        masked.append(.quote)
        for _ in 0..<asterisks { masked.append(.asterisk) }
        for index in tail { masked.append(text[index]) }
        masked.append(.quote)
        return true
    }

    /// Whether a client may have read `text` here: at least eight asterisks in front. No key begins so.
    static func isShown(_ text: borrowing UnescapedText) -> Bool {
        guard text.count >= 8 else { return false }
        for index in 0..<8 where text[index] != .asterisk { return false }
        return true
    }

    /// Printable ASCII that needs no escape.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > .space && byte < 0x7F && byte != .quote && byte != .backslash
    }
}
