/// A response's head, as offsets into the bytes it was parsed from; reused like `RequestHead`.
package final class ResponseHead {
    /// 100 to 599, never 101.
    package internal(set) var status: UInt16 = 0
    package internal(set) var version = HTTPVersion.http11
    /// What follows this head, given the request's method: nothing for HEAD, 1xx, 204 and 304.
    package internal(set) var framing = BodyFraming.none
    /// The upstream connection may carry another request once the body ended.
    package internal(set) var keepAlive = false
    /// A 1xx head: another head for the same request follows.
    package internal(set) var isInterim = false
    /// The reason phrase as sent; may be empty.
    package internal(set) var reason = ByteRange.empty
    /// The value of Content-Length where there is one, also where no body follows (HEAD, 304).
    package internal(set) var contentLength: UInt64?
    /// How many Content-Type fields there are, and the value of the first.
    package internal(set) var contentTypeCount = 0
    package internal(set) var contentType = ByteRange.empty
    /// How many Content-Encoding fields there are, and the value of the first.
    package internal(set) var contentEncodingCount = 0
    package internal(set) var contentEncoding = ByteRange.empty
    package internal(set) var fields: FieldList

    package init(limits: HTTPLimits) {
        fields = FieldList(capacity: limits.fieldCount)
    }
}

/// Why a response head is refused. The upstream connection is dropped and nothing of the response is passed on.
package enum ResponseError: Error, Equatable, Sendable {
    case head(HeadFault)
    case statusLineTooLong
    case malformedStatusLine
    case unsupportedVersion
    /// Not three digits from 100 to 599.
    case invalidStatus
    /// 101: this gateway never asks for another protocol.
    case switchingProtocols
    /// Framing fields announce a body where none can be (1xx, 204).
    case impossibleBody

    /// A stable name for logs, metrics and audit records.
    package var reason: StaticString {
        switch self {
        case .head(let fault): fault.reason
        case .statusLineTooLong: "status_line_too_long"
        case .malformedStatusLine: "malformed_status_line"
        case .unsupportedVersion: "unsupported_version"
        case .invalidStatus: "invalid_status"
        case .switchingProtocols: "switching_protocols"
        case .impossibleBody: "impossible_body"
        }
    }
}
