/// Why an exchange ended as it did: the closed list for the whole product.
///
/// `text` is stable: it is in problem documents, audit records, metrics and the manual. Raw values are not; never
/// store them.
package enum ReasonCode: UInt8, CaseIterable, Sendable {
    case allowed

    // Credentials.
    case noCredential
    case malformedCredential
    case severalCredentials
    case unsupportedCredential
    case unknownKey
    case revokedKey
    case expiredKey
    case certificateRequired
    case refusedToken
    case tokenKeysUnavailable

    // Authorisation.
    case missingScope
    case explicitGrantRequired
    case deniedScope
    case protectedField
    case unknownParameter
    case unknownOperation
    case operationWithoutScope
    case methodNotAllowed

    // Targets.
    case outsideAPI
    case trailingSlash
    case ambiguousTarget
    case invalidIdentifier
    case unsupportedFormat
    case methodOverride
    case credentialInTarget
    case targetTooLarge

    // The wire.
    case malformedRequest
    case ambiguousFraming
    case requestLineTooLong
    case fieldsTooLarge
    case unsupportedVersion
    case expectationFailed
    case requestTimeout
    case answerTimeout
    case clientClosedEarly

    // Request bodies.
    case bodyNotAllowed
    case unsupportedMediaType
    case bodyTooLarge
    case malformedBody
    case maskWrittenBack
    case secretRedirected
    case unsupportedCondition

    // Upstream.
    case upstreamUnreachable
    case upstreamTimeout
    case upstreamMalformed
    case upstreamClosedEarly
    case upstreamCredentialRefused
    case upstreamCredentialUnavailable

    // Responses.
    case responseWithheld
    case redactionFailed

    // The gateway itself.
    case auditUnavailable
    case overloaded
    case draining
    case throttled
    case exchangeTimeout
    case internalError

    /// The stable name.
    package var text: StaticString {
        switch self {
        case .allowed: "allowed"
        case .noCredential: "no_credential"
        case .malformedCredential: "malformed_credential"
        case .severalCredentials: "several_credentials"
        case .unsupportedCredential: "unsupported_credential"
        case .unknownKey: "unknown_key"
        case .revokedKey: "revoked_key"
        case .expiredKey: "expired_key"
        case .certificateRequired: "certificate_required"
        case .refusedToken: "refused_token"
        case .tokenKeysUnavailable: "token_keys_unavailable"
        case .missingScope: "missing_scope"
        case .explicitGrantRequired: "explicit_grant_required"
        case .deniedScope: "denied_scope"
        case .protectedField: "protected_field"
        case .unknownParameter: "unknown_parameter"
        case .unknownOperation: "unknown_operation"
        case .operationWithoutScope: "operation_without_scope"
        case .methodNotAllowed: "method_not_allowed"
        case .outsideAPI: "outside_api"
        case .trailingSlash: "trailing_slash"
        case .ambiguousTarget: "ambiguous_target"
        case .invalidIdentifier: "invalid_identifier"
        case .unsupportedFormat: "unsupported_format"
        case .methodOverride: "method_override"
        case .credentialInTarget: "credential_in_target"
        case .targetTooLarge: "target_too_large"
        case .malformedRequest: "malformed_request"
        case .ambiguousFraming: "ambiguous_framing"
        case .requestLineTooLong: "request_line_too_long"
        case .fieldsTooLarge: "fields_too_large"
        case .unsupportedVersion: "unsupported_version"
        case .expectationFailed: "expectation_failed"
        case .requestTimeout: "request_timeout"
        case .answerTimeout: "answer_timeout"
        case .clientClosedEarly: "client_closed_early"
        case .bodyNotAllowed: "body_not_allowed"
        case .unsupportedMediaType: "unsupported_media_type"
        case .bodyTooLarge: "body_too_large"
        case .malformedBody: "malformed_body"
        case .maskWrittenBack: "mask_written_back"
        case .secretRedirected: "secret_redirected"
        case .unsupportedCondition: "unsupported_condition"
        case .upstreamUnreachable: "upstream_unreachable"
        case .upstreamTimeout: "upstream_timeout"
        case .upstreamMalformed: "upstream_malformed"
        case .upstreamClosedEarly: "upstream_closed_early"
        case .upstreamCredentialRefused: "upstream_credential_refused"
        case .upstreamCredentialUnavailable: "upstream_credential_unavailable"
        case .responseWithheld: "response_withheld"
        case .redactionFailed: "redaction_failed"
        case .auditUnavailable: "audit_unavailable"
        case .overloaded: "overloaded"
        case .draining: "draining"
        case .throttled: "throttled"
        case .exchangeTimeout: "exchange_timeout"
        case .internalError: "internal_error"
        }
    }

    /// The status that the client gets; for `.allowed` the appliance's own counts and this is 200.
    package var status: UInt16 {
        switch self {
        case .allowed: 200
        case .ambiguousTarget, .invalidIdentifier, .unsupportedFormat, .methodOverride, .credentialInTarget,
            .malformedRequest, .ambiguousFraming, .clientClosedEarly, .bodyNotAllowed, .malformedBody,
            .unsupportedCondition: 400
        case .noCredential, .malformedCredential, .severalCredentials,
            .unsupportedCredential, .unknownKey, .revokedKey, .expiredKey, .certificateRequired, .refusedToken: 401
        case .missingScope, .explicitGrantRequired, .deniedScope, .operationWithoutScope, .protectedField,
            .unknownParameter, .secretRedirected: 403
        case .unknownOperation, .outsideAPI, .trailingSlash: 404
        case .methodNotAllowed: 405
        case .requestTimeout, .answerTimeout: 408
        case .bodyTooLarge: 413
        case .targetTooLarge, .requestLineTooLong: 414
        case .unsupportedMediaType: 415
        case .maskWrittenBack: 422
        case .expectationFailed: 417
        case .throttled: 429
        case .fieldsTooLarge: 431
        case .internalError: 500
        case .upstreamUnreachable, .upstreamMalformed, .upstreamClosedEarly, .upstreamCredentialRefused,
            .responseWithheld, .redactionFailed: 502
        case .auditUnavailable, .overloaded, .draining, .upstreamCredentialUnavailable, .tokenKeysUnavailable: 503
        case .upstreamTimeout, .exchangeTimeout: 504
        case .unsupportedVersion: 505
        }
    }

    /// What happened and, where there is something, what to do: one line for a person.
    package var explanation: StaticString {
        switch self {
        case .allowed: "The request is permitted."
        case .noCredential: "The request carries no credential."
        case .malformedCredential: "The Authorization field cannot be read as a credential."
        case .severalCredentials: "The request carries more than one credential."
        case .unsupportedCredential: "This kind of credential is not accepted here."
        case .unknownKey: "The API key is not known."
        case .revokedKey: "The API key has been revoked."
        case .expiredKey: "The API key has expired."
        case .certificateRequired: "The API key only works together with its client certificate."
        case .refusedToken: "The token is not valid here, or no longer; get a new one."
        case .tokenKeysUnavailable: "The keys of the token's issuer are not at hand; try again later."
        case .missingScope: "The API key does not hold the scope that this operation needs."
        case .explicitGrantRequired: "This operation needs a grant of exactly its scope; a wildcard does not cover it."
        case .deniedScope: "The API key is denied the scope that this operation needs."
        case .protectedField:
            "The query names a field that the API key may not read; leave it out, or use a key with its explicit scope."
        case .unknownParameter:
            "The operation has no such query parameter, so it may ask for fields that the API key may not read."
        case .unknownOperation: "The path is not an operation of the API that this gateway knows."
        case .operationWithoutScope:
            "The API states no scope for this operation and none is configured, so no key may run it."
        case .methodNotAllowed: "The path does not take this method."
        case .outsideAPI: "The path is not below the API prefix."
        case .trailingSlash: "The path ends in a slash; ask for it without the slash."
        case .ambiguousTarget: "The target can be read in more than one way."
        case .invalidIdentifier: "An id in the path cannot be carried safely; use the numeric id."
        case .unsupportedFormat: "Only JSON is served: no format parameter and no suffix but .json."
        case .methodOverride: "A method override is not accepted; send the method itself."
        case .credentialInTarget: "A credential in the query string is not accepted; use the Authorization field."
        case .targetTooLarge: "The target has too many bytes, segments or parameters."
        case .malformedRequest: "The request is not well-formed HTTP/1.1."
        case .ambiguousFraming: "The length of the request body is not stated unambiguously."
        case .requestLineTooLong: "The request line is too long."
        case .fieldsTooLarge: "The request has too many or too large header fields."
        case .unsupportedVersion: "Only HTTP/1.1 and HTTP/1.0 are spoken here."
        case .expectationFailed: "Only the expectation 100-continue can be met."
        case .requestTimeout: "The request did not arrive in time."
        case .answerTimeout: "The client did not take the answer in time."
        case .clientClosedEarly: "The client closed the connection before the exchange was complete."
        case .bodyNotAllowed: "This operation takes no request body."
        case .unsupportedMediaType: "The operation does not take a body of this Content-Type."
        case .bodyTooLarge: "The request body is too large."
        case .malformedBody: "The request body is not well-formed."
        case .maskWrittenBack:
            "The request body holds a mask in the place of a secret; leave the member out to keep the secret."
        case .secretRedirected:
            "The request changes where the appliance sends a stored secret; give a new secret with it."
        case .unsupportedCondition:
            "A condition on the state of the object cannot be carried for a key that may not see all of it."
        case .upstreamUnreachable: "The appliance cannot be reached."
        case .upstreamTimeout: "The appliance did not answer in time."
        case .upstreamMalformed: "The answer of the appliance is not well-formed HTTP."
        case .upstreamClosedEarly: "The appliance closed the connection before its answer was complete."
        case .upstreamCredentialRefused: "The appliance refuses the credential of the gateway; tell its operator."
        case .upstreamCredentialUnavailable:
            "The appliance credential of this key cannot be opened; tell the gateway's operator."
        case .responseWithheld:
            "The answer of the appliance may hold secrets in a form that cannot be checked; it is withheld."
        case .redactionFailed:
            "The answer of the appliance is not well-formed JSON and may hold secrets; it is withheld."
        case .auditUnavailable: "The audit record cannot be stored, so the request is not served."
        case .overloaded: "The gateway is at its limits; try again later."
        case .draining: "The gateway is shutting down; try again later."
        case .throttled: "Too many refused credentials; try again later."
        case .exchangeTimeout: "The exchange took longer than the gateway allows."
        case .internalError: "The gateway met a fault of its own."
        }
    }

    /// What a client is told: it does not learn whether a key is unknown, revoked or expired.
    package var disclosed: ReasonCode {
        switch self {
        case .revokedKey, .expiredKey: .unknownKey
        default: self
        }
    }

    /// The code with that name.
    package init?(text: String) {
        guard let code = ReasonCode.allCases.first(where: { $0.text.description == text }) else { return nil }
        self = code
    }
}
