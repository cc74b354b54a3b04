/// The canonical form of a record, version 2: the bytes that the hash chain covers.
///
///     hash(n) = SHA-256(hash(n-1) || canonical form of record n); hash(0) is 32 zero bytes
///
/// | bytes | what |
/// | --- | --- |
/// | 75 | the integer columns in the order of `AuditInteger`, little-endian, each of its `width`; those of 8 bytes are in two's complement, the others not negative; NULL is 0 |
/// | 19 x 2 | the lengths of the text columns in bytes, in the order of `AuditText`, little-endian; NULL is 0 |
/// | the rest | the text columns, UTF-8, one after the other |
///
/// It is what is stored, too, beside its number and its hash: nothing is stored twice, and a verifier digests the very
/// bytes. In a batch each canonical form lies between two slots of 32 bytes: before it the hash of the record before,
/// after it its own, which is also the one before the next record. So the writer digests and stores in place.
enum RecordForm {
    static let version: Int64 = 2
    static let hashBytes = 32
    static let lengthsOffset = 75
    static let textsOffset = lengthsOffset + AuditText.count * 2

    /// The greatest canonical form under `limits`: enumerated texts are shorter than 32 bytes, the exchange has 32.
    static func greatest(_ limits: AuditLimits) -> Int { textsOffset + 6 * 32 + limits.entryBytes }

    // MARK: Reading

    /// Whether the lengths of the texts and the bytes that there are agree. Only then is anything else to be asked.
    static func isWhole(_ image: Span<UInt8>) -> Bool {
        guard image.count >= textsOffset else { return false }
        var end = textsOffset
        for column in 0..<AuditText.count { end += length(column, image) }
        return end == image.count
    }

    static func integer(_ column: AuditInteger, _ image: Span<UInt8>) -> Int64 {
        let offset = column.offset
        var value: UInt64 = 0
        for index in 0..<column.width { value |= UInt64(image[offset + index]) << UInt64(index * 8) }
        return Int64(bitPattern: value)
    }

    /// Where a text lies.
    static func place(_ column: AuditText, _ image: Span<UInt8>) -> Range<Int> {
        let column = Int(column.rawValue)
        var start = textsOffset
        for before in 0..<column { start += length(before, image) }
        return start..<start + length(column, image)
    }

    @inline(__always)
    private static func length(_ column: Int, _ image: Span<UInt8>) -> Int {
        let offset = lengthsOffset + column * 2
        return Int(image[offset]) | Int(image[offset + 1]) << 8
    }

    // MARK: Rows of earlier releases

    /// They have form 1: as version 2, but each integer has 8 bytes.
    static let versionOfRows: Int64 = 1

    /// The form of a row that has its columns one by one, for verification.
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
