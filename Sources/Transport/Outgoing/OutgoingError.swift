import Glibc

/// Why an outgoing stream could not be had, or ended. The text is for operators and names the peer.
package enum OutgoingError: Error, Equatable, CustomStringConvertible {
    /// What was waited for when the deadline passed.
    package enum Step: String, Sendable {
        case lookUp = "the name was not resolved"
        case connect = "the connection was not accepted"
        case handshake = "the TLS handshake did not end"
        case write = "the peer did not take what was sent"
        case end = "the peer did not close the connection, which would say that it has read everything,"
        case read = "nothing came from the peer"
    }

    case unresolved(SocketError)
    /// No address of the host accepted; the errno is that of the last.
    case unreachable(peer: String, errno: Int32)
    case deadlinePassed(peer: String, Step)
    case tls(peer: String, TLSError)
    /// The peer closed, and more was to come.
    case ended(peer: String)
    case failed(peer: String, errno: Int32)

    // Of a request.
    /// A method, target or head that cannot be sent.
    case badRequest(String)
    /// The answer is not HTTP as RFC 9112 has it; `reason` is a name of `ResponseError` or `BodyError`.
    case malformedAnswer(peer: String, reason: String)
    case answerTooLarge(peer: String, limit: Int)

    package var description: String {
        switch self {
        case .unresolved(let error): error.description
        case .unreachable(let peer, let code): "no connection to \(peer): \(Self.text(code))"
        case .deadlinePassed(let peer, let step): "\(peer): \(step.rawValue) in time"
        case .tls(let peer, .failed(ECONNRESET)):
            "TLS with \(peer): the peer reset the connection, as one does that wants a certificate and is shown none"
        case .tls(let peer, let error): "TLS with \(peer): \(error)"
        case .ended(let peer): "\(peer) closed the connection"
        case .failed(let peer, let code): "the connection to \(peer) failed: \(Self.text(code))"
        case .badRequest(let what): "this request cannot be sent: \(what)"
        case .malformedAnswer(let peer, let reason): "the answer of \(peer) is not well-formed HTTP: \(reason)"
        case .answerTooLarge(let peer, let limit): "the answer of \(peer) is larger than \(limit) bytes"
        }
    }

    private static func text(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
