/// What a server does with one request instead of answering it: bytes and pauses, written as they stand.
///
/// Tests script a faulty, slow or huge upstream this way; nothing is checked or framed.
package struct Scenario: Sendable {
    package enum Step: Sendable {
        case bytes([UInt8])
        /// The pattern again and again until `count` bytes are written, in constant memory.
        case repeated(pattern: [UInt8], count: UInt64)
        /// `by` bytes, a pause in milliseconds, and so on.
        case slowly([UInt8], by: Int, every: Int)
        /// In milliseconds. `stop()` ends it.
        case delay(Int)
        /// Runs on the connection's thread; it may block until a test lets it go on.
        case wait(@Sendable () -> Void)
        /// Reads and drops until the peer closes or `stop()` is called.
        case untilPeerCloses
    }

    package enum Ending: Sendable {
        case keepAlive
        case close
        /// Closes with a TCP reset.
        case reset
    }

    /// False answers without reading the body (which then ends the connection unless it was empty).
    package var readsBody: Bool
    package var steps: [Step]
    package var ending: Ending

    package init(_ steps: [Step], readsBody: Bool = true, ending: Ending = .close) {
        self.steps = steps
        self.readsBody = readsBody
        self.ending = ending
    }
}

/// Called with the head of each request, before its body is read; nil lets the appliance answer.
package typealias ScenarioChoice = @Sendable (SimulatedRequest) -> Scenario?
