import HTTPWire

/// What is wrong with a line of an operations file.
package struct OperationFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// From 1.
    package let line: Int
    package let message: String

    package var description: String { "line \(line): \(message)" }
}

/// All that is wrong with an operations file.
package struct OperationFileErrors: Error, Equatable, Sendable, CustomStringConvertible {
    package let errors: [OperationFileError]

    package var description: String { errors.map(\.description).joined(separator: "\n") }
}

/// The operations table as text: a header line, then one operation a line, cells separated by commas, lists within
/// a cell by `|`. No cell can hold a comma or a quote. Lines that start with `#` and empty lines are skipped.
package enum OperationFile {
    /// Columns, in order.
    package static let columns = [
        "method", "path", "operation_id", "controller", "action", "explicit_scope", "sensitive", "request",
        "response", "identifiers", "query",
    ]
    /// A file without the last column knows no query parameters.
    static let neededColumns = columns.dropLast()

    /// Reads a whole file, and reports all that is wrong with it.
    package static func parse(_ text: String) throws(OperationFileErrors) -> [Operation] {
        var reader = OperationFileReader()
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            guard !line.isEmpty, line.first != "#" else { continue }
            reader.read(line, number: number)
        }
        if reader.isHeaderMissing {
            reader.errors.append(OperationFileError(line: max(number, 1), message: reader.headerMessage))
        }
        guard reader.errors.isEmpty else { throw OperationFileErrors(errors: reader.errors) }
        return reader.operations
    }

    /// The text that `parse` reads back as the same operations; each line of `comment` becomes a `#` line.
    package static func serialise(_ operations: [Operation], comment: String = "") -> String {
        var lines: [String] = []
        if !comment.isEmpty {
            lines += comment.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { "# \($0)" }
        }
        let count = operations.contains { $0.query != nil } ? columns.count : neededColumns.count
        lines.append(columns.prefix(count).joined(separator: ","))
        for operation in operations { lines.append(cells(operation).prefix(count).joined(separator: ",")) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func cells(_ operation: Operation) -> [String] {
        [
            operation.method.name.description, operation.template.description, operation.id,
            operation.scope?.controller ?? "", operation.scope?.action ?? "",
            operation.explicitScope?.description ?? "", operation.isSensitive ? "sensitive" : "",
            words(operation.request), words(operation.response),
            operation.identifiers.map(\.rawValue).joined(separator: "|"),
            operation.query.map { $0.isEmpty ? noQuery : $0.joined(separator: "|") } ?? "",
        ]
    }

    /// Whether the column `query` can hold a parameter's name.
    package static func isParameter(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 64 && name != noQuery
            && name.utf8.allSatisfy { byte in
                TargetBytes.isPlain(byte) || byte == 0x2E || byte == 0x5B || byte == 0x5D
            }
    }

    /// The cell of an operation that takes no query parameters; an empty cell: they are not known.
    static let noQuery = "-"

    private static func words(_ kinds: MediaKinds) -> String {
        MediaKinds.words.filter { kinds.contains($0.kind) }.map(\.word).joined(separator: "|")
    }
}
