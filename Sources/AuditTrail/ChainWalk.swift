import Cryptography

/// A walk along the chain, record after record, over all partitions.
struct ChainWalk: ~Copyable {
    private(set) var verification = AuditVerification()
    private var statements: StatementCheck
    private let limit: Int
    private var computation: SHA256
    private var previous = Digest256.zero
    private var logID: [UInt8]?
    /// Where the first partition says that it begins, until the record of the removal before it is found.
    private var unexplained: ChainHead?

    init(_ statements: consuming StatementCheck, limit: Int) throws(CryptographyError) {
        self.statements = statements
        self.limit = limit
        computation = try SHA256()
    }

    /// The next partition, which must continue the one before.
    mutating func begin(_ partition: PartitionReader) {
        guard let start = partition.start else { return }
        verification.partitions += 1
        if verification.partitions == 1 {
            logID = start.logID
            if start.before.sequence > 0 {
                // Retention removed what was before; a record further on says so, with the same hash.
                unexplained = start.before
                previous = start.before.hash
                verification.last = start.before.sequence
            }
            return
        }
        // Before the second release a partition did not name its log.
        if logID?.isEmpty ?? true { logID = start.logID }
        if start.logID != logID || start.before != ChainHead(sequence: verification.last, hash: previous) {
            verification.breaks.append(.misplaced(partition: partition.partition.name))
        }
    }

    mutating func add(_ row: StoredRow) throws(CryptographyError) {
        if verification.count == 0 { verification.first = row.sequence }
        let expected = verification.last + 1
        let isGap = row.sequence != expected
        if isGap { verification.breaks.append(.missing(after: expected - 1, before: row.sequence)) }
        if !row.isOfKnownForm {
            verification.breaks.append(.unknownForm(sequence: row.sequence, form: row.form))
        } else if try row.expectedHash(after: previous, &computation).bytes != row.hash, !isGap {
            // After a gap the hash before is unknown, so this record cannot be judged.
            verification.breaks.append(.altered(sequence: row.sequence))
        }
        // Before the row is the last: a statement speaks of what was before it.
        read(row)
        // The chain goes on from what is stored, so that one edit is reported once.
        previous = Digest256(row.hash) ?? .zero
        verification.count += 1
        verification.last = row.sequence
        verification.head = row.hash
        statements.pass(ChainHead(sequence: row.sequence, hash: previous), logID: logID ?? [], &verification)
    }

    /// Records that say something of the chain itself.
    private mutating func read(_ row: StoredRow) {
        switch row.text(.kind) {
        case AuditKind.checkpoint.text.description:
            statements.add(
                row.text(.detail), at: row.sequence, logID: logID ?? [],
                after: ChainHead(sequence: verification.last, hash: previous), &verification)
        case AuditKind.administration.text.description:
            guard row.text(.operation) == PartitionRemoval.operation.description,
                let head = PartitionRemoval.head(inDetail: row.text(.detail)), head == unexplained
            else { return }
            unexplained = nil
        default: return
        }
    }

    consuming func finish() -> AuditVerification {
        if verification.breaks.count < limit {
            if let unexplained {
                verification.breaks.insert(.unexplainedBeginning(sequence: unexplained.sequence + 1), at: 0)
            }
            statements.finish(logID: logID ?? [], &verification)
        }
        return verification
    }
}

extension StoredRow {
    func text(_ column: AuditText) -> String { String(decoding: texts[Int(column.rawValue)], as: UTF8.self) }
}

/// What signed checkpoints say of a chain, and whether it is so.
struct StatementCheck: ~Copyable {
    /// Of whoever signed, one after the other; nil: signatures are not looked at.
    private let keys: [CheckpointKey]?
    /// From the file: by sequence number, ascending; those before `next` were passed.
    private var awaited: [SignedCheckpoint] = []
    private var next = 0
    private var lastStatement: SignedCheckpoint?

