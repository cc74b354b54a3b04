import Glibc

/// The file of a store before SQLite opens it.
enum StoreFile {
    /// Refuses a file that others may write.
    ///
    /// - Returns: Whether there is one.
    static func check(_ path: String) throws(StoreError) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            if errno == ENOENT { return false }
            throw .cannotOpen(path: path, SystemError.text(errno))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .cannotOpen(path: path, "it is no regular file") }
        guard status.st_mode & 0o022 == 0 else { throw .insecure(path: path, mode: status.st_mode & 0o777) }
        return true
    }

    /// Makes the file with mode 0600 if there is none; refuses one that others may write.
    static func prepare(_ path: String) throws(StoreError) {
        guard try !check(path) else { return }
        // SQLite gives -wal and -shm the mode of the database.
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            // Another process was faster; SQLite's locks settle who makes the tables.
            if errno == EEXIST { return }
            throw .cannotOpen(path: path, SystemError.text(errno))
        }
        close(descriptor)
        synchroniseFolder(of: path)
    }

    /// There is a file, and it is not empty.
    static func holdsAnything(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_size > 0
    }

    /// A descriptor of the folder that a file is in; negative when it cannot be opened.
    static func openFolder(of path: String) -> Int32 {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        return unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    /// Makes a new name last through a power cut. Not every file system can; then nothing is lost but that.
    static func synchroniseFolder(of path: String) {
        let descriptor = openFolder(of: path)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// An advisory lock on the folder of a store, for as long as this lives; the system releases it when the process dies.
/// Where it cannot be had in time, nothing is locked, and SQLite's own locks have the last word.
final class FolderLock {
    /// Microseconds between two tries.
    private static let pause: UInt32 = 10_000

    private let descriptor: Int32

    init(of path: String) {
        descriptor = StoreFile.openFolder(of: path)
        guard descriptor >= 0 else { return }
        for _ in 0..<UInt32(StoreLimits.busyMilliseconds) * 1_000 / FolderLock.pause {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            usleep(FolderLock.pause)
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
