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
        let lockPath = WriterLock.resolved(path) + ".lock"
        let opened = unsafe open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else {
            throw .cannotOpen(path: path, "cannot open \(lockPath): \(unsafe String(cString: strerror(errno)))")
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

    /// The same file has the same lock, whichever link names it.
    private static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }
}

/// The file of an audit log before SQLite opens it.
enum LogFile {
    /// Makes the file with mode 0600 if there is none; refuses one that others may write.
    static func prepare(_ path: String) throws(AuditError) {
        var status = stat()
        if unsafe stat(path, &status) == 0 {
            guard status.st_mode & 0o022 == 0 else {
                throw .insecure(path: path, mode: status.st_mode & 0o777)
            }
            return
        }
        // SQLite gives -wal and -shm the mode of the database.
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw .cannotOpen(path: path, unsafe String(cString: strerror(errno)))
        }
        close(descriptor)
    }
}
