/// Where the files of an audit log lie. `audit.path` names the first partition, or a directory in which that is
/// called `audit.db`; everything else lies beside it and is named after it:
///
/// | file | what |
/// | --- | --- |
/// | `audit.db` | the first partition, until retention removes it |
/// | `audit.db.000000001234567` | a later partition, by the sequence number of its first record |
/// | `audit.db.next` | an empty partition, ready to be the next |
/// | `audit.db.lock` | held by the writer |
/// | `audit.db.reserve` | room on the disk that refusals are recorded in when there is no other |
/// | `audit.db.key`, `audit.db.pub` | the key that signs checkpoints, and its public half |
/// | `audit.db.checkpoints` | signed checkpoints, one JSON object a line |
/// | `audit.db.export.NAME` | how far an exporter came |
/// | `audit.db.settings` | what the gateway ran with last |
///
/// Each partition is a database of its own, of which only the last is written to. A partition may have an index
/// beside it (`.index`), which is derived from it and may be removed at any time.
package struct AuditLayout: Equatable, Sendable {
    /// The path of the first partition.
    package let base: String

    package init(path: String) {
        base = LogFile.resolved(LogFile.isDirectory(path) ? path + "/audit.db" : path)
    }

    package var key: String { base + ".key" }
    package var publicKey: String { base + ".pub" }
    package var checkpoints: String { base + ".checkpoints" }
    package var settings: String { base + ".settings" }
    var next: String { base + ".next" }
    var reserve: String { base + ".reserve" }

    /// Wide enough for more records than a gateway writes in a hundred years; names sort like numbers.
    private static let digits = 15

    func partition(first: Int64) -> AuditPartition {
        guard first > 1 else { return AuditPartition(path: base, first: 1) }
        let number = String(first)
        return AuditPartition(
            path: base + "." + String(repeating: "0", count: max(0, Self.digits - number.count)) + number,
            first: first)
    }

    /// The partitions that exist, oldest first.
    package func partitions() -> [AuditPartition] {
        let (directory, name) = LogFile.split(base)
        var found: [AuditPartition] = []
        for file in LogFile.names(in: directory) where file.hasPrefix(name) {
            if file == name {
                found.append(AuditPartition(path: base, first: 1))
            } else {
                let suffix = file.dropFirst(name.count + 1)
                guard file.dropFirst(name.count).first == ".", suffix.utf8.count == Self.digits,
                    suffix.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let first = Int64(suffix)
                else { continue }
                found.append(AuditPartition(path: base + "." + suffix, first: first))
            }
        }
        return found.sorted { $0.first < $1.first }
    }
}

/// One file of the log.
package struct AuditPartition: Equatable, Sendable {
    package let path: String
    /// The sequence number of its first record, by its name.
    package let first: Int64

    package var name: String { LogFile.split(path).name }
    package var index: String { path + ".index" }

    /// The database and what SQLite keeps beside it.
    static let suffixes = ["", "-wal", "-shm"]

    /// Bytes on the disk, with what belongs to it.
    var bytes: Int64 {
        (Self.suffixes.map { path + $0 } + Self.suffixes.map { index + $0 }).reduce(0) { $0 + LogFile.bytes($1) }
    }

    func removeIndex() {
        for suffix in Self.suffixes.reversed() { LogFile.remove(index + suffix) }
    }

    /// Removes the files; the database last, so that what is left after a crash is still a partition.
    func remove() {
        removeIndex()
        for suffix in Self.suffixes.reversed() { LogFile.remove(path + suffix) }
    }
}

/// How a partition begins: what ties it to the one before.
struct PartitionStart: Equatable, Sendable {
    /// Of the whole log: 16 random bytes, made with its first partition.
    var logID: [UInt8]
    /// Of the record before the first.
    var before: ChainHead
    /// Microseconds since 1970 UTC.
    var began: Int64

    /// Of a partition that says nothing of its beginning: the first of a log, written by an earlier release.
    static let unnamed = PartitionStart(logID: [], before: .empty, began: 0)
}
