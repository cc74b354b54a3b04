import HTTPWire

/// The wire's own errors as reason codes. The wire's stable names are finer; audit records keep them as detail.
extension ReasonCode {
    /// A request head that is refused; the status is the error's own.
    package init(_ error: RequestError) {
        self = switch error {
        case .head(let fault): ReasonCode(fault)
        case .requestLineTooLong: .requestLineTooLong
        case .unsupportedVersion: .unsupportedVersion
        case .methodNotAllowed: .methodNotAllowed
        case .unsupportedExpectation: .expectationFailed
        case .malformedRequestLine, .invalidTarget, .missingHost, .repeatedHost, .invalidHost, .hostMismatch:
            .malformedRequest
        }
    }

    private init(_ fault: HeadFault) {
        self = switch fault {
        case .tooManyFields, .fieldsTooLarge: .fieldsTooLarge
        case .invalidContentLength, .repeatedContentLength, .ambiguousFraming, .unsupportedTransferEncoding,
            .transferEncodingInHTTP10:
            .ambiguousFraming
        case .bareCR, .bareLF, .controlByte, .lineFolding, .missingColon, .emptyFieldName, .spaceBeforeColon,
            .invalidFieldName, .invalidConnection:
            .malformedRequest
        }
    }

    /// The body of a request.
    package init(requestBody error: BodyError) {
        self = switch error {
        case .prematureEnd: .clientClosedEarly
        case .invalidChunkSize, .malformedChunk, .chunkExtensionTooLarge, .malformedTrailer, .trailerTooLarge:
            .malformedBody
        }
    }

    /// The body of a response.
    package init(responseBody error: BodyError) {
        self = switch error {
        case .prematureEnd: .upstreamClosedEarly
        case .invalidChunkSize, .malformedChunk, .chunkExtensionTooLarge, .malformedTrailer, .trailerTooLarge:
            .upstreamMalformed
        }
    }
}
