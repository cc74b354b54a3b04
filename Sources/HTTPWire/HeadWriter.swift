/// Writers of heads and chunks. Each appends whole or not at all, and says false when it does not fit, or when a
/// value holds a byte that could end the line: nothing that goes through here can inject a field.
extension ByteBuffer {
    /// `HTTP/1.1 200 OK` and the line end; a status without a known phrase gets an empty one.
    @discardableResult
    package func appendStatusLine(_ status: UInt16) -> Bool { false }

    /// `GET /path HTTP/1.1` and the line end. Method must be a token, target printable ASCII.
    @discardableResult
    package func appendRequestLine(method: Span<UInt8>, target: Span<UInt8>) -> Bool { false }

    /// `Name: value` and the line end.
    @discardableResult
    package func appendField(_ name: StaticString, _ value: Span<UInt8>) -> Bool { false }

    @discardableResult
    package func appendField(_ name: StaticString, _ value: StaticString) -> Bool { false }

    @discardableResult
    package func appendField(_ name: StaticString, decimal value: UInt64) -> Bool { false }

    /// A parsed field with its own name; `bytes` are what its head was parsed from.
    @discardableResult
    package func appendField(_ field: HeadField, of bytes: Span<UInt8>) -> Bool { false }

    /// The empty line that ends a head.
    @discardableResult
    package func appendHeadEnd() -> Bool { false }

    /// The size line of a chunk of `count` bytes; `count` is not zero, which would end the body.
    @discardableResult
    package func appendChunkHead(_ count: Int) -> Bool { false }

    /// The line end after a chunk's bytes.
    @discardableResult
    package func appendChunkEnd() -> Bool { false }

    /// The last chunk and the empty trailer section.
    @discardableResult
    package func appendLastChunk() -> Bool { false }

    /// `Date: ...` for `seconds` since the Unix epoch.
    @discardableResult
    package func appendDateField(_ seconds: Int64) -> Bool { false }
}

/// The registered reason phrase of a status code (RFC 9110 section 15 and the IANA registry); empty when unknown.
package func reasonPhrase(_ status: UInt16) -> StaticString { "" }
