import AccessControl
import Cryptography

/// Appliance credentials of single keys, sealed under the master keys.
extension KeyStore {
    /// Every sealed credential, by key.
    package func sealedCredentials() throws(StoreError) -> [SealedCredential] {
        try connection.read { () throws(StoreError) in try SealedCredential.all(connection) }
    }

    /// Has the appliance see this credential instead of the gateway's, in requests of this key.
    ///
    /// - Returns: The key as it is now, and whether it had none before.
    package func bind(
        _ line: CredentialLine, to key: String, under keys: MasterKeys, by author: Authorship
    ) throws(StoreError) -> (key: APIKey, changed: Bool) {
        try change(key) { (key) throws(StoreError) in
            try put(line, key.id, keys)
            try record(
                "key.bind", key.id, key.name, before: key.isBound ? "bound" : "none",
                after: "bound under master key \(keys.currentNumber)", author)
            return !key.isBound
        }
    }

    /// Takes a key's own credential away: the appliance sees the gateway's again.
    ///
    /// - Returns: The key as it is now, and whether it had one.
    package func unbind(_ key: String, by author: Authorship) throws(StoreError) -> (key: APIKey, changed: Bool) {
        try change(key) { (key) throws(StoreError) in
            guard key.isBound else { return false }
            try connection.run("DELETE FROM key_credentials WHERE key = ?", .integer(key.id))
            try record("key.unbind", key.id, key.name, before: "bound", after: "none", author)
            return true
        }
    }

    /// Seals everything anew that is not under the current master key: all of it or nothing.
    ///
    /// - Returns: How many were, and how many there are.
    package func rebind(under keys: MasterKeys, by author: Authorship) throws(StoreError) -> (resealed: Int, count: Int) {
        try connection.write { () throws(StoreError) in
            let all = try SealedCredential.all(connection)
            var resealed = 0
            for credential in all where credential.masterKey != keys.currentNumber {
                let line: CredentialLine
                do throws(SealingError) { line = try credential.open(under: keys) } catch { throw .sealing(error) }
                try put(line, credential.keyID, keys)
                try record(
                    "key.rebind", credential.keyID, credential.keyName,
                    before: credential.masterKey.map { "master key \($0)" } ?? "", after: "master key \(keys.currentNumber)",
                    author)
                resealed += 1
            }
            return (resealed, all.count)
        }
    }

    private func put(_ line: CredentialLine, _ key: Int64, _ keys: MasterKeys) throws(StoreError) {
        let sealed: [UInt8]
        do { sealed = try SealedCredential.seal(line, for: key, under: keys) } catch { throw .sealing(error) }
        try connection.run(
            "INSERT INTO key_credentials (key, sealed) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed",
            .integer(key), .blob(sealed))
    }
}
