import SQLite

extension AuditError {
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
