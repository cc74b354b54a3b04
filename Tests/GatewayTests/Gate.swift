import Dispatch
import NodeumSimulator
import Synchronization

/// Holds a script up until a test lets it go on.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    func wait() { _ = semaphore.wait(timeout: .now() + .seconds(30)) }
}

/// The script for the next request.
final class Next: Sendable {
    private let choice = Mutex<Scenario>(.silence)

    var scenario: Scenario {
        get { choice.withLock { $0 } }
        set { choice.withLock { $0 = newValue } }
    }
}
