/// Undoes the escapes of JSON, URLs and HTML in a text, however often it has been escaped, to compare it with another.
///
/// What was no escape may be taken for one, in both.
enum TextUnfolding {
    /// Bytes of the longest escape: `&quot;`, `&#x27;`, `\u` with four digits.
    static let longestEscape = 6
    /// A text that was escaped more often is taken as it then is.
    private static let maximumLayers = 8

    /// Whether there is anything to be undone.
    static func mayChange(_ text: Span<UInt8>) -> Bool {
        let all = 0..<text.count
        return text.holds(.percent, in: all) || text.holds(.plus, in: all) || text.holds(.backslash, in: all)
            || text.holds(.ampersand, in: all)
    }

    /// `text` fits into a `HeldValue`.
    static func unfold(_ text: Span<UInt8>, into unfolded: inout HeldValue) {
        guard undoLayer(text, into: &unfolded) else { return }
        for _ in 1..<maximumLayers {
            let layer = unfolded
            guard undoLayer(layer.span, into: &unfolded) else { return }
        }
    }

    /// False when there was none.
    private static func undoLayer(_ text: Span<UInt8>, into unfolded: inout HeldValue) -> Bool {
        unfolded.removeAll()
        var isChanged = false
        var index = 0
        while index < text.count {
            var unit = Unit(value: UInt32(text[index]), length: 1)
            switch text[index] {
            case .plus: unit.value = 0x20
            case .percent: if let code = hexadecimal(text, at: index + 1, digits: 2) { unit = Unit(value: code, length: 3) }
            case .ampersand: unit = entity(text, at: index) ?? unit
            case .backslash: unit = escape(text, at: index)
            default: break
            }
            isChanged = isChanged || unit.length != 1 || unit.value != text[index]
            if unit.isScalar {
                var scalar = NameBuffer()
                scalar.append(scalar: unit.value)
                unfolded.append(scalar.span, 0..<scalar.count)
            } else if unit.length > 0 {
                unfolded.append(UInt8(truncatingIfNeeded: unit.value))
            }
            index += max(unit.length, 1)
        }
        return isChanged
    }

    private struct Unit {
        /// A byte, or a Unicode scalar.
        var value: UInt32
        /// Bytes that stand for it; 0: a byte that stands for nothing.
        var length: Int
        var isScalar = false
    }

    /// What a backslash and what follows it mean.
    private static func escape(_ text: Span<UInt8>, at index: Int) -> Unit {
        guard index + 1 < text.count else { return Unit(value: 0, length: 0) }
        let mark = text[index + 1]
        switch mark {
        case .lowerU:
            guard let code = hexadecimal(text, at: index + 2, digits: 4) else { break }
            return Unit(value: code, length: 6, isScalar: true)
        case .lowerX:
            guard let code = hexadecimal(text, at: index + 2, digits: 2) else { break }
            return Unit(value: code, length: 4)
        default:
            if let meaning = TextSequence.meaning(ofEscape: mark) { return Unit(value: UInt32(meaning), length: 2) }
        }
        // The backslash goes, and what it stands before is read as it is.
        return Unit(value: 0, length: 0)
    }

    private static func entity(_ text: Span<UInt8>, at index: Int) -> Unit? {
        for (name, value) in entities {
            let count = name.utf8CodeUnitCount
            guard index + count <= text.count, PartHead.equals(text, index..<index + count, name) else { continue }
            return Unit(value: value, length: count)
        }
        return nil
    }

    /// In lower case.
    private static let entities: [(StaticString, UInt32)] = [
        ("&amp;", 0x26), ("&lt;", 0x3C), ("&gt;", 0x3E), ("&quot;", 0x22), ("&apos;", 0x27), ("&#39;", 0x27), ("&#34;", 0x22),
        ("&#x27;", 0x27), ("&#x2f;", 0x2F), ("&#47;", 0x2F),
    ]

    private static func hexadecimal(_ text: Span<UInt8>, at start: Int, digits: Int) -> UInt32? {
        guard start + digits <= text.count else { return nil }
        var value: UInt32 = 0
        for index in start..<start + digits {
            guard let digit = TextSequence.hexadecimal(text[index]) else { return nil }
            value = value << 4 | digit
        }
        return value
    }
}
