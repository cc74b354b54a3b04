/// Rails decodes a path and a query differently; so does this.
enum PercentDecoding {
    /// A path parameter: any `%` with two letters or digits counts, what is no hexadecimal digit ends the number
    /// (`%zz` is NUL), `+` stays.
    static func path(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, isWord(bytes[index + 1]),
                isWord(bytes[index + 2])
            {
                let high = bytes[index + 1].hexDigit
                let low = bytes[index + 2].hexDigit
                out.append(high.map { first in low.map { first << 4 | $0 } ?? first } ?? 0)
                index += 3
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return out
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte.lowercased)
    }

    /// A part of a query or of a form: `+` is a space; nil when a `%` has no two hexadecimal digits behind it.
    static func form(_ bytes: some Collection<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.first {
            rest = rest.dropFirst()
            guard byte == UInt8(ascii: "%") else {
                out.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
                continue
            }
            let digits = rest.prefix(2).compactMap(\.hexDigit)
            guard digits.count == 2 else { return nil }
            out.append(digits[0] << 4 | digits[1])
            rest = rest.dropFirst(2)
        }
        return out
    }
}
