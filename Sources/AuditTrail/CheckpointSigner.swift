import Cryptography

/// Signs checkpoints with the key of a log. Confined to the writer's queue.
///
/// Safe to send: immutable; libcrypto's key is only read.
package final class CheckpointSigner: @unchecked Sendable {
    private let key: SigningKey
    /// The public half, in PEM.
    package let publicKey: String
    /// See `VerifyingKey.fingerprint`.
    package let fingerprint: String
    /// The file that statements are appended to; nil for none.
    package let file: String?

    /// Far more than a key has.
    private static let greatestKeyBytes = 4_096
    /// The public halves of all keys that a log ever had; beyond it only the newest is kept beside the log.
    private static let greatestKeyring = 64 << 10

    /// Takes the key beside the log, or makes it: `audit.db.key` (mode 0600), and `audit.db.pub` for everybody. Another
    /// key than before is added to the public ones, which still verify what they signed.
    ///
    /// - Parameters:
    ///   - path: Of the log.
    ///   - keyFile: Where the key is, if not beside the log.
    ///   - file: Where statements are appended, if not beside the log.
    package convenience init(path: String, keyFile: String? = nil, file: String? = nil) throws(AuditError) {
        let layout = AuditLayout(path: path)
        let keyFile = keyFile ?? layout.key
        if !LogFile.exists(keyFile) { try Self.make(keyFile) }
        try self.init(key: Self.read(keyFile), from: keyFile, file: file ?? layout.checkpoints)
        let known = LogFile.contents(layout.publicKey, limit: Self.greatestKeyring) ?? []
        let keyring = String(decoding: known, as: UTF8.self)
        if !keyring.contains(publicKey) { try Self.write(keyring + publicKey, to: layout.publicKey, mode: 0o644) }
    }

    private init(key: consuming SigningKey, from path: String, file: String?) throws(AuditError) {
        do throws(CryptographyError) {
            let verifying = try key.verifyingKey()
            publicKey = verifying.pem
            fingerprint = try verifying.fingerprint
        } catch { throw .cannotOpen(path: path, error.description) }
        self.key = key
        self.file = file
    }

    func sign(_ head: ChainHead, logID: [UInt8], time: Int64, within: Int64) -> SignedCheckpoint? {
        var checkpoint = SignedCheckpoint(
            logID: logID, sequence: head.sequence, hash: head.hash, time: time, within: within, key: fingerprint,
            signature: [])
        guard let signature = try? key.sign(checkpoint.statement.span) else { return nil }
        checkpoint.signature = signature
        return checkpoint
    }

    /// Appends the statement to the file; what cannot be written there is in the log all the same.
    func publish(_ checkpoint: SignedCheckpoint) -> Bool {
        guard let file else { return true }
        return LogFile.append(line: checkpoint.line, to: file)
    }

    /// The last statement in the file, if it is of this log and by this key.
    func lastPublished(logID: [UInt8]) -> SignedCheckpoint? {
        guard let file, let verifying = try? key.verifyingKey() else { return nil }
        let end = String(decoding: LogFile.end(file, bytes: Self.greatestLine), as: UTF8.self)
        guard let line = end.split(separator: "\n").last, let last = SignedCheckpoint(line: String(line)),
            last.logID == logID, last.isSigned(by: verifying)
        else { return nil }
        return last
    }

    /// Bytes of a statement's line, at most.
    private static let greatestLine = 1_024

    // MARK: Key files

    private static func read(_ path: String) throws(AuditError) -> SigningKey {
        let mode = LogFile.mode(path)
        guard mode & 0o077 == 0 else { throw .insecureKey(path: path, mode: mode) }
        guard let text = LogFile.contents(path, limit: greatestKeyBytes),
            let key = SigningKey(pem: String(decoding: text, as: UTF8.self))
        else { throw .cannotOpen(path: path, "it is no Ed25519 private key in PEM") }
        return key
    }

    private static func make(_ path: String) throws(AuditError) {
        let text: String
        do throws(CryptographyError) { text = try SigningKey().pem } catch {
            throw .cannotOpen(path: path, error.description)
        }
        try write(text, to: path, mode: 0o600)
    }

    /// Writes beside the file and renames, so that a crash leaves a whole key or none.
    private static func write(_ text: String, to path: String, mode: UInt32) throws(AuditError) {
        let draft = path + ".new"
        LogFile.remove(draft)
        guard LogFile.append(line: String(text.dropLast()), to: draft, mode: mode), LogFile.synchronize(draft),
            LogFile.rename(draft, to: path)
        else { throw .cannotOpen(path: path, LogFile.reason) }
    }
}
