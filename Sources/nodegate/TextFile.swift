import Foundation

/// Whole text files of commands: small, read and written at once.
enum TextFile {
    /// Far more than any description of the API.
    private static let greatestBytes = 64 << 20

    /// - Parameter path: `-` is standard input.
    static func read(_ path: String) throws(CommandFailure) -> String {
        let bytes: Data?
        do {
            let file = path == "-" ? FileHandle.standardInput : try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            bytes = try file.read(upToCount: greatestBytes + 1)
        } catch {
            throw CommandFailure("\(path) cannot be read: \(reason(error))")
        }
        guard let bytes, bytes.count <= greatestBytes else {
            if bytes == nil { return "" }
            throw CommandFailure("\(path) has more than \(greatestBytes >> 20) MiB.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure("\(path) is not UTF-8 text.")
        }
        return text
    }

    /// Writes beside the file and renames, so that a reader sees the old text or the new, never half of one.
    static func write(_ text: String, to path: String) throws(CommandFailure) {
        do { try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            throw CommandFailure("\(path) cannot be written: \(reason(error))")
        }
    }

    /// What the system said, without Foundation's wrapping.
    static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
        let text = (underlying ?? error).localizedDescription
        let wrapping = "The operation could not be completed. "
        return text.hasPrefix(wrapping) ? String(text.dropFirst(wrapping.count)) : text
    }
}
