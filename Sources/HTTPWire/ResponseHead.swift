/// A response's head, as offsets into the bytes it was parsed from; reused like `RequestHead`.
package final class ResponseHead {
    /// What was read. Not visible outside the module, so that the compiler proves exclusive access instead of checking
    /// it at run time.
    struct Values {
        var status: UInt16 = 0
        var version = HTTPVersion.http11
        var framing = BodyFraming.none
        var keepAlive = false
        var isInterim = false
        var reason = ByteRange.empty
        var contentLength: UInt64?
        var contentTypeCount = 0
        var contentType = ByteRange.empty
        var contentEncodingCount = 0
        var contentEncoding = ByteRange.empty
    }

    var values = Values()
    // A parser takes it out and puts it back, for the same reason.
    private var fieldList: FieldList

    package init(limits: HTTPLimits) {
        fieldList = FieldList(capacity: limits.fieldCount)
    }

    /// 100 to 599, never 101.
    package var status: UInt16 { values.status }
    package var version: HTTPVersion { values.version }
    /// What follows this head, given the request's method: nothing for HEAD, 1xx, 204 and 304.
    package var framing: BodyFraming { values.framing }
    /// The upstream connection may carry another request once the body ended.
    package var keepAlive: Bool { values.keepAlive }
    /// A 1xx head: another head for the same request follows.
    package var isInterim: Bool { values.isInterim }
    /// The reason phrase as sent; may be empty.
    package var reason: ByteRange { values.reason }
    /// The value of Content-Length where there is one, also where no body follows (HEAD, 304).
    package var contentLength: UInt64? { values.contentLength }
    /// How many Content-Type fields there are, and the value of the first.
    package var contentTypeCount: Int { values.contentTypeCount }
    package var contentType: ByteRange { values.contentType }
    /// How many Content-Encoding fields there are, and the value of the first.
    package var contentEncodingCount: Int { values.contentEncodingCount }
    package var contentEncoding: ByteRange { values.contentEncoding }

    package var fields: FieldList { fieldList }

    /// The storage of the field lines, to be changed and given back.
    func takeFields() -> FieldList {
        let fields = fieldList
        fieldList = FieldList()
        return fields
    }

    func putBack(_ fields: consuming FieldList) { fieldList = fields }
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
