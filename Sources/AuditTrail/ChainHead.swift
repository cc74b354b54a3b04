import Cryptography

/// The end of the hash chain.
struct ChainHead: Equatable, Sendable {
    /// Of the last record; 0: none yet.
    var sequence: Int64
    var hash: Digest256

    static let empty = ChainHead(sequence: 0, hash: .zero)
}

/// A row as the chain sees it.
struct StoredRow: Sendable {
    let integers: [Int64]
    /// The very bytes, which need not be UTF-8 if somebody edited them.
    let texts: [[UInt8]]
    let hash: [UInt8]
    /// The canonical form as it is stored; nil for a row that has its columns one by one.
    let image: [UInt8]?

    var sequence: Int64 { integers[Int(AuditInteger.sequence.rawValue)] }
    var form: Int64 { integers[Int(AuditInteger.form.rawValue)] }
    /// The form is the one that a row of this kind has.
    var isOfKnownForm: Bool { form == (image == nil ? RecordForm.versionOfRows : RecordForm.version) }

    /// What the hash of this row must be after `previous`.
    func expectedHash(after previous: Digest256, _ computation: inout SHA256) throws(CryptographyError) -> Digest256 {
        try computation.update(previous)
        let form = image ?? RecordForm.bytes(integers: integers, texts: texts)
        try computation.update(form.span)
        return try computation.finish()
    }
}
