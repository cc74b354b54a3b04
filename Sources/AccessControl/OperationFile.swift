/// What is wrong with a line of an operations file.
package struct OperationFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// From 1.
    package let line: Int
    package let message: String

    package var description: String { "line \(line): \(message)" }
}

/// All that is wrong with an operations file.
package struct OperationFileErrors: Error, Equatable, Sendable {
    package let errors: [OperationFileError]
}

/// The operations table as text: CSV with a header line; lines that start with `#` are comments.
package enum OperationFile {
    /// Columns, in order.
    package static let columns = [
        "method", "path", "operation_id", "controller", "action", "explicit_scope", "sensitive", "request",
        "response", "identifiers",
    ]

    package static func parse(_ text: String) throws(OperationFileErrors) -> [Operation] { [] }

    /// The text that `parse` reads back as the same operations; each line of `comment` becomes a `#` line.
    package static func serialise(_ operations: [Operation], comment: String = "") -> String { "" }
}
