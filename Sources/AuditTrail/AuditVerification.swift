import Cryptography

/// What a walk along the hash chain found.
package struct AuditVerification: Equatable, Sendable {
    /// Where and how the chain is broken.
    package enum Break: Equatable, Sendable, CustomStringConvertible {
        /// The record's columns and the hash before it do not give its hash: it, its place or the record before was
        /// changed.
        case altered(sequence: Int64)
        /// Records between the two numbers are missing.
        case missing(after: Int64, before: Int64)
        /// The record claims a form that this release does not know.
        case unknownForm(sequence: Int64, form: Int64)

        package var description: String {
            switch self {
            case .altered(let sequence): "record \(sequence) does not agree with its hash"
            case .missing(let after, let before):
                before - after == 2
                    ? "record \(after + 1) is missing" : "records \(after + 1) to \(before - 1) are missing"
            case .unknownForm(let sequence, let form): "record \(sequence) has the unknown form \(form)"
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
    /// In the order found; at most as many as were asked for.
    package var breaks: [Break] = []

    package init() {}

    package var isIntact: Bool { breaks.isEmpty }
}

package enum AuditVerifier {
    /// Walks the log at `path`, recomputing every hash. Also works while the log is being written.
    ///
    /// What it cannot see by itself is a log that was cut at its end, or rewritten as a whole; compare `head` and
    /// `last` with a copy that is kept elsewhere.
    ///
    /// - Parameter limit: Stop after so many breaks.
    package static func verify(path: String, limit: Int = 16) throws(AuditError) -> AuditVerification {
        let reader = try AuditReader(path: path)
        var verification = AuditVerification()
        var previous = Digest256.zero
        var computation: SHA256
        do { computation = try SHA256() } catch { throw .cannotOpen(path: path, "SHA-256 is not available") }
        var isComputed = true
        try reader.rows { row in
            do throws(CryptographyError) {
                try check(row, &previous, &computation, &verification)
                return verification.breaks.count < limit
            } catch {
                isComputed = false
                return false
            }
        }
        guard isComputed else { throw .cannotOpen(path: path, "SHA-256 failed") }
        return verification
    }

    private static func check(
        _ row: StoredRow, _ previous: inout Digest256, _ computation: inout SHA256,
        _ verification: inout AuditVerification
    ) throws(CryptographyError) {
        if verification.count == 0 { verification.first = row.sequence }
        let expected = verification.last + 1
        let isGap = row.sequence != expected
        if isGap { verification.breaks.append(.missing(after: expected - 1, before: row.sequence)) }
        if row.form != RecordForm.version {
            verification.breaks.append(.unknownForm(sequence: row.sequence, form: row.form))
        } else if try row.expectedHash(after: previous, &computation).bytes != row.hash, !isGap {
            // After a gap the hash before is unknown, so this record cannot be judged.
            verification.breaks.append(.altered(sequence: row.sequence))
        }
        // The chain goes on from what is stored, so that one edit is reported once.
        previous = Digest256(row.hash) ?? .zero
        verification.count += 1
        verification.last = row.sequence
        verification.head = row.hash
    }
}
