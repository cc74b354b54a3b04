// Swift compares strings by canonical equivalence (U+212A equals "K"); the appliance compares bytes, and so does this.

extension UInt8 {
    var lowercased: UInt8 { (0x41...0x5a).contains(self) ? self | 0x20 : self }
    var uppercased: UInt8 { (0x61...0x7a).contains(self) ? self & 0xdf : self }
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isSpace: Bool { self == 0x20 || (0x09...0x0d).contains(self) }
    var isTokenLike: Bool { self > 0x20 && self < 0x7f && self != UInt8(ascii: ":") }

    var hexDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}

extension String {
    func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// ASCII letters in lower case, everything else untouched.
    var asciiLowercased: String { String(decoding: utf8.map(\.lowercased), as: UTF8.self) }
    var asciiUppercased: String { String(decoding: utf8.map(\.uppercased), as: UTF8.self) }

    /// What Ruby's `blank?` says.
    var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }

    /// What Ruby's `to_i` says: the leading integer, else 0.
    var leadingInteger: Int {
        var digits = Substring(self).drop { $0.isWhitespace }
        var sign = 1
        if digits.first == "-" || digits.first == "+" {
            sign = digits.first == "-" ? -1 : 1
            digits = digits.dropFirst()
        }
        var value = 0
        for byte in digits.utf8 {
            guard byte.isDigit else { break }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int(byte - 0x30))
            guard !overflow, !carry else { return sign * Int.max }
            value = sum
        }
        return sign * value
    }
}

extension Sequence<UInt8> {
    var asText: String { String(decoding: Array(self), as: UTF8.self) }
}

extension Collection<UInt8> {
    var trimmed: SubSequence {
        var slice = self[...]
        while let first = slice.first, first.isSpace { slice = slice.dropFirst() }
        var count = slice.count
        var end = slice.endIndex
        while count > 0 {
            let before = slice.index(slice.startIndex, offsetBy: count - 1)
            guard slice[before].isSpace else { break }
            end = before
            count -= 1
        }
        return slice[..<end]
    }
}

let hexDigits = Array("0123456789abcdef".utf8)
