import Dispatch
import Foundation

/// Signals as events on a queue.
enum Signals {
    /// Calls `body` on `queue` for each arrival of the signal from now on.
    ///
    /// - Returns: The source; the signal is heard as long as it lives.
    static func observe(
        _ number: Int32, on queue: DispatchQueue, _ body: @escaping @Sendable () -> Void
    ) -> any DispatchSourceSignal {
        // The default action would end the process before the source hears of it.
        ignore(number)
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler(handler: body)
        source.activate()
        return source
    }

    static func ignore(_ number: Int32) { _ = signal(number, SIG_IGN) }

    /// Waits for SIGINT or SIGTERM.
    static func waitForEnd() {
        let end = EndOfRun()
        while !end.comes(withinMilliseconds: .max) {}
    }
}

/// Hears SIGINT and SIGTERM as long as it lives, for commands that run until then.
final class EndOfRun {
    private let end = DispatchSemaphore(value: 0)
    private var sources: [any DispatchSourceSignal] = []

    init() {
        let queue = DispatchQueue(label: "nodegate.signals")
        let end = self.end
        sources = [SIGINT, SIGTERM].map { Signals.observe($0, on: queue) { end.signal() } }
    }

    deinit { for source in sources { source.cancel() } }

    /// Waits; true when one of the signals came.
    func comes(withinMilliseconds milliseconds: Int) -> Bool {
        let deadline: DispatchTime = milliseconds == .max ? .distantFuture : .now() + .milliseconds(milliseconds)
        return end.wait(timeout: deadline) == .success
    }
}
