import HTTPWire

/// What the Authorization field of a request carries. Never the bytes themselves, only where they are.
package enum Credential: Equatable, Sendable {
    case none
    /// An API key, bare or with the scheme Bearer.
    case key(ByteRange)
    /// The base64 part of Basic.
    case basic(ByteRange)
    /// Shaped like a JSON Web Token or its encrypted sister; never tried as anything else.
    case token(ByteRange)
    case malformed
    /// More than one field, or a list.
    case several
    /// Another scheme.
    case unsupported

    /// The longest API key, in bytes.
    package static let maximumKeyBytes = 512

    /// Reads the credential of a request head parsed from `bytes`.
    package init(of head: RequestHead, in bytes: Span<UInt8>) {
        self = .none
    }

    /// Reads one field value.
    package init(_ bytes: Span<UInt8>, _ value: ByteRange) {
        self = .none
    }
}
