/// How much of everything a peer may send. One value per listener or upstream, owned by the settings.
package struct HTTPLimits: Sendable, Equatable {
    /// Bytes of the request line or status line without its line end (414 for a request).
    package var startLineBytes: Int
    /// Field lines in one head (431 for a request).
    package var fieldCount: Int
    /// Bytes of all field lines of one head with their line ends (431 for a request).
    package var fieldBytes: Int
    /// Options in all Connection fields of one head; bounds the work that nominations cost.
    package var connectionOptions: Int
    /// Bytes of one chunk-size line, extensions included, without its line end.
    package var chunkLineBytes: Int
    /// Bytes of chunk extensions in one whole body.
    package var chunkExtensionBytes: Int
    /// Trailer field lines after one chunked body.
    package var trailerCount: Int
    /// Bytes of all trailer field lines with their line ends.
    package var trailerBytes: Int

    package init(
        startLineBytes: Int = 8192, fieldCount: Int = 100, fieldBytes: Int = 32768, connectionOptions: Int = 16,
        chunkLineBytes: Int = 256, chunkExtensionBytes: Int = 4096, trailerCount: Int = 32, trailerBytes: Int = 8192
    ) {
        self.startLineBytes = startLineBytes
        self.fieldCount = fieldCount
        self.fieldBytes = fieldBytes
        self.connectionOptions = connectionOptions
        self.chunkLineBytes = chunkLineBytes
        self.chunkExtensionBytes = chunkExtensionBytes
        self.trailerCount = trailerCount
        self.trailerBytes = trailerBytes
    }

    /// The largest head these limits admit, with the leading empty line and both line ends: the least capacity
    /// of a buffer that has to hold a whole head.
    package var headBytes: Int { 2 + startLineBytes + 2 + fieldBytes + 2 }
}
