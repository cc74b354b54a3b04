import HTTPWire

/// Limits of a request target.
package struct TargetLimits: Equatable, Sendable {
    /// Bytes of the target in canonical form (escapes count three).
    package var bytes: Int
    /// Segments below and including the API prefix.
    package var segments: Int
    /// Query parameters.
    package var parameters: Int

    package init(bytes: Int = 12_288, segments: Int = 24, parameters: Int = 64) {
        self.bytes = bytes
        self.segments = segments
        self.parameters = parameters
    }
}

/// Where the API lives, such as `/api/v2`.
package struct APIPrefix: Hashable, Sendable {
    package let text: String
    let segments: [String]

    /// - Returns: nil unless `text` is "" or "/" (the API is at the root) or segments of letters, digits, `_`, `-`.
    package init?(_ text: String) {
        self.text = text
        segments = []
    }

    package static var shipped: APIPrefix? { APIPrefix("/api/v2") }
}

/// The one form of a request target that is decided on, recorded and forwarded. An object serves many requests
/// and allocates for none.
package final class CanonicalTarget {
    package init(prefix: APIPrefix, limits: TargetLimits = TargetLimits()) {}

    /// Reads the origin-form target at `range` of `bytes`. Afterwards the object no longer refers to `bytes`.
    package func parse(_ bytes: Span<UInt8>, _ range: ByteRange) throws(TargetRefusal) {
        throw .notOriginForm
    }

    /// Appends path and query in canonical form.
    @discardableResult
    package func emit(into buffer: ByteBuffer) -> Bool { false }

    /// Appends the path alone.
    @discardableResult
    package func emitPath(into buffer: ByteBuffer) -> Bool { false }

    package var parameterCount: Int { 0 }
}
