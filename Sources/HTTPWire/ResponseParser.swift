/// Reads response heads from the bytes of one upstream connection, strictly by RFC 9112.
package struct ResponseParser: Sendable {
    let limits: HTTPLimits

    package init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Like `RequestParser.parse`, for the answer to a request with `method`. After an interim head (1xx) the
    /// caller consumes it and parses on for the same request.
    package mutating func parse(
        _ bytes: Span<UInt8>, answering method: Method, into head: ResponseHead
    ) throws(ResponseError) -> Int? {
        nil
    }

    /// Forgets a head that was begun.
    package mutating func reset() {
    }
}
