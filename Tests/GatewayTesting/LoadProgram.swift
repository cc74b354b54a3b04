import Foundation

/// A running program of the package that puts load on something; killed at the end at the latest.
package final class LoadProgram {
    private let process = Process()
    private let input = Pipe()
    private let output = OutputLines()

    package init(_ program: String, _ arguments: String...) throws {
        // Products lie side by side; the test runner is one of them.
        let runner = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(fileURLWithPath: runner).deletingLastPathComponent()
            .appendingPathComponent(program)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output.pipe
        try process.run()
    }

    deinit { kill() }

    /// The next line of its output; nil at the end.
    package func line() -> String? { output.next() }

    /// kill -9, and waits for the end.
    package func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
