/// Why the start of a connection is not a PROXY header. The connection is closed without an answer.
package enum ProxyHeaderError: Error, Equatable, Sendable {
    /// Neither version's signature.
    case noSignature
    /// Version 1 where only version 2 is taken, or the other way round.
    case otherVersion
    case malformed
    case tooLong

    package var reason: StaticString {
        switch self {
        case .noSignature: "no_proxy_header"
        case .otherVersion: "other_proxy_version"
        case .malformed: "malformed_proxy_header"
        case .tooLong: "proxy_header_too_long"
        }
    }
}

/// What a proxy in front says about a connection before its first byte (HAProxy's PROXY protocol, versions 1 and 2).
package struct ProxyHeader: Equatable, Sendable {
    /// The version that a listener takes.
    package enum Version: String, CaseIterable, Sendable {
        case off, v1, v2
    }

    /// Bytes of the header.
    package let length: Int
    /// The client's address and port; nil where the proxy speaks for itself (LOCAL, UNKNOWN).
    package let address: IPAddress?
    package let port: UInt16

    /// Bytes of a version 1 line with its end, at most, by the specification.
    private static let longestLine = 107
    /// Bytes of a version 2 header's addresses and extensions that are accepted.
    private static let longestBlock = 2_048
    private static let signature: InlineArray<12, UInt8> = [
        0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
    ]

    /// Looks at the first bytes of a connection; nil while more are needed.
    package static func parse(
        _ bytes: Span<UInt8>, _ version: Version
    ) throws(ProxyHeaderError) -> ProxyHeader? {
        guard bytes.count > 0 else { return nil }
        switch version {
        case .off: throw .noSignature
        case .v1:
            guard bytes[0] == 0x50 else { throw bytes[0] == 0x0d ? .otherVersion : .noSignature }
            return try line(bytes)
        case .v2:
            guard bytes[0] == 0x0d else { throw bytes[0] == 0x50 ? .otherVersion : .noSignature }
            return try block(bytes)
        }
    }

    // MARK: Version 1

    /// `PROXY TCP4 192.0.2.7 203.0.113.1 56324 443` and the line end; one space between the words.
    private static func line(_ bytes: Span<UInt8>) throws(ProxyHeaderError) -> ProxyHeader? {
        var end = 0
        while end < bytes.count, bytes[end] != 0x0d {
            guard bytes[end] >= 0x20, bytes[end] < 0x7f else { throw .malformed }
            guard end < longestLine - 2 else { throw .tooLong }
            end += 1
        }
        guard end + 1 < bytes.count else {
            let known = min(bytes.count, 6)
            guard bytes.extracting(0..<known).isPrefix(of: "PROXY ") else { throw .noSignature }
            return nil
        }
        guard bytes[end + 1] == 0x0a, bytes.count >= 6, bytes.extracting(0..<6).equals("PROXY ") else { throw .malformed }
        let words = words(bytes, from: 6, to: end)
        guard let family = words.first else { throw .malformed }
        if bytes[family].equals("UNKNOWN") { return ProxyHeader(length: end + 2, address: nil, port: 0) }
        guard words.count == 5, let source = IPAddress(bytes[words[1]]), IPAddress(bytes[words[2]]) != nil,
            let port = port(bytes[words[3]]), self.port(bytes[words[4]]) != nil
        else { throw .malformed }
        let isIPv4 = bytes[family].equals("TCP4")
        guard isIPv4 || bytes[family].equals("TCP6"), Authority.isIPv4(bytes[words[1]]) == isIPv4,
            Authority.isIPv4(bytes[words[2]]) == isIPv4
        else { throw .malformed }
        return ProxyHeader(length: end + 2, address: source, port: port)
    }

    private static func words(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> [ByteRange] {
        var words: [ByteRange] = []
        var first = start
        for index in start...end where index == end || bytes[index] == 0x20 {
            words.append(ByteRange(first..<index))
            first = index + 1
        }
        return words
    }

    /// Decimal without leading zeros, 0 included.
    private static func port(_ digits: Span<UInt8>) -> UInt16? {
        if digits.count == 1, digits[0] == 0x30 { return 0 }
        guard digits.count > 0, digits[0] != 0x30 else { return nil }
        return Authority.port(digits)
    }

    // MARK: Version 2

    private static func block(_ bytes: Span<UInt8>) throws(ProxyHeaderError) -> ProxyHeader? {
        for index in 0..<min(bytes.count, signature.count) {
            guard bytes[index] == signature[index] else { throw .noSignature }
        }
        guard bytes.count >= 16 else { return nil }
        let rest = Int(bytes[14]) << 8 | Int(bytes[15])
        guard rest <= longestBlock else { throw .tooLong }
        guard bytes[12] >> 4 == 2 else { throw .malformed }
        guard bytes.count >= 16 + rest else { return nil }
        switch bytes[12] & 15 {
        case 0: return ProxyHeader(length: 16 + rest, address: nil, port: 0)
        case 1: return try addresses(bytes, rest)
        default: throw .malformed
        }
    }

    /// Of a proxied TCP connection; other families are refused, because nothing is known of their client.
    private static func addresses(_ bytes: Span<UInt8>, _ rest: Int) throws(ProxyHeaderError) -> ProxyHeader {
        func word(_ start: Int, _ count: Int) -> UInt64 {
            (start..<start + count).reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
        }
        switch bytes[13] {
        case 0x11:
            guard rest >= 12 else { throw .malformed }
            return ProxyHeader(
                length: 16 + rest, address: IPAddress(ipv4: UInt32(word(16, 4))), port: UInt16(word(24, 2)))
        case 0x21:
            guard rest >= 36 else { throw .malformed }
            return ProxyHeader(
                length: 16 + rest, address: IPAddress(high: word(16, 8), low: word(24, 8)), port: UInt16(word(48, 2)))
        default: throw .malformed
        }
    }
}

extension Span where Element == UInt8 {
    /// These bytes are the first of `text`.
    fileprivate func isPrefix(of text: StaticString) -> Bool {
        guard count <= text.utf8CodeUnitCount else { return false }
        for index in 0..<count {
            // Safe: index is below the literal's count.
            guard unsafe self[index] == text.utf8Start[index] else { return false }
        }
        return true
    }
}
