/// What the redactor accepts before it refuses a body. Strings in values have no limit: they stream.
package struct RedactionLimits: Sendable, Hashable {
    /// The deepest nesting that can be configured (the size of the inline stack).
    package static let maximumDepth = 1024

    /// Arrays and objects open at once, 1 to `maximumDepth`.
    package var depth: Int
    /// Bytes of a member name as sent, between its quotes.
    package var keyBytes: Int
    /// Bytes of one number as sent.
    package var numberBytes: Int

    package init(depth: Int = 512, keyBytes: Int = 4096, numberBytes: Int = 1024) {
        self.depth = min(max(depth, 1), Self.maximumDepth)
        self.keyBytes = max(keyBytes, 0)
        self.numberBytes = max(numberBytes, 1)
    }
}
