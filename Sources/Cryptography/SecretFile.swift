import Glibc

/// Why a file with a secret is refused; the text names the file and says what to do.
package enum SecretFileError: Error, Equatable, CustomStringConvertible {
    case missing(String)
    case notReadable(String)
    case notRegular(String)
    /// `mode` is what chmod should be given.
    case open(String, to: String, mode: String)
    case tooLong(String, limit: Int)
    case exists(String)
    case failed(String, errno: Int32)

    package var description: String {
        switch self {
        case .missing(let path): "\(path) does not exist, or its folder cannot be entered"
        case .notReadable(let path): "\(path) cannot be read by this user; check its owner and mode"
        case .notRegular(let path): "\(path) is not a regular file"
        case .open(let path, let whom, let mode):
            "\(path) holds a secret and is open to \(whom); run: chmod \(mode) \(path)"
        case .tooLong(let path, let limit): "\(path) has more than \(limit) bytes, which no file of its kind needs"
        case .exists(let path): "\(path) exists and is not overwritten; move it away or choose another name"
        case .failed(let path, let code): "\(path): \(unsafe String(cString: strerror(code)))"
        }
    }
}

/// Small files that hold secrets.
package enum SecretFile {
    /// Who besides the owner may read the file.
    package enum Access: Sendable {
        case owner
        /// As Debian's group ssl-cert has it for private keys: 0640.
        case ownerAndGroup
        /// For certificates, which are public.
        case everyone

        fileprivate func refusal(of mode: mode_t, _ path: String) -> SecretFileError? {
            switch self {
            case .owner: mode & 0o077 == 0 ? nil : .open(path, to: "others than its owner", mode: "600")
            case .ownerAndGroup:
                mode & 0o027 == 0 ? nil : .open(path, to: mode & 0o007 == 0 ? "its group for writing" : "everyone", mode: "640")
            case .everyone: nil
            }
        }
    }

    /// Reads a whole file of at most `limit` bytes. The mode is that of the file read: it is looked at after opening.
    package static func read(
        _ path: String, atMost limit: Int, access: Access = .owner
    ) throws(SecretFileError) -> SecretBytes {
        // A FIFO would block an open without O_NONBLOCK.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw .missing(path)
            case EACCES, EPERM: throw .notReadable(path)
            default: throw .failed(path, errno: errno)
            }
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .failed(path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular(path) }
        if let refusal = access.refusal(of: status.st_mode, path) { throw refusal }
        return try readAll(of: descriptor, path, limit)
    }

    /// Reads standard input to its end, which has at most `limit` bytes.
    package static func readInput(atMost limit: Int) throws(SecretFileError) -> SecretBytes {
        try readAll(of: STDIN_FILENO, "standard input", limit)
    }

    private static func readAll(of descriptor: Int32, _ path: String, _ limit: Int) throws(SecretFileError) -> SecretBytes {
        var code: Int32 = 0
        var isTooLong = false
        let bytes = SecretBytes(count: limit + 1) { room in
            var filled = 0
            while filled <= limit {
                let count = unsafe room.withUnsafeMutableBytes { raw in
                    unsafe Glibc.read(descriptor, raw.baseAddress?.advanced(by: filled), limit + 1 - filled)
                }
                if count < 0 {
                    if errno == EINTR { continue }
                    code = errno
                }
                guard count > 0 else { break }
                filled += count
            }
            isTooLong = filled > limit
            return filled
        }
        guard code == 0 else { throw .failed(path, errno: code) }
        guard !isTooLong else { throw .tooLong(path, limit: limit) }
        return bytes
    }

    /// Makes a file that did not exist, of `mode`, written to the disk before this returns.
    package static func create(_ path: String, _ bytes: Span<UInt8>, mode: mode_t = 0o600) throws(SecretFileError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            switch errno {
            case EEXIST: throw .exists(path)
            case ENOENT, ENOTDIR: throw .missing(path)
            default: throw .failed(path, errno: errno)
            }
        }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { raw in
                unsafe write(descriptor, raw.baseAddress?.advanced(by: written), raw.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw abandon(path, errno) }
            written += count
        }
        // The process's umask may have taken bits away that a reader needs; none are added beyond `mode`.
        guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw abandon(path, errno) }
    }

    /// Half a secret is of no use to anyone.
    private static func abandon(_ path: String, _ code: Int32) -> SecretFileError {
        _ = unsafe unlink(path)
        return .failed(path, errno: code)
    }
}
