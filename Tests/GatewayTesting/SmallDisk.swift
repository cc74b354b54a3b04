import Foundation

/// A file system of its own in memory, unmounted at the end.
package final class SmallDisk {
    package let url: URL

    package init(bytes: Int) throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("audit-disk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        guard mount("tmpfs", url.path, "tmpfs", 0, "size=\(bytes)") == 0 else { throw POSIXError(.EPERM) }
    }

    package func becomeReadOnly() throws {
        let isDone = mount("tmpfs", url.path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0
        guard isDone else { throw POSIXError(.EPERM) }
    }

    /// Takes all the room that is left, or a part of it.
    package func fill(leaving bytes: Int = 0) throws {
        let filler = url.appendingPathComponent("filler")
        _ = FileManager.default.createFile(atPath: filler.path, contents: nil)
        let handle = try FileHandle(forWritingTo: filler)
        do { while true { try handle.write(contentsOf: Data(repeating: 1, count: 4_096)) } } catch {
            // Full, as it shall be.
        }
        let size = try handle.seekToEnd()
        try handle.truncate(atOffset: size - min(size, UInt64(bytes)))
        try handle.close()
    }

    package func empty() throws { try FileManager.default.removeItem(at: url.appendingPathComponent("filler")) }

    deinit {
        umount2(url.path, Int32(MNT_DETACH))
        try? FileManager.default.removeItem(at: url)
    }
}
