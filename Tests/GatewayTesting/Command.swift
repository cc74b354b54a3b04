import Dispatch
import Foundation

/// What a finished command left behind.
package struct CommandResult {
    package let status: Int32
    package let output: String
    package let errors: String

    package var lines: [String] { output.split(separator: "\n").map(String.init) }

    /// Every line of the output as a JSON object.
    package func objects() throws -> [[String: Any]] {
        try lines.map { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
        }
    }
}

/// The built `nodegate`, run as a child process.
package enum Command {
    /// Products lie side by side; the test runner is one of them.
    package static var executable: URL {
        get throws {
            let runner = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            return URL(fileURLWithPath: runner).deletingLastPathComponent().appendingPathComponent("nodegate")
        }
    }

    /// The root of the repository: commands run there, so that shipped files have the names that they have for a
    /// person.
    package static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Longer than any command needs on a busy machine; then it is killed, and its status says so.
    private static let limitSeconds = 120

    /// Runs a command to its end.
    package static func run(
        _ arguments: String..., input: String = "", environment: [String: String] = [:], in directory: URL? = nil
    ) throws -> CommandResult {
        try run(arguments, input: input, environment: environment, in: directory)
    }

    package static func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:], in directory: URL? = nil
    ) throws -> CommandResult {
        try run(program: try executable.path, arguments, input: input, environment: environment, in: directory)
    }

    /// Runs any program to its end.
    package static func run(
        program: String, _ arguments: [String], input: String = "", environment: [String: String] = [:],
        in directory: URL? = nil
    ) throws -> CommandResult {
        let scratch = try ScratchDirectory()
        // Files, not pipes: a child never waits for us to read.
        let files = ["input", "output", "errors"].map { scratch.url.appendingPathComponent($0) }
        try Data(input.utf8).write(to: files[0])
        for file in files[1...] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = clean.merging(environment) { $1 }
        process.currentDirectoryURL = directory ?? root
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        if ended.wait(timeout: .now() + .seconds(limitSeconds)) == .timedOut {
            kill(process.processIdentifier, SIGKILL)
            ended.wait()
        }
        return CommandResult(
            status: process.terminationStatus, output: try String(contentsOf: files[1], encoding: .utf8),
            errors: try String(contentsOf: files[2], encoding: .utf8))
    }

    /// The environment without the settings of whoever runs the tests.
    package static var clean: [String: String] {
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("NODEGATE_") }
    }
}

/// A command that runs until it is told to end; killed with this object at the latest.
package final class RunningCommand {
    private let process = Process()
    private let output = OutputLines()
    private let errors: URL
    private let scratch: ScratchDirectory
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameter program: Another than `nodegate`.
    package init(_ arguments: [String], environment: [String: String] = [:], program: String? = nil) throws {
        scratch = try ScratchDirectory()
        errors = scratch.url.appendingPathComponent("errors")
        try Data().write(to: errors)
        process.executableURL = try program.map { URL(fileURLWithPath: $0) } ?? Command.executable
        process.arguments = arguments
        process.environment = Command.clean.merging(environment) { $1 }
        process.currentDirectoryURL = Command.root
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output.pipe
        process.standardError = try FileHandle(forWritingTo: errors)
        let ended = self.ended
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    package var errorText: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// The next line of its output; nil at the end.
    package func line() -> String? { output.next() }

    /// The first line that holds `text`; nil when the output ends before.
    package func line(holding text: String) -> String? {
        while let line = line() { if line.contains(text) { return line } }
        return nil
    }

    package var identifier: Int32 { process.processIdentifier }

    package func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end; nil, and the process killed, when it does not come.
    package func status(withinSeconds seconds: Int = 60) -> Int32? {
        guard ended.wait(timeout: .now() + .seconds(seconds)) == .success else {
            kill(process.processIdentifier, SIGKILL)
            return nil
        }
        return process.terminationStatus
    }
}

/// A directory of its own, removed at the end.
package final class ScratchDirectory {
    package let url: URL

    package init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("nodegate-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    package func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: url.appendingPathComponent(name))
        return path(name)
    }
}
