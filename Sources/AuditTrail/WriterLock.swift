import Glibc

/// The right to write one audit log: an advisory lock on a file beside it, which the system releases when the
/// process dies.
///
/// A file of its own, because closing any descriptor of the database file would drop the locks that SQLite holds
/// on it in this process (POSIX fcntl locks).
struct WriterLock: ~Copyable {
    private let descriptor: Int32

    /// - Throws: `.inUse` when somebody else has it.
    init(path: String) throws(AuditError) {
        let lockPath = LogFile.resolved(path) + ".lock"
        let opened = unsafe open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else {
            throw .cannotOpen(path: path, "cannot open \(lockPath): \(LogFile.reason)")
        }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(opened)
            throw reason == EWOULDBLOCK
                ? .inUse(path: path)
                : .cannotOpen(path: path, "cannot lock \(lockPath): \(unsafe String(cString: strerror(reason)))")
        }
        // Assigned last: once it is, deinit runs even when init throws, and would close the descriptor again.
        descriptor = opened
    }

    deinit { close(descriptor) }
}
