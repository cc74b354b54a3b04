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
        return nil
    }

    /// A DNS-like name or an IPv4 address: labels of letters, digits, hyphens and underscores, 255 bytes at most.
    package static func isHostName(_ bytes: Span<UInt8>) -> Bool {
        false
    }
}
