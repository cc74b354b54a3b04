/// An IPv4 or IPv6 address as a value; IPv4 is mapped into IPv6 (RFC 4291 section 2.5.5.2).
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    private static let mappedPrefix: UInt64 = 0xffff

    package init(ipv4 address: UInt32) {
        self.init(high: 0, low: Self.mappedPrefix << 32 | UInt64(address))
    }

    package var isIPv4: Bool { high == 0 && low >> 32 == Self.mappedPrefix }

    /// Reads `192.0.2.7` or `2001:db8::1`, without brackets, zone or port; nil for anything else.
    package init?(_ text: Span<UInt8>) {
        if Authority.isIPv4(text) {
            self.init(ipv4: IPAddress.ipv4(text))
        } else if Authority.isIPv6(text) {
            self = IPAddress.ipv6(text)
        } else {
            return nil
        }
    }

    package init?(_ text: String) { self.init(text.utf8.span) }

    /// `text` is a valid dotted address.
    private static func ipv4(_ text: Span<UInt8>) -> UInt32 {
        var address: UInt32 = 0
        var part: UInt32 = 0
        for index in 0..<text.count {
            if text[index] == 0x2e {
                address = address << 8 | part
                part = 0
            } else {
                part = part * 10 + UInt32(text[index] - 0x30)
            }
        }
        return address << 8 | part
    }

    /// `text` is a valid address (RFC 4291 section 2.2).
    private static func ipv6(_ text: Span<UInt8>) -> IPAddress {
        var groups: [UInt16] = []
        var gap: Int?
        var index = 0
        while index < text.count {
            if text[index] == 0x3a {
                if index + 1 < text.count, text[index + 1] == 0x3a { gap = groups.count }
                index += 1
                continue
            }
            let first = index
            var group: UInt16 = 0
            while index < text.count, let digit = ASCII.hexadecimalValue(text[index]) {
                group = group << 4 | UInt16(digit)
                index += 1
            }
            if index < text.count, text[index] == 0x2e {
                let address = ipv4(text.extracting(first...))
                groups += [UInt16(truncatingIfNeeded: address >> 16), UInt16(truncatingIfNeeded: address)]
                break
            }
            groups.append(group)
        }
        if let gap { groups.insert(contentsOf: Array(repeating: 0, count: max(0, 8 - groups.count)), at: gap) }
        var words: (UInt64, UInt64) = (0, 0)
        for (place, group) in groups.prefix(8).enumerated() {
            if place < 4 { words.0 = words.0 << 16 | UInt64(group) } else { words.1 = words.1 << 16 | UInt64(group) }
        }
        return IPAddress(high: words.0, low: words.1)
    }

    /// Dotted for IPv4, by RFC 5952 for IPv6.
    package var description: String {
        if isIPv4 {
            return (0..<4).map { String(low >> UInt64(24 - 8 * $0) & 0xff) }.joined(separator: ".")
        }
        let groups = (0..<8).map { place in
            UInt16(truncatingIfNeeded: (place < 4 ? high : low) >> UInt64(48 - 16 * (place & 3)))
        }
        guard let gap = IPAddress.longestRun(of: groups) else {
            return groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let before = groups[..<gap.lowerBound].map { String($0, radix: 16) }.joined(separator: ":")
        let after = groups[gap.upperBound...].map { String($0, radix: 16) }.joined(separator: ":")
        return "\(before)::\(after)"
    }

    /// The first of the longest runs of two or more zeros (RFC 5952 section 4.2).
    private static func longestRun(of groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > max(1, best?.count ?? 0) { best = start..<end }
            start = end + 1
        }
        return best
    }
}

/// Addresses that share their first bits: `10.0.0.0/8`, `2001:db8::/32`, or one address.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    private let base: IPAddress
    /// Bits of the mapped form, 0 to 128.
    private let bits: Int

    /// - Returns: nil for anything else, and where bits are set behind the prefix: that is a typing error.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        let width = address.isIPv4 && !first.contains(":") ? 32 : 128
        var length = width
        if parts.count == 2 {
            guard let given = UInt8(parts[1]), given <= width, String(given) == parts[1] else { return nil }
            length = Int(given)
        }
        bits = 128 - width + length
        base = address
        guard IPNetwork.masked(address, bits) == address else { return nil }
    }

    package func contains(_ address: IPAddress) -> Bool { IPNetwork.masked(address, bits) == base }

    private static func masked(_ address: IPAddress, _ bits: Int) -> IPAddress {
        let high: UInt64 = bits >= 64 ? .max : bits == 0 ? 0 : .max << UInt64(64 - bits)
        let low: UInt64 = bits >= 128 ? .max : bits <= 64 ? 0 : .max << UInt64(128 - bits)
        return IPAddress(high: address.high & high, low: address.low & low)
    }

    package var description: String {
        base.isIPv4 && bits >= 96 ? "\(base)/\(bits - 96)" : "\(base)/\(bits)"
    }
}
