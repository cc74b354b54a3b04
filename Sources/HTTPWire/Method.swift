/// A request method (RFC 9110 section 9). Method names are case-sensitive.
package enum Method: UInt8, Sendable, CaseIterable {
    case get, head, post, put, patch, delete, options, trace, connect
    /// Any other token; its bytes are in `RequestHead.methodRange`.
    case unknown

    /// The name on the wire; "UNKNOWN" for `.unknown`, whose own bytes only the head has.
    package var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .connect: "CONNECT"
        case .unknown: "UNKNOWN"
        }
    }

    /// Several identical requests have the effect of one (RFC 9110 section 9.2.2).
    package var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .patch, .connect, .unknown: false
        }
    }

    /// Read-only by definition (RFC 9110 section 9.2.1).
    package var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace: true
        case .post, .put, .patch, .delete, .connect, .unknown: false
        }
    }
}
