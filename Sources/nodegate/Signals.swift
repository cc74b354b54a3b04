import Dispatch
import Foundation

/// Signals as events on a queue.
enum Signals {
    /// Calls `body` on `queue` for each arrival of the signal. Returns when the signal is heard, so that whoever is
    /// told afterwards that this process is ready can send it.
    ///
    /// - Returns: The source; the signal is heard until it is cancelled.
    static func observe(
        _ number: Int32, on queue: DispatchQueue, _ body: @escaping @Sendable () -> Void
    ) -> any DispatchSourceSignal {
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        let registered = DispatchSemaphore(value: 0)
        // On Linux, Dispatch puts its own handler in the place of the default action when it registers the source.
        source.setRegistrationHandler { registered.signal() }
        source.setEventHandler(handler: body)
        source.activate()
        registered.wait()
        return source
    }

    static func ignore(_ number: Int32) { _ = signal(number, SIG_IGN) }
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

    /// Waits for one of the signals.
    func wait() { end.wait() }

    /// Waits so long; true when one of the signals came.
    func comes(withinMilliseconds milliseconds: Int) -> Bool {
        end.wait(timeout: .now() + .milliseconds(milliseconds)) == .success
    }
}
