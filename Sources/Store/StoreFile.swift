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

    /// Makes a new name last through a power cut. Not every file system can; then nothing is lost but that.
    static func synchroniseFolder(of path: String) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
