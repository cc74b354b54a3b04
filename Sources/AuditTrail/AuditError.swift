/// Why a record could not be stored, or the log could not be opened.
package enum AuditError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The disk, the quota or the size limit is exhausted. The writer tries again with the next batch.
    case storageFull
    /// The disk refused; the text is SQLite's.
    case storageFailed(String)
    case readOnly(path: String)
    /// Another process held a lock for too long.
    case busy
    /// As many records wait as may wait.
    case queueFull
    /// The writer was closed, or the batch was never submitted.
    case closed
    /// Another process, or another writer of this one, has the log open for writing.
    case inUse(path: String)
    /// Others may write to the file.
    case insecure(path: String, mode: UInt32)
    /// Others may read the key that signs checkpoints.
    case insecureKey(path: String, mode: UInt32)
    /// The file is no audit log, or its end contradicts itself.
    case damaged(path: String, String)
    /// Written by a newer release.
    case newerSchema(path: String, found: Int64, known: Int64)
    case cannotOpen(path: String, String)

    /// A stable name for metrics and the operator's log.
    package var name: StaticString {
        switch self {
        case .storageFull: "storage_full"
        case .storageFailed: "storage_failed"
        case .readOnly: "read_only"
        case .busy: "busy"
        case .queueFull: "queue_full"
        case .closed: "closed"
        case .inUse: "in_use"
        case .insecure: "insecure"
        case .insecureKey: "insecure_key"
        case .damaged: "damaged"
        case .newerSchema: "newer_schema"
        case .cannotOpen: "cannot_open"
        }
    }

    package var description: String {
        switch self {
        case .storageFull: "the audit log cannot grow: the disk, the quota or the size limit is full; make room"
        case .storageFailed(let text): "the audit log cannot be written: \(text)"
        case .readOnly(let path): "the audit log \(path) is read-only; check the mount and the file's owner"
        case .busy: "the audit log is locked by another process"
        case .queueFull: "too many audit records wait for the disk"
        case .closed: "the audit log is closed"
        case .inUse(let path):
            "the audit log \(path) is being written by another process; stop it, or use a log of its own for each"
        case .insecure(let path, let mode):
            "the audit log \(path) can be written by others (mode \(String(mode, radix: 8))); run: chmod go-w \(path)"
        case .insecureKey(let path, let mode):
            "the signing key \(path) can be read by others (mode \(String(mode, radix: 8))); run: chmod 600 \(path)"
        case .damaged(let path, let text): "the audit log \(path) is damaged: \(text); run: nodegate audit verify"
        case .newerSchema(let path, let found, let known):
            "the audit log \(path) has schema \(found), this release knows up to \(known); use the newer release"
        case .cannotOpen(let path, let text): "the audit log \(path) cannot be opened: \(text)"
        }
    }
}
