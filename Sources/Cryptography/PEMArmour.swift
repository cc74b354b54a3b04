/// Keys of fixed length in PEM (RFC 7468): the DER around them is always the same, so that it is compared and not
/// parsed.
struct PEMArmour {
    /// `PRIVATE KEY` or `PUBLIC KEY`.
    let label: String
    /// The DER before the raw key.
    let prefix: [UInt8]
    let rawCount: Int

    func encode(_ raw: [UInt8]) -> String {
        "-----BEGIN \(label)-----\n\(Base64.encode((prefix + raw).span))\n-----END \(label)-----\n"
    }

    /// The raw key; nil unless the text is exactly one such key.
    func decode(_ pem: String) -> [UInt8]? {
        let lines = pem.split(whereSeparator: \.isNewline)
        guard lines.count >= 3, lines.first == "-----BEGIN \(label)-----",
            lines.last == "-----END \(label)-----",
            let der = Base64.decode(lines.dropFirst().dropLast().joined()),
            der.count == prefix.count + rawCount, der.starts(with: prefix)
        else { return nil }
        return Array(der.dropFirst(prefix.count))
    }
}

/// Base64 (RFC 4648 section 4) with padding, strict: what is not canonical is refused.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func encode(_ bytes: Span<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var word: UInt32 = 0
            for place in 0..<3 { word = word << 8 | (place < count ? UInt32(bytes[index + place]) : 0) }
            for place in 0..<4 {
                text.append(place <= count ? alphabet[Int(word >> UInt32(18 - 6 * place) & 63)] : 0x3D)
            }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    package static func decode(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 4) else { return nil }
        let padding = digits.suffix(2).reversed().prefix { $0 == 0x3D }.count
        var bytes: [UInt8] = []
        var word: UInt32 = 0
        for (index, digit) in digits.enumerated() {
            let isPadding = index >= digits.count - padding
            guard let value = isPadding ? 0 : alphabet.firstIndex(of: digit) else { return nil }
            word = word << 6 | UInt32(value)
            guard index & 3 == 3 else { continue }
            bytes += [UInt8(word >> 16 & 255), UInt8(word >> 8 & 255), UInt8(word & 255)]
            word = 0
        }
        bytes.removeLast(padding)
        // Bits beyond the last byte must be zero: one value has one text.
        return encode(bytes.span) == text ? bytes : nil
    }
}
