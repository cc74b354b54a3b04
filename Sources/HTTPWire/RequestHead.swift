/// The version of a message that this gateway speaks.
package enum HTTPVersion: UInt8, Sendable {
    case http10, http11
}

/// How the length of a message body is known (RFC 9112 section 6.3).
package enum BodyFraming: Equatable, Sendable {
    /// There is no body.
    case none
    /// Content-Length says so; zero is possible.
    case length(UInt64)
    /// Transfer-Encoding: chunked.
    case chunked
    /// All bytes until the peer closes; responses only.
    case untilClose

    /// No body byte can follow.
    package var isEmpty: Bool { self == .none || self == .length(0) }
}

/// A request's head, as offsets into the bytes it was parsed from. One object serves many requests: its contents
/// are defined from the moment `RequestParser.parse` returns a length until the next call that gets this object.
package final class RequestHead {
    package internal(set) var method = Method.unknown
    package internal(set) var version = HTTPVersion.http11
    package internal(set) var framing = BodyFraming.none
    /// The connection may carry another request after this one (version and Connection options).
    package internal(set) var keepAlive = false
    /// The client waits for 100 (Continue) before it sends the body. Never set for HTTP/1.0 or an empty body.
    package internal(set) var expectsContinue = false
    /// The target is `*` (OPTIONS only); `path` is then the asterisk.
    package internal(set) var isAsterisk = false
    package internal(set) var methodRange = ByteRange.empty
    /// The request target as sent.
    package internal(set) var target = ByteRange.empty
    /// The origin-form part of the target: from the first "/" of the path to the end of the query.
    package internal(set) var path = ByteRange.empty
    /// The authority the request is for, validated: Host, which agrees with an absolute-form target. Empty only
    /// for an HTTP/1.0 request without one.
    package internal(set) var host = ByteRange.empty
    /// The authority of an absolute-form target; empty for the other forms.
    var targetAuthority = ByteRange.empty
    /// How many Authorization fields there are, and the value of the first.
    package internal(set) var authorizationCount = 0
    package internal(set) var authorization = ByteRange.empty
    /// How many Content-Type fields there are, and the value of the first.
    package internal(set) var contentTypeCount = 0
    package internal(set) var contentType = ByteRange.empty
    /// All field lines. Offsets count from the first byte of the parsed span.
    package internal(set) var fields: FieldList

    package init(limits: HTTPLimits) {
        fields = FieldList(capacity: limits.fieldCount)
    }
}
