import Foundation

/// Another program, run for real, with its standard streams.
final class ChildProcess {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var pending: [UInt8] = []

    /// - Parameter arguments: The program, looked up on the PATH, and what it is told.
    init(_ arguments: [String], mergesErrors: Bool = false) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = mergesErrors ? output : FileHandle.nullDevice
        try process.run()
    }

    deinit { if process.isRunning { process.terminate() } }

    /// `python3`, or the one that the tests' environment names.
    static var python: String { ProcessInfo.processInfo.environment["NODEGATE_TEST_PYTHON"] ?? "python3" }

    func send(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8)) }

    func closeInput() { try? input.fileHandleForWriting.close() }

    /// The next line of standard output; nil at its end.
    func line() -> String? {
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                defer { pending.removeFirst(end - pending.startIndex + 1) }
                return String(decoding: pending[..<end], as: UTF8.self)
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else {
                defer { pending = [] }
                return pending.isEmpty ? nil : String(decoding: pending, as: UTF8.self)
            }
            pending += more
        }
    }

    /// The next line as a JSON object.
    func facts() -> [String: Any] {
        guard let line = line(), let value = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        else { return [:] }
        return value
    }

    /// Everything up to the end of the output, and the exit status.
    func finish() -> (output: String, status: Int32) {
        closeInput()
        var lines: [String] = []
        while let line = line() { lines.append(line) }
        process.waitUntilExit()
        return (lines.joined(separator: "\n"), process.terminationStatus)
    }

    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
