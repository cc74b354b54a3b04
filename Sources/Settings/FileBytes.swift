import Foundation

/// Why a file is of no use: words that follow its name.
struct FileFailure: Error {
    let reason: String
}

/// Small files, read whole.
enum FileBytes {
    /// Reads at most `limit` bytes; a longer file is cut there.
    static func read(_ path: String, atMost limit: Int) throws(FileFailure) -> [UInt8] {
        _ = try attributes(path)
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw FileFailure(reason: "cannot be read by this user; check its owner and mode")
        }
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            return try file.read(upToCount: limit).map(Array.init) ?? []
        } catch {
            throw FileFailure(reason: "cannot be read")
        }
    }

    struct Attributes {
        /// The permission bits, as chmod takes them.
        let mode: Int
    }

    /// What a file is, links followed.
    static func attributes(_ path: String) throws(FileFailure) -> Attributes {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let attributes: [FileAttributeKey: Any]
        do { attributes = try FileManager.default.attributesOfItem(atPath: target) } catch {
            throw FileFailure(reason: "does not exist, or its folder cannot be entered")
        }
        guard attributes[.type] as? FileAttributeType != .typeDirectory else {
            throw FileFailure(reason: "is a directory, not a file")
        }
        return Attributes(mode: attributes[.posixPermissions] as? Int ?? 0)
    }

    /// That a file can be written, or made where it does not exist yet.
    static func checkWritable(_ path: String) throws(FileFailure) {
        let files = FileManager.default
        if files.fileExists(atPath: path) {
            _ = try attributes(path)
            guard files.isWritableFile(atPath: path) else {
                throw FileFailure(reason: "cannot be written by this user; check its owner and mode")
            }
        }
        // SQLite makes files beside its database, so the folder counts even when the file is there.
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard files.fileExists(atPath: folder) else {
            throw FileFailure(reason: "cannot be made: the folder \(folder) does not exist; make it")
        }
        guard files.isWritableFile(atPath: folder) else {
            throw FileFailure(reason: "cannot be made: the folder \(folder) cannot be written by this user")
        }
    }
}
