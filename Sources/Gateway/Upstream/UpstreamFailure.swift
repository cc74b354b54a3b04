import AccessControl
import HTTPWire
import Transport

/// Why the appliance's answer cannot be had.
enum UpstreamFailure {
    /// No address takes a connection.
    case unreachable
    /// TLS did not come about: the appliance's certificate is refused, or it refuses the gateway's.
    case notSecured(TLSError)
    case connectTimeout
    /// No connection is free, and too many requests wait for one.
    case noCapacity
    /// No connection became free in time.
    case waitTimeout
    /// Closed before the answer was complete.
    case closed
    /// No first byte of the answer, no next piece of it, or the request is not taken.
    case timeout
    case malformedHead(ResponseError)
    case malformedBody(BodyError)
    case tooManyInterim
    /// The answer's head does not fit beside the gateway's own fields.
    case headTooLarge
    /// A credential of the gateway's is refused by the appliance: that of a single key, or the one for all (0).
    case credentialRefused(key: Int64)

    var reason: ReasonCode {
        switch self {
        case .unreachable, .notSecured: .upstreamUnreachable
        case .connectTimeout, .timeout: .upstreamTimeout
        case .noCapacity, .waitTimeout: .overloaded
        case .closed: .upstreamClosedEarly
        case .malformedHead, .tooManyInterim, .headTooLarge: .upstreamMalformed
        case .malformedBody(let error): ReasonCode(responseBody: error)
        case .credentialRefused: .upstreamCredentialRefused
        }
    }

    /// The address that took the request is to blame, and another one may do better.
    var isFault: Bool {
        switch self {
        case .closed, .timeout, .malformedHead, .tooManyInterim: true
        case .unreachable, .notSecured, .connectTimeout, .noCapacity, .waitTimeout, .malformedBody, .headTooLarge,
            .credentialRefused: false
        }
    }

    /// For the audit record: what the reason code does not say.
    var detail: StaticString {
        switch self {
        case .unreachable: "no address of the appliance takes a connection"
        case .notSecured(.certificateRefused(let problem)): Self.detail(problem)
        case .notSecured(.pinMismatch): "the appliance's public key is not one of the pinned keys"
        case .notSecured: "TLS with the appliance did not come about"
        case .connectTimeout: "the connection did not come about in time"
        case .noCapacity: "no connection is free and too many requests wait"
        case .waitTimeout: "no connection became free in time"
        case .closed: "closed before the answer was complete"
        case .timeout: "nothing came, or was taken, in time"
        case .malformedHead(let error): error.reason
        case .malformedBody(let error): error.reason
        case .tooManyInterim: "too many interim answers"
        case .headTooLarge: "the head is too large"
        case .credentialRefused(key: 0): "the appliance refuses the gateway's own credential"
        case .credentialRefused: "the appliance refuses the credential that is bound to the key"
        }
    }

    private static func detail(_ problem: CertificateProblem) -> StaticString {
        switch problem {
        case .expired: "the appliance's certificate has expired"
        case .wrongHost: "the appliance's certificate is for another host"
        case .unknownIssuer, .selfSigned: "the appliance's certificate is of no trusted authority"
        case .revoked: "the appliance's certificate has been revoked"
        case .notYetValid, .revocationUnknown, .chainTooLong, .wrongPurpose, .tooWeak, .other:
            "the appliance's certificate is refused"
        }
    }
}
