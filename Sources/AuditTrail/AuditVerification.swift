import Cryptography

/// What a walk along the hash chain found.
package struct AuditVerification: Equatable, Sendable {
    /// Where and how the log is broken.
    package enum Break: Equatable, Sendable, CustomStringConvertible {
        /// The record's columns and the hash before it do not give its hash: it, its place or the record before was
        /// changed.
        case altered(sequence: Int64)
        /// Records between the two numbers are missing.
        case missing(after: Int64, before: Int64)
        /// The record claims a form that this release does not know.
        case unknownForm(sequence: Int64, form: Int64)
        /// A partition of this name says that it follows another record than it does, or is of another log.
        case misplaced(partition: String)
        /// The log begins at this record, and no record says that those before were removed by retention.
        case unexplainedBeginning(sequence: Int64)
        /// Records end before one that a signed checkpoint names.
        case cutOff(last: Int64, signed: Int64)
        /// A record differs from what a signed checkpoint says of it.
        case contradicted(sequence: Int64)
        /// A checkpoint is not signed by the key, or is no checkpoint at all.
        case badSignature(sequence: Int64)
        /// More records follow a checkpoint than it promised before the next.
        case unsigned(after: Int64, last: Int64)
        /// There is a key, and not one checkpoint.
        case neverSigned

        package var description: String {
            switch self {
            case .altered(let sequence): "record \(sequence) does not agree with its hash"
            case .missing(let after, let before):
                before - after == 2
                    ? "record \(after + 1) is missing" : "records \(after + 1) to \(before - 1) are missing"
            case .unknownForm(let sequence, let form): "record \(sequence) has the unknown form \(form)"
            case .misplaced(let partition): "\(partition) does not continue the partition before it"
            case .unexplainedBeginning(let sequence):
                "the log begins at record \(sequence), and no record says that retention removed those before"
            case .cutOff(let last, let signed):
                "the log ends at record \(last), and a signed checkpoint says that there was a record \(signed)"
            case .contradicted(let sequence): "record \(sequence) is not the one that a signed checkpoint speaks of"
            case .badSignature(let sequence): "the checkpoint of record \(sequence) is not signed by this key"
            case .unsigned(let after, let last):
                "records \(after + 1) to \(last) are more than may follow the signed checkpoint before them"
            case .neverSigned: "no checkpoint is signed"
            }
        }
    }

    /// Records walked.
    package var count: Int64 = 0
    /// First and last sequence number; 0 for an empty log.
    package var first: Int64 = 0
    package var last: Int64 = 0
    /// The chain's end: two copies of a log with the same head are the same log.
    package var head: [UInt8] = []
    package var partitions = 0
    /// Checkpoints of the log whose signatures are good, those of the given file that agree with the log, and the last
    /// record that one of the log covers.
    package var checkpoints = 0
    package var comparedCheckpoints = 0
    package var signedSequence: Int64 = 0
    /// In the order found; at most about as many as were asked for.
    package var breaks: [Break] = []

    package init() {}

    package var isIntact: Bool { breaks.isEmpty }
}

package enum AuditVerifier {
    /// Walks the log at `path`, recomputing every hash. Also works while the log is being written.
    ///
    /// What a walk cannot see by itself is a log that was cut at its end, or rewritten as a whole; signed checkpoints
    /// that are kept elsewhere show that.
    ///
    /// - Parameters:
    ///   - publicKey: In PEM; then checkpoints are checked too, and their absence is a break.
    ///   - checkpoints: The text of a file of checkpoints, one JSON object a line, or of an export in native JSON, whose
    ///     other records are passed over. Needs a key.
    ///   - limit: Stop after so many breaks.
    /// - Throws: What could not be read. `.cannotOpen` also for a key that is none.
    package static func verify(
        path: String, publicKey: String? = nil, checkpoints: String? = nil, limit: Int = 16
    ) throws(AuditError) -> AuditVerification {
        let layout = AuditLayout(path: path)
        for _ in 1..<mostWalks {
            let oldest = layout.partitions().first
            let verification = try walk(path, publicKey, checkpoints, limit)
            // Retention may have removed partitions before the walk came to them.
            if verification.isIntact || layout.partitions().first == oldest { return verification }
        }
        return try walk(path, publicKey, checkpoints, limit)
    }

    private static let mostWalks = 3

    private static func walk(
        _ path: String, _ publicKey: String?, _ checkpoints: String?, _ limit: Int
    ) throws(AuditError) -> AuditVerification {
        let reader = try AuditReader(path: path)
        var walk: ChainWalk
        do throws(CryptographyError) {
            walk = try ChainWalk(StatementCheck(publicKey: publicKey, lines: checkpoints), limit: limit)
        } catch { throw .cannotOpen(path: path, error.description) }
        var failure: CryptographyError?
        try reader.partitions { partition throws(AuditError) in
            walk.begin(partition)
            return try partition.rows { row in
                do throws(CryptographyError) {
                    try walk.add(row)
                    return walk.verification.breaks.count < limit
                } catch {
                    failure = error
                    return false
                }
            }
        }
        if let failure { throw .cannotOpen(path: path, failure.description) }
        return walk.finish()
    }
}
