/// What is wrong with the lines of a head, whichever direction it travels.
package enum HeadFault: Error, Equatable, Sendable, CaseIterable {
    /// CR not followed by LF.
    case bareCR
    /// LF not preceded by CR.
    case bareLF
    /// NUL, another control byte or DEL.
    case controlByte
    /// A field line starts with white space (obs-fold, RFC 9112 section 5.2).
    case lineFolding
    case missingColon
    case emptyFieldName
    /// White space between field name and colon (RFC 9112 section 5.1).
    case spaceBeforeColon
    case invalidFieldName
    case tooManyFields
    case fieldsTooLarge
    /// A Connection field is not a list of tokens, or has more options than the limit.
    case invalidConnection
    case invalidContentLength
    /// More than one Content-Length, equal or not.
    case repeatedContentLength
    /// Both Transfer-Encoding and Content-Length (RFC 9112 section 6.1).
    case ambiguousFraming
    /// Anything but one field with the one coding `chunked`.
    case unsupportedTransferEncoding
    /// Transfer-Encoding in an HTTP/1.0 message.
    case transferEncodingInHTTP10

    /// A stable name for logs, metrics and error bodies.
    package var reason: StaticString {
        switch self {
        case .bareCR: "bare_cr"
        case .bareLF: "bare_lf"
        case .controlByte: "control_byte"
        case .lineFolding: "line_folding"
        case .missingColon: "missing_colon"
        case .emptyFieldName: "empty_field_name"
        case .spaceBeforeColon: "space_before_colon"
        case .invalidFieldName: "invalid_field_name"
        case .tooManyFields: "too_many_fields"
        case .fieldsTooLarge: "fields_too_large"
        case .invalidConnection: "invalid_connection"
        case .invalidContentLength: "invalid_content_length"
        case .repeatedContentLength: "repeated_content_length"
        case .ambiguousFraming: "ambiguous_framing"
        case .unsupportedTransferEncoding: "unsupported_transfer_encoding"
        case .transferEncodingInHTTP10: "transfer_encoding_in_http10"
        }
    }
}

/// Why a request head is refused. The connection is closed after the refusal: where the next request would
/// start is not known.
package enum RequestError: Error, Equatable, Sendable {
    case head(HeadFault)
    case requestLineTooLong
    case malformedRequestLine
    case unsupportedVersion
    /// TRACE and CONNECT.
    case methodNotAllowed
    case invalidTarget
    case missingHost
    case repeatedHost
    case invalidHost
    /// An absolute-form target names another authority than Host.
    case hostMismatch
    /// Expect has another value than 100-continue, or there are several.
    case unsupportedExpectation

    /// The status code to answer with.
    package var status: UInt16 {
        switch self {
        case .head(.tooManyFields), .head(.fieldsTooLarge): 431
        case .requestLineTooLong: 414
        case .unsupportedVersion: 505
        case .methodNotAllowed: 405
        case .unsupportedExpectation: 417
        case .head, .malformedRequestLine, .invalidTarget, .missingHost, .repeatedHost, .invalidHost,
            .hostMismatch: 400
        }
    }

    /// A stable name for logs, metrics and error bodies.
    package var reason: StaticString {
        switch self {
        case .head(let fault): fault.reason
        case .requestLineTooLong: "request_line_too_long"
        case .malformedRequestLine: "malformed_request_line"
        case .unsupportedVersion: "unsupported_version"
        case .methodNotAllowed: "method_not_allowed"
        case .invalidTarget: "invalid_target"
        case .missingHost: "missing_host"
        case .repeatedHost: "repeated_host"
        case .invalidHost: "invalid_host"
        case .hostMismatch: "host_mismatch"
        case .unsupportedExpectation: "unsupported_expectation"
        }
    }
}
