import AccessControl
import Cryptography

/// The server's secret, under which digests of keys are made. Without it a copied database tells nothing about its
/// keys; without it no key works.
package struct Pepper: Sendable {
    static let count = 32

    private let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads the pepper of a file.
    ///
    /// - Throws: `.pepperMissing`, `.pepperExposed` for a file that others may read, `.pepperMalformed`,
    ///   `.pepperUnreadable`.
    package static func load(path: String) throws(StoreError) -> Pepper {
        guard let pepper = try PepperFile.read(path) else { throw .pepperMissing(path: path) }
        return pepper
    }

    /// Makes a new one. It is on the disk as a whole, for its owner only, or not at all.
    ///
    /// - Throws: `.pepperExists` when there is a file of that name, and never replaces it.
    package static func create(path: String) throws(StoreError) -> Pepper {
        let bytes: [UInt8]
        do { bytes = try SecureRandom.bytes(count) } catch { throw .noRandomness(error.description) }
        try PepperFile.write(bytes, to: path)
        return Pepper(bytes: bytes)
    }

    /// The pepper of a store: made when neither of the two files is there yet, otherwise read. A store without its
    /// pepper is an error, because a new pepper would silently end every key.
    package static func open(path: String, store: String) throws(StoreError) -> Pepper {
        if let pepper = try PepperFile.read(path) { return pepper }
        guard !StoreFile.holdsAnything(store) else { throw .pepperMissing(path: path) }
        do { return try create(path: path) } catch {
            // Another process was faster; theirs it is.
            if case .pepperExists = error { return try load(path: path) }
            throw error
        }
    }

    /// HMAC-SHA-256 under this pepper; each queue makes its own.
    package func hmac() throws(CryptographyError) -> HMACSHA256 { try HMACSHA256(key: bytes.span) }

    /// The digest of one key, for administration. Lanes keep an `hmac()` and take `KeyDigest(digest)`.
    package func digest(ofKey key: Span<UInt8>) throws(CryptographyError) -> KeyDigest {
        KeyDigest(try hmac().digest(key))
    }

    /// HMAC-SHA-256 for fingerprints of secrets that left in clear, under a key made from this pepper: they can be
    /// compared with each other, and tell nothing of keys. The label holds bytes that no key can hold.
    package func fingerprints() throws(CryptographyError) -> HMACSHA256 {
        try HMACSHA256(key: try hmac().digest(Array("nodegate exposure fingerprint\n".utf8).span).bytes.span)
    }

    /// What a store keeps to recognise its pepper by. It holds a byte that no key can hold.
    func check() throws(CryptographyError) -> Digest256 { try hmac().digest(Array("nodegate pepper check\n".utf8).span) }
}

extension KeyDigest {
    package init(_ digest: Digest256) { self.init(digest.word0, digest.word1, digest.word2, digest.word3) }

    var digest256: Digest256 { Digest256(word0, word1, word2, word3) }
}
