import AccessControl
import Cryptography
import HTTPWire

/// The last Authorization field of a connection that carried an API key, and the key's digest.
///
/// A client that repeats the very same field on its connection, as all do, is not made to pay for reading it and for
/// the digest again. What is remembered is only which digest the bytes have; whether that key may do anything is looked
/// up each time.
struct RememberedCredential {
    private var field: [UInt8] = []
    private var digest = KeyDigest(0, 0, 0, 0)

    /// The digest of the key in a field with this value; nil when the last one was another.
    ///
    /// In constant time for fields of one length: connections may be shared by a proxy in front.
    func digest(of value: Span<UInt8>) -> KeyDigest? {
        guard value.count == field.count, !field.isEmpty else { return nil }
        let remembered = field.span
        var difference: UInt8 = 0
        for index in 0..<value.count { difference |= value[index] ^ remembered[index] }
        return difference == 0 ? digest : nil
    }

    /// Remembers the digest of the key in a field with this value.
    mutating func remember(_ digest: KeyDigest, of value: Span<UInt8>) {
        forget()
        self.digest = digest
        // In one piece: growing would leave copies.
        field.reserveCapacity(value.count)
        for index in 0..<value.count { field.append(value[index]) }
    }

    /// Overwrites the key in memory.
    mutating func forget() { Overwriting.clear(&field) }
}
