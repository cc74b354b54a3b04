import Glibc

/// Files of an audit log outside SQLite.
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
        guard descriptor >= 0 else { throw .cannotOpen(path: path, reason) }
        close(descriptor)
    }

    /// What the system said last.
    static var reason: String { unsafe String(cString: strerror(errno)) }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// 0 for a file that is not there.
    static func bytes(_ path: String) -> Int64 {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// The same file has the same path, whichever link names it, and also when it is not there but its directory is.
    static func resolved(_ path: String) -> String {
        if let real = real(path) { return real }
        let (directory, name) = split(path)
        guard !name.isEmpty, let real = real(directory) else { return path }
        return real == "/" ? "/" + name : real + "/" + name
    }

    private static func real(_ path: String) -> String? {
        guard let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = path[..<slash]
        return (directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...]))
    }

    /// The names in a directory, in no order; none when it cannot be read.
    static func names(in directory: String) -> [String] {
        guard let stream = unsafe opendir(directory) else { return [] }
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            // Safe: the entry stays until the next readdir, and its name ends in a zero byte.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                unsafe String(cString: UnsafeRawPointer(tuple).assumingMemoryBound(to: CChar.self))
            }
            names.append(name)
        }
        return names
    }

    @discardableResult
    static func remove(_ path: String) -> Bool { unsafe unlink(path) == 0 }

    static func rename(_ path: String, to target: String) -> Bool { unsafe Glibc.rename(path, target) == 0 }

    /// Writes a file, or the names in a directory, to the disk.
    @discardableResult
    static func synchronize(_ path: String) -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return fsync(descriptor) == 0
    }

    /// Makes a file of so many bytes that really are on the disk; leaves none behind when there is no room.
    static func allocate(_ path: String, bytes: Int64) -> Bool {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard posix_fallocate(descriptor, 0, off_t(bytes)) == 0, ftruncate(descriptor, off_t(bytes)) == 0 else {
            remove(path)
            return false
        }
        return true
    }

    /// Bytes that may still be written to the file system of `path`.
    static func room(_ path: String) -> Int64 {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { return 0 }
        return Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }

    /// The permission bits; 0 for a file that is not there.
    static func mode(_ path: String) -> UInt32 {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    /// Appends a line to a file, making it if there is none; false when it cannot be written whole.
    static func append(line: String, to path: String, mode: UInt32 = 0o600) -> Bool {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array((line + "\n").utf8)
        return unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) } == bytes.count
    }

    /// The end of a file, at most so many bytes; nothing of a file that is not there.
    static func end(_ path: String, bytes limit: Int) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var end = [UInt8](repeating: 0, count: limit)
        _ = lseek(descriptor, off_t(max(0, bytes(path) - Int64(limit))), SEEK_SET)
        // Safe: the call writes at most as many bytes as the array has.
        let count = unsafe end.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        return Array(end.prefix(max(0, count)))
    }

    /// A file as a whole; nil when it cannot be read or has more than `limit` bytes.
    static func contents(_ path: String, limit: Int) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // Safe: the call writes at most as many bytes as the array has.
            let count = unsafe piece.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0, contents.count + count <= limit else { return nil }
            guard count > 0 else { return contents }
            contents += piece[..<count]
        }
    }
}
