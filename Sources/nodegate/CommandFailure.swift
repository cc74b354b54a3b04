/// A command could not do what it was asked: what is wrong, and what to do about it. Never holds a key.
struct CommandFailure: Error, CustomStringConvertible {
    let message: String
    /// One sentence; empty where the message says it all.
    let advice: String

    init(_ message: String, advice: String = "") {
        self.message = message
        self.advice = advice
    }

    /// The words of an error that already says what to do.
    init(_ error: some Error & CustomStringConvertible) { self.init(error.description) }

    var description: String { advice.isEmpty ? "error: \(message)" : "error: \(message)\n       \(advice)" }
}
