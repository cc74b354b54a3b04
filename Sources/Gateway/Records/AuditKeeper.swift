import AuditTrail
import Dispatch
import Logging
import Settings
import Store

/// The audit log of a running gateway: its writer, who signs its checkpoints, who copies its records elsewhere, and
/// what the operator is told of them. Confined to the control queue, but for the writer.
final class AuditKeeper {
    let writer: AuditWriter
    let limits: AuditLimits
    let path: String
    /// The key that signs checkpoints, and the fingerprint of the one that signed the last checkpoint before.
    let signer: CheckpointSigner
    let lastSigningKey: String?
    /// There was no record before.
    let isNew: Bool
    private let exports: [AuditExport]
    private var exporters: AuditExporters?
    private let entry: AuditEntry
    private let log: Logger
    private let reports: OperatorReports
    private var nextLook = ContinuousClock.now
    private var wasOnReserve = false
    private var unpublished = 0
    /// Names of exporters whose last batch failed.
    private var failing: Set<String> = []

    private static let lookInterval = Duration.milliseconds(250)

    /// Opens the log, making it and the key that signs it if there are none.
    ///
    /// - Parameter exports: Of the settings.
    init(
        _ settings: Settings.Audit, exports: [AuditExport], log: Logger, reports: OperatorReports
    ) throws(AuditError) {
        self.log = log
        self.reports = reports
        path = settings.path
        limits = AuditLimits(settings)
        entry = AuditEntry(limits: limits)
        self.exports = exports
        (isNew, lastSigningKey) = try Self.end(of: settings.path)
        signer = try CheckpointSigner(
            path: settings.path, keyFile: settings.checkpoints.keyFile, file: settings.checkpoints.file)
        writer = try AuditWriter(
            path: settings.path, durability: settings.durability == .power ? .power : .process, limits: limits,
            signer: signer)
        let lost = writer.status.lostRecords
        if lost > 0 {
            log.error("""
                \(lost) audit records that had been signed were missing at the start: a power cut took them, or somebody \
                cut the log; run: nodegate audit verify
                """)
        }
    }

    /// What a log that is about to be opened ends with.
    private static func end(of path: String) throws(AuditError) -> (isNew: Bool, lastSigningKey: String?) {
        guard !AuditLayout(path: path).partitions().isEmpty else { return (true, nil) }
        let reader = try AuditReader(path: path)
        var query = AuditQuery()
        query.kind = .checkpoint
        query.limit = 1
        let statement = try reader.records(query).first.flatMap { SignedCheckpoint(detail: $0[.detail]) }
        return (try reader.lastSequence() == 0, statement?.key)
    }

    var exporterStatuses: [AuditExporterStatus] { exporters?.statuses ?? [] }

    /// From now on records are copied elsewhere.
    func startExporters() {
        if !exports.isEmpty { exporters = AuditExporters(exports, path: path) }
    }

    /// Opens exported files anew, for a rotation by somebody else.
    func reopenExports() { exporters?.reopen() }

    // MARK: Records

    /// Stores records that are of no exchange, in order, and waits for them.
    ///
    /// - Parameter milliseconds: That each batch of them may take.
    /// - Returns: The sequence number of the last.
    @discardableResult
    func store(
        within milliseconds: UInt64, _ records: [AdministrationRecords.Filling]
    ) throws(AuditError) -> Int64 {
        var last: Int64 = 0
        var rest = records[...]
        while !rest.isEmpty {
            let batch = AuditBatch(limits: limits)
            while let fill = rest.first {
                fill(entry)
                guard batch.append(entry) != nil else { break }
                rest.removeFirst()
            }
            let done = DispatchSemaphore(value: 0)
            try writer.submit(batch) { _ in done.signal() }
            guard done.wait(timeout: .now() + .milliseconds(Int(milliseconds))) == .success else { throw .busy }
            try batch.takeReceipts { _, receipt in last = receipt.sequence }
        }
        return last
    }

    /// Fills a batch with changes of the store.
    ///
    /// - Returns: The batch, and the id of the last change that found room.
    func batch(of changes: [StoreChange], generation: UInt64) -> (batch: AuditBatch, last: Int64) {
        let batch = AuditBatch(limits: limits)
        var last: Int64 = 0
        for change in changes {
            AdministrationRecords.describe(change, generation: generation, in: entry)
            guard batch.append(entry) != nil else { break }
            last = change.id
        }
        return (batch, last)
    }

    /// The changes that the log does not have yet: a gateway that was killed may have recorded some that it did not
    /// note as recorded any more.
    func unrecorded(_ changes: [StoreChange]) throws(AuditError) -> [StoreChange] {
        guard !changes.isEmpty else { return [] }
        let reader = try AuditReader(path: path)
        var query = AuditQuery()
        query.kind = .administration
        var unrecorded: [StoreChange] = []
        for change in changes {
            query.requestID = AdministrationRecords.identifier(of: change)
            // Another store's changes, in the same log, have the same ids.
            let isRecorded = try reader.records(query).contains { $0.time == change.time }
            if !isRecorded { unrecorded.append(change) }
        }
        return unrecorded
    }

    // MARK: The operator

    /// Tells the operator what has changed. Cheap enough for each turn of the control queue's timer.
    func look() {
        let now = ContinuousClock.now
        guard now >= nextLook else { return }
        nextLook = now + Self.lookInterval
        let status = writer.status
        if status.isOnReserve { reports.onReserve(path) }
        if wasOnReserve, !status.isOnReserve { log.notice("there is room for audit records again; requests are served") }
        wasOnReserve = status.isOnReserve
        if status.unpublishedCheckpoints > unpublished {
            unpublished = status.unpublishedCheckpoints
            reports.checkpointsUnpublished()
        }
        lookAtExporters()
    }

    private func lookAtExporters() {
        for status in exporterStatuses {
            if let failure = status.failure {
                failing.insert(status.name)
                reports.exportFailed(status, failure)
            } else if status.lag == 0, failing.remove(status.name) != nil {
                log.notice("the audit exporter \(status.name) has caught up")
            }
        }
    }

    // MARK: The end

    /// Milliseconds that exporters have to deliver the last records.
    private static let lastDelivery = 2_000

    /// Stores what was submitted, signs where the log ends, closes it, and lets exporters deliver the last of it.
    func close(within milliseconds: UInt64) -> Bool {
        let isClosed = writer.close(milliseconds: Int(milliseconds))
        exporters?.stop(afterMilliseconds: Self.lastDelivery, upTo: writer.status.lastSequence)
        return isClosed
    }
}

extension AuditLimits {
    init(_ settings: Settings.Audit) {
        self.init()
        queuedRecords = settings.queueLimit
        groupRecords = settings.groupLimit
        laneRecords = settings.laneLimit
        laneMicroseconds = Int(settings.lanePatience) * 1_000
        partitionBytes = Int64(clamping: settings.partitionSize)
        partitionSeconds = Int(settings.partitionAge / 1_000)
        retentionSeconds = settings.retentionAge == 0 ? nil : Int(settings.retentionAge / 1_000)
        retentionBytes = settings.retentionSize == .max ? nil : Int64(clamping: settings.retentionSize)
        reserveBytes = Int64(clamping: settings.reserve)
        // The write-ahead log must start over within the reserve, or it alone would use it up.
        if reserveBytes > 0 { checkpointBytes = min(checkpointBytes, Int(clamping: reserveBytes / 4)) }
        signatureRecords = Int64(settings.checkpoints.records)
        signatureSeconds = Int(settings.checkpoints.interval / 1_000)
        isIndexed = settings.index == .on
    }
}
