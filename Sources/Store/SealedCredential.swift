import Cryptography

/// An appliance credential as the store has it: sealed, and good for one key alone.
package struct SealedCredential: Sendable, Equatable {
    package let keyID: Int64
    package let keyName: String
    package let sealed: [UInt8]

    /// The number of the master key that it is sealed under; nil when it is no sealed value.
    package var masterKey: UInt32? { MasterKeys.number(of: sealed.span) }

    /// - Throws: `.unknownKey`; `.notAuthentic` also for one that was sealed for another key.
    package func open(under keys: MasterKeys) throws(SealingError) -> CredentialLine {
        let value = try keys.open(sealed.span, associated: Self.place(of: keyID).span)
        do { return try CredentialLine(value: value.span) } catch { throw .notAuthentic }
    }

    static func seal(_ line: CredentialLine, for keyID: Int64, under keys: MasterKeys) throws(SealingError) -> [UInt8] {
        let place = place(of: keyID)
        return try line.withValue { (value) throws(SealingError) in try keys.seal(value, associated: place.span) }
    }

    /// What is authenticated with the value, so that a row moved to another key opens nothing. Ids are never given twice.
    private static func place(of keyID: Int64) -> [UInt8] { Array("nodegate upstream credential, key \(keyID)".utf8) }

    /// Every one, by key. Call it in a transaction.
    static func all(_ connection: StoreConnection) throws(StoreError) -> [SealedCredential] {
        try connection.rows("""
            SELECT key, name, sealed FROM key_credentials JOIN keys ON id = key ORDER BY key LIMIT \(StoreLimits.keys)
            """) { SealedCredential(keyID: $0.integer(0), keyName: $0.text(1), sealed: $0.blob(2)) }
    }
}
