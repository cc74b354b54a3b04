/// What a key may be called.
package enum KeyName {
    package static let maximumBytes = 64

    /// Letters, digits and `._-@+:`, the first a letter or a digit, and not digits alone, which would be an id. Plain
    /// ASCII, so that no two names look the same.
    package static func isValid(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard (1...maximumBytes).contains(bytes.count), isAlphanumeric(bytes[0]) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || marks.contains($0) } && !bytes.allSatisfy(isDigit)
    }

    /// Free text that no terminal is steered by.
    static func isNote(_ note: String) -> Bool {
        note.utf8.count <= StoreLimits.noteBytes
            && note.unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
                default: true
                }
            }
    }

    private static let marks = Array("._-@+:".utf8)

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
