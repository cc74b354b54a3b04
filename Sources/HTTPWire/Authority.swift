/// A validated authority without user information: `host` or `host:port` (RFC 3986 section 3.2).
///
/// Stricter than the generic grammar: a host is a DNS-like name, an IPv4 address or a bracketed IPv6 address, and a
/// port, where there is a colon, is 1 to 65535.
package struct Authority: Equatable, Sendable {
    /// The host with the brackets of an IPv6 literal.
    package let host: ByteRange
    package let port: UInt16?

    /// Nil when `bytes` are not an authority of that form.
    package init?(_ bytes: Span<UInt8>) {
        guard !bytes.isEmpty else { return nil }
        var end = 0
        if bytes[0] == 0x5b {
            while end < bytes.count, bytes[end] != 0x5d { end += 1 }
            guard end < bytes.count, Authority.isIPv6(bytes.extracting(1..<end)) else { return nil }
            end += 1
        } else {
            while end < bytes.count, bytes[end] != 0x3a { end += 1 }
            guard Authority.isHostName(bytes.extracting(0..<end)) else { return nil }
        }
        host = ByteRange(start: 0, count: end)
        if end == bytes.count {
            port = nil
        } else {
            guard bytes[end] == 0x3a, let number = Authority.port(bytes.extracting((end + 1)..<bytes.count)) else {
                return nil
            }
            port = number
        }
    }

    /// A DNS-like name or an IPv4 address: labels of 1 to 63 letters, digits, hyphens and underscores, 253 bytes in
    /// all, one final dot allowed.
    package static func isHostName(_ bytes: Span<UInt8>) -> Bool {
        guard !bytes.isEmpty, bytes.count <= 253 else { return false }
        var label = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte == 0x2e {
                guard label > 0 else { return false }
                label = 0
            } else {
                guard ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == 0x2d || byte == 0x5f else { return false }
                label &+= 1
                guard label <= 63 else { return false }
            }
        }
        return true
    }

    /// One to five digits that make 1 to 65535.
    package static func port(_ digits: Span<UInt8>) -> UInt16? {
        guard !digits.isEmpty, digits.count <= 5 else { return nil }
        var value = 0
        for index in 0..<digits.count {
            guard ASCII.isDigit(digits[index]) else { return nil }
            value = value * 10 + Int(digits[index] - 0x30)
        }
        return value > 0 ? UInt16(exactly: value) : nil
    }

    /// An IPv6 address without brackets and without a zone (RFC 4291 section 2.2).
    package static func isIPv6(_ bytes: Span<UInt8>) -> Bool {
        var groups = 0
        var compressed = false
        var index = 0
        if bytes.count >= 2, bytes[0] == 0x3a {
            guard bytes[1] == 0x3a else { return false }
            compressed = true
            index = 2
        }
        while index < bytes.count {
            let first = index
            while index < bytes.count, ASCII.hexadecimalValue(bytes[index]) != nil { index += 1 }
            if index < bytes.count, bytes[index] == 0x2e {
                // An IPv4 address may take the place of the last two groups.
                guard isIPv4(bytes.extracting(first..<bytes.count)) else { return false }
                groups += 2
                break
            }
            guard index > first, index - first <= 4 else { return false }
            groups += 1
            guard index < bytes.count else { break }
            guard bytes[index] == 0x3a else { return false }
            index += 1
            // A single colon at the end separates nothing.
            guard index < bytes.count else { return false }
            if bytes[index] == 0x3a {
                guard !compressed else { return false }
                compressed = true
                index += 1
            }
        }
        return compressed ? groups <= 7 : groups == 8
    }

    /// Four decimal numbers up to 255 without leading zeros.
    package static func isIPv4(_ bytes: Span<UInt8>) -> Bool {
        var parts = 0
        var index = 0
        while index < bytes.count {
            let first = index
            var value = 0
            while index < bytes.count, ASCII.isDigit(bytes[index]), index - first < 3 {
                value = value * 10 + Int(bytes[index] - 0x30)
                index += 1
            }
            guard index > first, value <= 255, index - first == 1 || bytes[first] != 0x30 else { return false }
            parts += 1
            if index == bytes.count { break }
            guard bytes[index] == 0x2e, index + 1 < bytes.count else { return false }
            index += 1
        }
        return parts == 4
    }
}
