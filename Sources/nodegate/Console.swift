import Foundation

/// Standard output and standard error.
enum Console {
    /// Writes lines to standard output at once: a reader on a pipe sees them now, not when a buffer is full.
    static func write(_ text: String) throws(CommandFailure) {
        do { try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) } catch {
            throw CommandFailure("standard output cannot be written: \(error.localizedDescription)")
        }
    }

    static func writeLine(_ line: String = "") throws(CommandFailure) { try write(line + "\n") }

    static func writeLines(_ lines: [String]) throws(CommandFailure) {
        guard !lines.isEmpty else { return }
        try write(lines.joined(separator: "\n") + "\n")
    }

    /// A line on standard error. If even that fails there is nobody left to tell.
    static func complain(_ message: String) {
        try? FileHandle.standardError.write(contentsOf: Data((message + "\n").utf8))
    }

    /// One value as JSON: an object a line, members sorted, for programs.
    static func writeJSON(_ value: some Encodable) throws(CommandFailure) { try writeLine(try json(value)) }

    static func json(_ value: some Encodable) throws(CommandFailure) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
            throw CommandFailure("the answer cannot be written as JSON: \(error)")
        }
    }
}
