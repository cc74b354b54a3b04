import Dispatch
import SQLite
import Synchronization

/// Copies the write-ahead log of one partition into the database on a connection and a queue of its own, beside the
/// writer.
///
/// Safe to send: `database` is touched on `queue` alone, `state` is a mutex.
final class AuditCheckpointer: @unchecked Sendable {
    private struct State {
        var isRunning = false
        /// Bytes of the log when the last run began; 0 once the writer was told. What was appended since is not
        /// copied, and as long as there is such a rest the log only grows.
        var logBytes = 0
    }

    private let path: String
    private let limits: AuditLimits
    private let queue = DispatchQueue(label: "nodegate.audit.checkpoint", qos: .utility)
    private let state = Mutex(State())
    private var database: Database?

    init(path: String, limits: AuditLimits) {
        self.path = path
        self.limits = limits
    }

    /// Starts a run; false when one is under way.
    func start() -> Bool {
        let isFree = state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if isFree { queue.async { self.run() } }
        return isFree
    }

    /// True, once, after a run that met a log of at least `bytes`.
    func takeReport(atLeast bytes: Int) -> Bool {
        state.withLock { state in
            guard !state.isRunning, state.logBytes > 0, state.logBytes >= bytes else { return false }
            state.logBytes = 0
            return true
        }
    }

    /// No run is under way, and none waits for the writer to help.
    var isQuiet: Bool { state.withLock { !$0.isRunning && $0.logBytes < limits.checkpointBytes } }

    /// Waits for a run to end and closes the connection.
    func close() { queue.sync { database = nil } }

    /// Opens the connection, so that whoever else closes one is not the last; false when that fails.
    func hold() -> Bool { queue.sync { (try? connection()) != nil } }

    /// Copies the whole log of a partition that nobody writes to any more, and closes it. Waits for that.
    func finish() {
        queue.sync {
            database = nil
            Self.finish(path)
        }
    }

    /// Makes a closed partition one file, if no reader is in the way.
    static func finish(_ path: String) {
        guard let database = try? Database(path: path, access: .readWrite) else { return }
        // The last to close it removes what is beside the database.
        _ = try? database.integer("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    private func run() {
        let logBytes = (try? copy()) ?? 0
        state.withLock { $0 = State(isRunning: false, logBytes: logBytes) }
    }

    /// Passive: takes no lock that a writer or a reader waits for. A failure (a full disk) shows at the writer.
    private func copy() throws(DatabaseError) -> Int {
        let database = try connection()
        let statement = try database.prepare("PRAGMA wal_checkpoint(PASSIVE)")
        guard try statement.step() else { return 0 }
        let frames = statement.integer(1)
        // SQLite synchronises the database only when the whole log is copied, which is when the writer helps: do
        // the bulk of it here, where nobody waits.
        try database.synchronize()
        return Int(max(0, frames) * AuditSchema.pageBytes)
    }

    private func connection() throws(DatabaseError) -> Database {
        if let database { return database }
        let opened = try Database(path: path, access: .readWrite, busyTimeout: limits.busyMilliseconds)
        // SQLite opens the files with the first question.
        _ = try opened.integer("PRAGMA user_version")
        database = opened
        return opened
    }
}
