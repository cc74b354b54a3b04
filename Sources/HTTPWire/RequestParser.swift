/// Reads request heads from the bytes of one connection, strictly by RFC 9112.
package struct RequestParser: Sendable {
    let limits: HTTPLimits

    package init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Looks at everything received and not yet consumed of one connection.
    ///
    /// - Returns: the length of the head in bytes (a leading empty line included) once it is complete, with
    ///   `head` filled in and the parser ready for the next request; nil while more bytes are needed, when the
    ///   next call must start with the same bytes again. The search never starts over.
    /// - Throws: as soon as the bytes at hand can never become a valid head.
    package mutating func parse(_ bytes: Span<UInt8>, into head: RequestHead) throws(RequestError) -> Int? {
        nil
    }

    /// Forgets a head that was begun.
    package mutating func reset() {
    }
}
