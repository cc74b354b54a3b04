import Foundation

/// What a program writes, line by line.
final class OutputLines {
    let pipe = Pipe()
    private var pending: [UInt8] = []

    /// The next line; waits for it. nil at the end.
    func next() -> String? {
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                defer { pending.removeFirst(end + 1) }
                return String(decoding: pending[..<end], as: UTF8.self)
            }
            let more = pipe.fileHandleForReading.availableData
            guard !more.isEmpty else { return nil }
            pending += more
        }
    }
}
