/// Bounds of records, batches, queue and files.
package struct AuditLimits: Equatable, Sendable {
    // Bytes of a text before it is cut; a cut text ends in an ellipsis.
    package var path = 2_048
    package var query = 2_048
    package var userAgent = 256
    package var detail = 512
    /// Addresses of as many proxies as are followed.
    package var forwarded = 768
    /// Of each other text.
    package var text = 256

    /// Records of one batch.
    package var batchRecords = 256
    /// Bytes of one batch; holds at least one record of the greatest size.
    package var batchBytes = 256 * 1_024
    /// Records that may wait for the writer; beyond it `submit` refuses.
    package var queuedRecords = 16_384
    /// Records of one transaction, unless one batch alone has more.
    package var groupRecords = 512

    /// Bytes of the write-ahead log after which it is copied into the database, beside the write path.
    package var checkpointBytes = 8 << 20
    /// Bytes of the write-ahead log after which the writer helps to empty it.
    package var logBytes = 64 << 20
    /// Milliseconds to wait for a lock that another process holds on the database.
    package var busyMilliseconds: Int32 = 2_000
    /// Bytes of one partition, about; then the next one begins.
    package var partitionBytes: Int64 = 512 << 20
    /// Seconds after which a partition that has records ends.
    package var partitionSeconds = 7 * 86_400
    /// Seconds that records are kept, at least; nil for ever. Whole partitions are removed, so they stay longer by
    /// up to the age of one.
    package var retentionSeconds: Int?
    /// Bytes that all partitions may have; nil for any number. The one that is written to is never removed.
    package var retentionBytes: Int64?
    /// Milliseconds between two looks at what retention asks for.
    package var retentionMilliseconds = 60_000
    /// Bytes that are kept free on the disk for refusals when it is full; 0 for none.
    package var reserveBytes: Int64 = 32 << 20
    /// Records after which the end of the chain is signed, and seconds after which it is if there are new ones.
    package var signatureRecords: Int64 = 10_000
    package var signatureSeconds = 60
    /// Milliseconds between two looks at what time asks for: partitions, checkpoints, the reserve.
    package var upkeepMilliseconds = 1_000

    /// Whether partitions get an index beside them, for queries.
    package var isIndexed = true
    /// How many times as long as it worked the indexer rests after each segment, so that it takes little from the
    /// writer; under a load that it cannot follow it catches up later.
    package var indexRest = 3

    /// Microseconds that the writer waits for more work before it gives its thread back.
    package var lingerMicroseconds = 2_000

    /// Records that a lane stores itself when the writer is idle, and no more than `groupRecords`; 0: none, everything
    /// goes to the writer.
    package var laneRecords = 256
    /// Microseconds that this may take before lanes leave it to the writer for a while, and how many times as long as
    /// it took that while is: what a slow disk can take of a lane's time.
    package var laneMicroseconds = 2_000
    package var laneRest = 10

    package init() {}

    func bytes(of field: AuditField) -> Int {
        switch field {
        case .path: path
        case .query: query
        case .userAgent: userAgent
        case .detail: detail
        case .forwarded: forwarded
        case .client, .operation, .controller, .action, .principalName, .upstream, .clientRequestID, .tls:
            text
        }
    }

    /// Bytes that the texts of one entry can need; `detail` may be set twice, see `AuditEntry.with`.
    var entryBytes: Int { AuditField.allCases.reduce(detail) { $0 + bytes(of: $1) } }
}

/// What a stored record survives.
package enum AuditDurability: String, CaseIterable, Sendable {
    /// The death of the process: kill -9, out of memory. After a power cut the last records may be missing; the
    /// database stays whole.
    case process
    /// A power cut: every group of records is synchronised to the disk before its receipts.
    case power
}
