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
    /// What was read. Not visible outside the module, so that the compiler proves exclusive access instead of checking
    /// it at run time.
    struct Values {
        var method = Method.unknown
        var version = HTTPVersion.http11
        var framing = BodyFraming.none
        var keepAlive = false
        var expectsContinue = false
        var isAsterisk = false
        var methodRange = ByteRange.empty
        var target = ByteRange.empty
        var path = ByteRange.empty
        var host = ByteRange.empty
        /// The authority of an absolute-form target; empty for the other forms.
        var targetAuthority = ByteRange.empty
        var authorizationCount = 0
        var authorization = ByteRange.empty
        var contentTypeCount = 0
        var contentType = ByteRange.empty
    }

    var values = Values()
    // A parser takes it out and puts it back, for the same reason.
    private var fieldList: FieldList

    package init(limits: HTTPLimits) {
        fieldList = FieldList(capacity: limits.fieldCount)
    }

    package var method: Method { values.method }
    package var version: HTTPVersion { values.version }
    package var framing: BodyFraming { values.framing }
    /// The connection may carry another request after this one (version and Connection options).
    package var keepAlive: Bool { values.keepAlive }
    /// The client waits for 100 (Continue) before it sends the body. Never set for HTTP/1.0 or an empty body.
    package var expectsContinue: Bool { values.expectsContinue }
    /// The target is `*` (OPTIONS only); `path` is then the asterisk.
    package var isAsterisk: Bool { values.isAsterisk }
    package var methodRange: ByteRange { values.methodRange }
    /// The request target as sent.
    package var target: ByteRange { values.target }
    /// The origin-form part of the target: from the first "/" of the path to the end of the query.
    package var path: ByteRange { values.path }
    /// The authority the request is for, validated: Host, which agrees with an absolute-form target. Empty only
    /// for an HTTP/1.0 request without one.
    package var host: ByteRange { values.host }
    /// How many Authorization fields there are, and the value of the first.
    package var authorizationCount: Int { values.authorizationCount }
    package var authorization: ByteRange { values.authorization }
    /// How many Content-Type fields there are, and the value of the first.
    package var contentTypeCount: Int { values.contentTypeCount }
    package var contentType: ByteRange { values.contentType }
    /// All field lines. Offsets count from the first byte of the parsed span.
    package var fields: FieldList { fieldList }

    /// The storage of the field lines, to be changed and given back.
    func takeFields() -> FieldList {
        let fields = fieldList
        fieldList = FieldList()
        return fields
    }

    func putBack(_ fields: consuming FieldList) { fieldList = fields }
}
