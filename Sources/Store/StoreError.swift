import Cryptography
import SQLite

/// Why the store or its pepper cannot be used, or a change was not made. Never holds a key.
package enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    // The database.
    case cannotOpen(path: String, String)
    /// Others may write to the file.
    case insecure(path: String, mode: UInt32)
    case notAStore(path: String)
    case damaged(path: String, String)
    /// Written by a newer release.
    case newerSchema(path: String, found: Int64, known: Int64)
    /// Written by an older release, and opened only for reading.
    case olderSchema(path: String, found: Int64, known: Int64)
    case readOnly(path: String)
    case storageFull(path: String)
    /// Another process held the lock for too long.
    case busy(path: String)
    /// The file was moved, removed or replaced while it was open.
    case replaced(path: String)
    /// SQLite refused; the text is its own.
    case failed(path: String, String)
    /// A row that no operation of the store writes.
    case invalidRow(path: String, row: String, String)
    /// A limit of the store as a whole is reached.
    case tooManyKeys(limit: Int)
    case tooManyScopesInAll(limit: Int)

    // The pepper.
    /// There is a store but no pepper.
    case pepperMissing(path: String)
    case pepperExists(path: String)
    case pepperUnreadable(path: String, String)
    /// Others may read the file.
    case pepperExposed(path: String, mode: UInt32)
    case pepperMalformed(path: String)
    /// The store was made with another pepper.
    case pepperMismatch(store: String)

    // Master keys and what is sealed under them.
    case sealing(SealingError)
    /// Credentials are sealed, and the file is gone.
    case masterKeysMissing(path: String)

    // Changes.
    case invalidName(String)
    case invalidNote
    case nameTaken(String, id: Int64)
    case noSuchKey(String)
    /// Where an id or a name was asked for, the text of a key was given.
    case keyInsteadOfName(id: Int64?)
    case malformedKey
    /// A key of this product's own making whose checksum is wrong.
    case mistypedKey
    /// The key to import is this one.
    case keyKnown(id: Int64, name: String)
    /// The client certificate is a key already.
    case certificateKnown(id: Int64, name: String)
    case tooManyScopes(limit: Int)
    case noRandomness(String)

    /// What an SQLite error means for the store at `path`.
    init(_ error: DatabaseError, path: String) {
        if error.isFull {
            self = .storageFull(path: path)
        } else if error.isReadOnly {
            self = .readOnly(path: path)
        } else if error.isBusy {
            self = .busy(path: path)
        } else if error.isDamaged {
            self = .damaged(path: path, error.message)
        } else if error.isCannotOpen {
            self = .cannotOpen(path: path, error.message)
        } else {
            self = .failed(path: path, error.description)
        }
    }

    package var description: String {
        switch self {
        case .cannotOpen(let path, let text): "the key store \(path) cannot be opened: \(text)"
        case .insecure(let path, let mode):
            "the key store \(path) can be written by others (mode \(String(mode, radix: 8))); run: chmod go-w \(path)"
        case .notAStore(let path): "\(path) is not a key store of nodegate"
        case .damaged(let path, let text): "the key store \(path) is damaged: \(text); restore it from a backup"
        case .newerSchema(let path, let found, let known):
            "the key store \(path) has schema \(found), this release knows up to \(known); use the newer release"
        case .olderSchema(let path, let found, let known):
            "the key store \(path) has schema \(found), this release needs \(known); run: nodegate keys list"
        case .readOnly(let path): "the key store \(path) is read-only; check the mount and the file's owner"
        case .storageFull(let path): "the key store \(path) cannot grow: the disk or the quota is full; make room"
        case .busy(let path): "the key store \(path) is locked by another process; nothing was changed, try again"
        case .replaced(let path):
            "the key store \(path) was moved, removed or replaced while it was open; put it back or restart"
        case .failed(let path, let text): "the key store \(path) failed: \(text)"
        case .invalidRow(let path, let row, let text): "the key store \(path) has an invalid row, \(row): \(text)"
        case .tooManyKeys(let limit): "the key store holds \(limit) keys, which is the limit"
        case .tooManyScopesInAll(let limit): "the key store holds \(limit) grants and denials, which is the limit"
        case .pepperMissing(let path):
            "the pepper \(path) is missing, and without it no key of the store works; restore it from where it is kept"
        case .pepperExists(let path): "the pepper \(path) is there already and is never replaced"
        case .pepperUnreadable(let path, let text): "the pepper \(path) cannot be used: \(text)"
        case .pepperExposed(let path, let mode):
            "the pepper \(path) is open to others (mode \(String(mode, radix: 8))); run: chmod go= \(path)"
        case .pepperMalformed(let path):
            "the pepper \(path) is not 64 hexadecimal digits; restore it from where it is kept"
        case .pepperMismatch(let store):
            "the key store \(store) was made with another pepper; give it the pepper it was made with"
        case .sealing(let error): error.description
        case .masterKeysMissing(let path):
            "the master key file \(path) is missing, and without it no bound credential can be opened; restore it from "
                + "where it is kept"
        case .invalidName(let name):
            "'\(name)' cannot be the name of a key: it takes 1 to \(KeyName.maximumBytes) letters, digits or any of "
                + "._-@+: , begins with a letter or a digit, and is not a number alone"
        case .invalidNote: "the note takes at most \(StoreLimits.noteBytes) bytes and no control characters"
        case .nameTaken(let name, let id): "the name '\(name)' is taken by key \(id)"
        case .noSuchKey(let text): "there is no key '\(text)'"
        case .keyInsteadOfName(let id?):
            "that is the text of key \(id), not its id or name; it may stand in the shell's history now"
        case .keyInsteadOfName(nil): "that looks like the text of a key; give the id or the name of one"
        case .malformedKey:
            "that cannot be an API key: it takes 1 to 512 letters, digits or any of ._~+/-, and = at the end, and must "
                + "not look like a token with dots"
        case .mistypedKey: "the checksum of the key is wrong: it is mistyped or cut"
        case .keyKnown(let id, let name): "this key is in the store already, as key \(id) '\(name)'"
        case .certificateKnown(let id, let name): "this client certificate is a key already: key \(id) '\(name)'"
        case .tooManyScopes(let limit): "a key takes at most \(limit) grants and denials"
        case .noRandomness(let text): text
        }
    }
}
