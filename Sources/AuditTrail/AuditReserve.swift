/// Room on the disk that is taken in advance, as a file, and given back when there is no other: then what must be
/// recorded although the log is full, refusals above all, still can be. Confined to whoever has the writer's turn.
final class AuditReserve {
    private let path: String
    private let bytes: Int64
    private var nextTry: UInt64 = 0

    /// Milliseconds between two tries to take it again.
    private static let retryMilliseconds: UInt64 = 100

    /// - Parameter bytes: 0 for none.
    init(path: String, bytes: Int64) {
        self.path = path
        self.bytes = bytes
    }

    var isTaken: Bool { bytes <= 0 || LogFile.bytes(path) == bytes }

    func release() {
        if bytes > 0 { LogFile.remove(path) }
        nextTry = 0
    }

    func mayRetry(_ monotonicMilliseconds: UInt64) -> Bool {
        guard monotonicMilliseconds >= nextTry else { return false }
        nextTry = monotonicMilliseconds + Self.retryMilliseconds
        return true
    }

    /// Takes it; false when there is not as much room, and a quarter more, so that the log does not fall back at once.
    @discardableResult
    func take() -> Bool {
        if isTaken { return true }
        guard LogFile.room(LogFile.split(path).directory) >= bytes + bytes / 4 else { return false }
        return LogFile.allocate(path, bytes: bytes)
    }
}
