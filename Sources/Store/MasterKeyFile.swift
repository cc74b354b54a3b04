import Cryptography
import Glibc

/// The file of the master keys of a store.
package enum MasterKeyFile {
    private static let greatestBytes = 64 * 1024

    /// The master keys of a store; made when neither they nor anything sealed under them is there yet.
    ///
    /// - Throws: `.masterKeysMissing` where credentials are sealed, since a new key would open none of them.
    package static func open(_ path: String, store: KeyStore) throws(StoreError) -> MasterKeys {
        do { return try MasterKeys.read(path) } catch {
            guard error == .file(.missing(path)) else { throw .sealing(error) }
        }
        guard try store.sealedCredentials().isEmpty else { throw .masterKeysMissing(path: path) }
        let text = try newLine(number: 1)
        do { try SecretFile.create(path, text.span) } catch {
            // Another process was faster; theirs it is.
            guard error == .exists(path) else { throw .sealing(.file(error)) }
        }
        try give(path, toOwnerOf: store.path)
        StoreFile.synchroniseFolder(of: path)
        return try read(path)
    }

    /// Puts a new key above those of the file, so that it seals from now on; the old ones still open.
    ///
    /// Written beside the file and renamed: there is never half a file.
    package static func addKey(to path: String) throws(StoreError) -> MasterKeys {
        let current = try read(path)
        guard let number = current.freeNumber else { throw .sealing(.tooManyKeys(path)) }
        var text = try newLine(number: number)
        defer { Overwriting.clear(&text) }
        let draft = path + ".new"
        do {
            let before = try SecretFile.read(path, atMost: greatestBytes)
            for index in 0..<before.count { text.append(before.span[index]) }
            try SecretFile.create(draft, text.span)
        } catch { throw .sealing(.file(error)) }
        try give(draft, toOwnerOf: path)
        guard unsafe rename(draft, path) == 0 else {
            let code = errno
            _ = unsafe unlink(draft)
            throw .sealing(.file(.failed(path, errno: code)))
        }
        StoreFile.synchroniseFolder(of: path)
        return try read(path)
    }

    /// What root makes must be readable for whoever runs the gateway.
    private static func give(_ path: String, toOwnerOf other: String) throws(StoreError) {
        var status = stat()
        guard geteuid() == 0, unsafe stat(other, &status) == 0, status.st_uid != 0 else { return }
        guard unsafe chown(path, status.st_uid, status.st_gid) == 0 else { throw .sealing(.file(.failed(path, errno: errno))) }
    }

    private static func read(_ path: String) throws(StoreError) -> MasterKeys {
        do { return try MasterKeys.read(path) } catch { throw .sealing(error) }
    }

    private static func newLine(number: UInt32) throws(StoreError) -> [UInt8] {
        do {
            var text = Array(try MasterKeys.newLine(number: number).utf8)
            // Room for what is put behind it, so that no copy is left behind.
            text.reserveCapacity(greatestBytes + text.count)
            return text
        } catch { throw .noRandomness(error.description) }
    }
}
