/// The canonical form of a record, version 1: the bytes that the hash chain covers.
///
///     hash(n) = SHA-256(hash(n-1) || canonical form of record n); hash(0) is 32 zero bytes
///
/// | bytes | what |
/// | --- | --- |
/// | 16 x 8 | the integer columns in the order of `AuditInteger`, little-endian, two's complement; NULL is 0 |
/// | 19 x 2 | the lengths of the text columns in bytes, in the order of `AuditText`, little-endian; NULL is 0 |
/// | the rest | the text columns, UTF-8, one after the other |
///
/// Every column of a row but `hash` is in it, and every byte of it is in a column, so that a verifier rebuilds it
/// from the row and nothing is stored twice. In a batch each canonical form lies between two slots of 32 bytes:
/// before it the hash of the record before, after it its own, which is also the one before the next record. So
/// the writer digests and binds in place.
enum RecordForm {
    static let version: Int64 = 1
    static let hashBytes = 32
    static let lengthsOffset = AuditInteger.count * 8
    static let textsOffset = lengthsOffset + AuditText.count * 2

    /// The greatest canonical form under `limits`: enumerated texts are shorter than 32 bytes, the exchange has 32.
    static func greatest(_ limits: AuditLimits) -> Int { textsOffset + 6 * 32 + limits.entryBytes }

    /// The form of a row, for verification.
    static func bytes(integers: [Int64], texts: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(textsOffset + texts.reduce(0) { $0 + $1.count })
        for value in integers {
            for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        for text in texts {
            bytes.append(UInt8(truncatingIfNeeded: text.count))
            bytes.append(UInt8(truncatingIfNeeded: text.count >> 8))
        }
        for text in texts { bytes += text }
        return bytes
    }
}
