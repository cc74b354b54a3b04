import SQLite

extension AuditError {
    /// Whether it helps to make room: SQLite does not always say that there is none.
    var mayBeFullDisk: Bool {
        switch self {
        case .storageFull, .storageFailed, .cannotOpen: true
        case .readOnly, .busy, .queueFull, .closed, .inUse, .insecure, .insecureKey, .damaged, .newerSchema: false
        }
    }

    /// What an SQLite error means for the log at `path`.
    init(_ error: DatabaseError, path: String) {
        if error.isFull {
            self = .storageFull
        } else if error.isReadOnly {
            self = .readOnly(path: path)
        } else if error.isBusy {
            self = .busy
        } else if error.isDamaged {
            self = .damaged(path: path, error.message)
        } else if error.isCannotOpen {
            self = .cannotOpen(path: path, error.message)
        } else {
            self = .storageFailed(error.description)
        }
    }
}