    /// - Throws: `.unavailable` for a key that is none, and for a line that is no checkpoint.
    init(publicKey: String?, lines: String?) throws(CryptographyError) {
        guard let publicKey else {
            keys = nil
            guard lines == nil else { throw .unavailable("a check of checkpoints without the public key") }
            return
        }
        keys = CheckpointKey.keys(pem: publicKey)
        guard keys != nil else { throw .unavailable("an Ed25519 public key from this file") }
        for (number, line) in (lines ?? "").split(whereSeparator: \.isNewline).enumerated() {
            let line = String(line)
            if SignedCheckpoint.isOtherRecord(line) { continue }
            guard let checkpoint = SignedCheckpoint(line: line) else {
                throw .unavailable("a checkpoint from entry \(number + 1) of the checkpoints file")
            }
            awaited.append(checkpoint)
        }
        awaited.sort { $0.sequence < $1.sequence }
    }

    /// A checkpoint in the log, whose place is behind the record that it speaks of.
    mutating func add(
        _ detail: String, at sequence: Int64, logID: [UInt8], after head: ChainHead,
        _ verification: inout AuditVerification
    ) {
        guard keys != nil else { return }
        guard let checkpoint = SignedCheckpoint(detail: detail), isGood(checkpoint, logID) else {
            verification.breaks.append(.badSignature(sequence: sequence))
            return
        }
        guard checkpoint.sequence == head.sequence, checkpoint.hash == head.hash else {
            verification.breaks.append(.contradicted(sequence: checkpoint.sequence))
            return
        }
        if let last = lastStatement, checkpoint.sequence - last.sequence > last.within {
            verification.breaks.append(.unsigned(after: last.sequence, last: checkpoint.sequence))
        }
        lastStatement = checkpoint
        verification.checkpoints += 1
        verification.signedSequence = checkpoint.sequence
    }

    /// A record: compared with what the file says of it.
    mutating func pass(_ head: ChainHead, logID: [UInt8], _ verification: inout AuditVerification) {
        while next < awaited.count, awaited[next].sequence <= head.sequence {
            let checkpoint = awaited[next]
            next += 1
            // Of a record that was removed only the signature can be judged.
            if !isGood(checkpoint, logID) {
                verification.breaks.append(.badSignature(sequence: checkpoint.sequence))
            } else if checkpoint.sequence == head.sequence, checkpoint.hash != head.hash {
                verification.breaks.append(.contradicted(sequence: head.sequence))
            } else if checkpoint.sequence == head.sequence {
                verification.comparedCheckpoints += 1
            }
        }
    }

    mutating func finish(logID: [UInt8], _ verification: inout AuditVerification) {
        guard keys != nil else { return }
        if let last = awaited[next...].last(where: { isGood($0, logID) }) {
            verification.breaks.append(.cutOff(last: verification.last, signed: last.sequence))
        } else if let bad = awaited[next...].first {
            verification.breaks.append(.badSignature(sequence: bad.sequence))
        }
        guard let last = lastStatement else {
            if verification.count > 0 { verification.breaks.append(.neverSigned) }
            return
        }
        if verification.last - last.sequence > last.within {
            verification.breaks.append(.unsigned(after: last.sequence, last: verification.last))
        }
    }

    private func isGood(_ checkpoint: SignedCheckpoint, _ logID: [UInt8]) -> Bool {
        guard checkpoint.logID == logID, let keys else { return false }
        return keys.contains { checkpoint.isSigned(by: $0.key) }
    }
}

/// A public key of those that a log had.
private final class CheckpointKey {
    let key: VerifyingKey

    private init(_ key: consuming VerifyingKey) { self.key = key }

    /// All keys of a file; nil when there is none, or something else.
    static func keys(pem: String) -> [CheckpointKey]? {
        let end = "-----END PUBLIC KEY-----"
        var keys: [CheckpointKey] = []
        var rest = pem[...]
        while let range = rest.firstRange(of: end) {
            guard let key = VerifyingKey(pem: String(rest[..<range.upperBound])) else { return nil }
            keys.append(CheckpointKey(key))
            rest = rest[range.upperBound...].drop { $0.isWhitespace }
        }
        return keys.isEmpty || !rest.isEmpty ? nil : keys
    }
}
