import AccessControl
import Cryptography
import HTTPWire

/// The last API key of a connection and its digest.
///
/// A client that repeats the very same key on its connection, as all do, is not made to pay for the digest again.
/// What is remembered is only which digest the bytes have; whether that key may do anything is looked up each time.
struct RememberedCredential {
    private var bytes: [UInt8] = []
    private var digest = KeyDigest(0, 0, 0, 0)

    /// The digest of the key at `range`.
    mutating func digest(
        of range: ByteRange, in source: Span<UInt8>, _ computation: borrowing HMACSHA256
    ) throws(CryptographyError) -> KeyDigest {
        let key = source[range]
        if isSame(key) { return digest }
        let computed = try computation.digest(key)
        forget()
        digest = KeyDigest(computed.word0, computed.word1, computed.word2, computed.word3)
        for index in 0..<key.count { bytes.append(key[index]) }
        return digest
    }

    /// Overwrites the key in memory.
    mutating func forget() { Overwriting.clear(&bytes) }

    /// In constant time for keys of one length: connections may be shared by a proxy in front.
    private func isSame(_ key: Span<UInt8>) -> Bool {
        guard key.count == bytes.count, !bytes.isEmpty else { return false }
        var difference: UInt8 = 0
        for index in 0..<key.count { difference |= key[index] ^ bytes[index] }
        return difference == 0
    }
}
