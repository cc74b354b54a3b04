/// A small text beside the log, in a file that is replaced as a whole.
package struct KeptText {
    package let path: String

    package init(path: String) { self.path = path }

    /// nil for a file that is not there, cannot be read or has more than `limit` bytes.
    package func read(limit: Int) -> String? {
        LogFile.contents(path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    /// False when the file stays what it was.
    package func write(_ text: String) -> Bool {
        let draft = path + ".new"
        LogFile.remove(draft)
        return LogFile.append(line: text, to: draft) && LogFile.synchronize(draft) && LogFile.rename(draft, to: path)
    }
}
