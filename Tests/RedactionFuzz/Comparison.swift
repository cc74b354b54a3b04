/// Says of two documents whether the second is the first with its secrets masked, and nothing else changed.
struct Comparison {
    private static let mask = PlainJSON.text(Array("[censored]".utf8))
    let echoes: SubmittedSecrets?

    func compare(_ before: PlainJSON, _ after: PlainJSON) {
        if repeats(before) {
            precondition(after == Self.mask, "a submitted secret comes back")
            return
        }
        switch (before, after) {
        case (.text, _), (.word, _): precondition(before == after, "something else is changed")
        case (.array(let old), .array(let new)):
            precondition(old.count == new.count, "elements are lost")
            for (old, new) in zip(old, new) { compare(old, new) }
        case (.object(let old), .object(let new)):
            precondition(old.count == new.count, "members are lost")
            for (old, new) in zip(old, new) {
                if repeats(.text(old.name)) {
                    precondition(.text(new.name) == Self.mask, "a submitted secret comes back as a name")
                } else {
                    precondition(old.name == new.name, "a name is changed")
                }
                compareMember(String(decoding: old.name, as: UTF8.self), old.value, new.value)
            }
        default: preconditionFailure("a value has another type")
        }
    }

    private func compareMember(_ name: String, _ old: PlainJSON, _ new: PlainJSON) {
        switch name {
        case "secret_key": precondition(new == Self.mask, "a secret passes")
        case "url_proxy", "options":
            guard new != Self.mask else { return }
            // A null stays, and so do true and false in options; a number is neither.
            if case .word(let word) = old { precondition(old == new && !(word.first.map(isNumeric) ?? false)) }
            compareTexts(old, new)
        default: compare(old, new)
        }
    }

    private func isNumeric(_ byte: UInt8) -> Bool { byte == 0x2D || (0x30...0x39).contains(byte) }

    /// Texts of a value that is looked into: what changed holds a mask, and what did not holds no credential that is
    /// plain to see.
    private func compareTexts(_ old: PlainJSON, _ new: PlainJSON) {
        switch (old, new) {
        case (.text(let old), .text(let new)):
            if old != new {
                precondition(contains(new, "[censored]"), "a text is changed otherwise")
            } else {
                precondition(!PlainCredential.isPlain(old), "a credential passes")
            }
        case (.array(let old), .array(let new)):
            precondition(old.count == new.count)
            for (old, new) in zip(old, new) { compareTexts(old, new) }
        case (.object(let old), .object(let new)):
            precondition(old.count == new.count)
            for (old, new) in zip(old, new) {
                precondition(old.name == new.name || repeats(.text(old.name)))
                if new.value != Self.mask { compareTexts(old.value, new.value) }
            }
        default: precondition(old == new || new == Self.mask, "a value has another type")
        }
    }

    /// By plain comparison: the redactor may find more.
    private func repeats(_ value: PlainJSON) -> Bool {
        guard let echoes else { return false }
        switch value {
        case .text(let text), .word(let text):
            // Where escapes are undone, only the product's own judgement says what is one.
            return contains(text, submitted) || echoes.areRepeated(inText: text.span) && value != .word(text)
                || isNumber(value) && echoes.areRepeated(inText: text.span)
        case .array, .object: return false
        }
    }

    private func isNumber(_ value: PlainJSON) -> Bool {
        if case .word(let word) = value { return word.first.map(isNumeric) ?? false }
        return false
    }

    private func contains(_ text: [UInt8], _ part: String) -> Bool { contains(text, Array(part.utf8)) }

    private func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard part.count <= text.count else { return false }
        return (0...text.count - part.count).contains { text[$0..<$0 + part.count].elementsEqual(part) }
    }
}

/// Credentials that anybody would see.
enum PlainCredential {
    /// `scheme://user:word@host` with nothing odd in it, or `password=word` first or after a comma.
    static func isPlain(_ text: [UInt8]) -> Bool {
        let string = String(decoding: text, as: UTF8.self)
        for option in string.split(separator: ",") {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, ["password", "secret", "token", "passwd_file"].contains(parts[0]), isWord(parts[1]) { return true }
        }
        guard let at = string.lastIndex(of: "@") else { return false }
        let user = string[..<at]
        return user.hasPrefix("http://") && isWord(user.dropFirst(7).filter { $0 != ":" }) && user.dropFirst(7).contains(":")
    }

    private static func isWord(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { byte in (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
    }
}
