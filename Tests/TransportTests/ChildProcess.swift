import Dispatch
import Foundation
import Glibc
import Synchronization

/// Another program, run for real, with its standard streams.
final class ChildProcess {
    private let process = Process()
    private let input: Pipe
    private let output: Pipe
    private var pending: [UInt8] = []
    private let ended = DispatchSemaphore(value: 0)
    /// Longer than any of them takes on a busy machine; then it is killed, and its output ends.
    private static let limitSeconds = 60
    private static let spawning = Mutex(())

    /// - Parameter arguments: The program, looked up on the PATH, and what it is told.
    init(_ arguments: [String], mergesErrors: Bool = false) throws {
        // A pipe that another child inherits never comes to its end: none leaves this lock without its mark.
        (input, output) = Self.spawning.withLock { _ in (Self.pipe(), Self.pipe()) }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = mergesErrors ? output : FileHandle.nullDevice
        process.terminationHandler = { [ended] _ in ended.signal() }
        try Self.spawning.withLock { _ in try process.run() }
        let identifier = process.processIdentifier
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Self.limitSeconds)) { [weak process] in
            if process?.isRunning == true { Glibc.kill(identifier, SIGKILL) }
        }
    }

    private static func pipe() -> Pipe {
        let pipe = Pipe()
        for end in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
            _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        return pipe
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
        ended.wait()
        return (lines.joined(separator: "\n"), process.terminationStatus)
    }

    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        ended.wait()
    }
}
