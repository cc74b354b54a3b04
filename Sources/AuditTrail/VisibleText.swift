/// Text made safe for a terminal: what could move the cursor, change colours, hide or reorder what follows is shown
/// as an escape.
enum VisibleText {
    static func escaped(_ text: String) -> String {
        // Nearly all of it is this, and to be told so takes no table.
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        guard text.unicodeScalars.contains(where: isHidden) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isHidden(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        // Control and format characters (C0, C1, bidirectional overrides, zero-width), line and paragraph
        // separators, what has no meaning.
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}
