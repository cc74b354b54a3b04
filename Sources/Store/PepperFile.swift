import Cryptography
import Glibc

/// The file of a pepper: 64 hexadecimal digits and a line feed.
enum PepperFile {
    /// - Returns: nil when there is no file.
    static func read(_ path: String) throws(StoreError) -> Pepper? {
        // Non-blocking: a pipe of that name must not hold the process up.
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .pepperUnreadable(path: path, SystemError.text(errno))
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .pepperUnreadable(path: path, SystemError.text(errno))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .pepperUnreadable(path: path, "it is no regular file") }
        guard status.st_mode & 0o077 == 0 else { throw .pepperExposed(path: path, mode: status.st_mode & 0o777) }
        // One more byte than a pepper has, to notice a longer file.
        var text = [UInt8](repeating: 0, count: Pepper.count * 2 + 2)
        let count = unsafe Glibc.read(descriptor, &text, text.count)
        guard count >= 0 else { throw .pepperUnreadable(path: path, SystemError.text(errno)) }
        text.removeLast(text.count - count)
        if text.last == 0x0A { text.removeLast() }
        guard let bytes = Hexadecimal.decode(String(decoding: text, as: UTF8.self)), bytes.count == Pepper.count else {
            throw .pepperMalformed(path: path)
        }
        return Pepper(bytes: bytes)
    }

    /// Writes under another name and links it to the one wanted: nobody ever sees half a pepper, and an existing one
    /// is never replaced.
    static func write(_ bytes: [UInt8], to path: String) throws(StoreError) {
        let suffix: UInt64
        do { suffix = try SecureRandom.word() } catch { throw .noRandomness(error.description) }
        let draft = "\(path).\(String(suffix, radix: 16))"
        let descriptor = unsafe Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .pepperUnreadable(path: path, SystemError.text(errno)) }
        defer { unsafe _ = unlink(draft) }
        let text = Array((Hexadecimal.encode(bytes.span) + "\n").utf8)
        let count = unsafe text.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        let isWritten = count == text.count && fsync(descriptor) == 0
        let reason = errno
        close(descriptor)
        guard isWritten else { throw .pepperUnreadable(path: path, SystemError.text(reason)) }
        guard unsafe link(draft, path) == 0 else {
            throw errno == EEXIST ? .pepperExists(path: path) : .pepperUnreadable(path: path, SystemError.text(errno))
        }
        StoreFile.synchroniseFolder(of: path)
    }
}

/// What the system says of an error number.
enum SystemError {
    static func text(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }
}
