/// Bounds of the store.
package enum StoreLimits {
    package static let keys = 100_000
    /// Grants and denials of one key together.
    package static let scopesPerKey = 1_024
    /// Grants and denials of all keys together.
    package static let scopes = 1_000_000
    /// Bytes of an owner's note.
    package static let noteBytes = 256
    /// Milliseconds to wait for the lock of another process.
    package static let busyMilliseconds: Int32 = 5_000
    /// Changes given by one read of the outbox.
    package static let changesPerRead = 256
}
