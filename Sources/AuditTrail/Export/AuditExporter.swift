import Dispatch
import Synchronization

/// Delivers every record of a log to one target, in order and at least once: after a crash or a failure the last batch
/// may come twice, and none is left out.
///
/// It reads the log as any reader does, on a thread of its own, and remembers in a file beside the log
/// (`audit.db.export.NAME`) how far it came. The writer knows nothing of it.
package final class AuditExporter: Sendable {
    private struct Shared {
        var status: AuditExporterStatus
        var isStopping = false
        var wantsReopening = false
        /// Who waits for the next delivery.
        var watchers: [DispatchSemaphore] = []
    }

    package let export: AuditExport
    private let path: String
    private let queue: DispatchQueue
    private let shared: Mutex<Shared>
    private let wake = DispatchSemaphore(value: 0)

    /// Starts to deliver what was not delivered yet; all that the log has, the first time.
    ///
    /// - Parameter path: Of the log, which may not exist yet.
    package init(_ export: AuditExport, path: String) {
        self.export = export
        self.path = path
        queue = DispatchQueue(label: "nodegate.audit.export.\(export.name)", qos: .utility)
        shared = Mutex(Shared(status: AuditExporterStatus(name: export.name)))
        queue.async { self.run() }
    }

    package var status: AuditExporterStatus { shared.withLock { $0.status } }

    /// Waits until more than the record `sequence` was delivered, at most so long.
    ///
    /// - Returns: The last record that was delivered.
    package func awaitDelivery(beyond sequence: Int64, milliseconds: Int) -> Int64 {
        let deadline = DispatchTime.now() + .milliseconds(max(0, milliseconds))
        while true {
            let watcher = DispatchSemaphore(value: 0)
            let cursor = shared.withLock { shared in
                if shared.status.cursor <= sequence { shared.watchers.append(watcher) }
                return shared.status.cursor
            }
            guard cursor <= sequence else { return cursor }
            guard watcher.wait(timeout: deadline) == .success else {
                return shared.withLock { shared in
                    shared.watchers.removeAll { $0 === watcher }
                    return shared.status.cursor
                }
            }
        }
    }

    /// Opens the target anew before the next batch: for files that somebody else has moved.
    package func reopen() {
        shared.withLock { $0.wantsReopening = true }
        wake.signal()
    }

    /// Ends after what is under way, which takes no longer than the time limits allow, and waits for that.
    package func stop() {
        beginStop()
        queue.sync {}
    }

    func beginStop() {
        shared.withLock { $0.isStopping = true }
        wake.signal()
    }

    // MARK: On the exporter's queue

    private func run() {
        let cursor = ExportCursor(path: AuditLayout(path: path).base + ".export." + export.name)
        var batches = ExportReader(path: path, after: cursor.read())
        let sink = ExportSinks.make(export)
        var retry = export.retryMilliseconds
        shared.withLock { $0.status.cursor = batches.cursor }
        while !isStopping {
            if takeReopening() { sink.reopen() }
            do throws(ExportFailure) {
                guard let batch = try next(&batches) else {
                    wait(export.pollMilliseconds)
                    continue
                }
                try sink.send(batch.texts)
                batches.pass(batch)
                let isStored = cursor.write(batches.cursor)
                delivered(batch)
                // The records are delivered; without the cursor they would be again after a restart.
                if !isStored { throw ExportFailure("the cursor cannot be stored in \(cursor.path)") }
                retry = export.retryMilliseconds
            } catch {
                shared.withLock { shared in
                    shared.status.failures += 1
                    shared.status.failure = error.description
                }
                wait(retry)
                retry = min(2 * retry, export.retryLimitMilliseconds)
            }
        }
    }

    private func next(_ batches: inout ExportReader) throws(ExportFailure) -> ExportBatch? {
        let batch = try batches.next(export)
        let newest = batches.newest
        shared.withLock { shared in
            shared.status.newest = max(newest, shared.status.cursor)
            shared.status.oldestWaiting = batch?.oldest
        }
        return batch
    }

    private func delivered(_ batch: ExportBatch) {
        shared.withLock { shared in
            shared.status.cursor = batch.last
            shared.status.exportedRecords += batch.texts.count
            shared.status.skippedRecords += batch.skipped
            shared.status.oldestWaiting = nil
            shared.status.failure = nil
            for watcher in shared.watchers { watcher.signal() }
            shared.watchers.removeAll()
        }
    }

    private var isStopping: Bool { shared.withLock { $0.isStopping } }

    private func takeReopening() -> Bool {
        shared.withLock { shared in
            defer { shared.wantsReopening = false }
            return shared.wantsReopening
        }
    }

    private func wait(_ milliseconds: Int) { _ = wake.wait(timeout: .now() + .milliseconds(milliseconds)) }
}

/// The exporters of one log.
package final class AuditExporters: Sendable {
    private let exporters: [AuditExporter]

    /// - Parameter path: Of the log.
    package init(_ exports: [AuditExport], path: String) { exporters = exports.map { AuditExporter($0, path: path) } }

    package var statuses: [AuditExporterStatus] { exporters.map(\.status) }

    package func reopen() { for exporter in exporters { exporter.reopen() } }

    /// Stops them all, after having waited, at most so long, until they have delivered the records up to `sequence`.
    package func stop(afterMilliseconds milliseconds: Int = 0, upTo sequence: Int64 = 0) {
        let deadline = SystemClock.monotonicMilliseconds + UInt64(max(0, milliseconds))
        for exporter in exporters {
            let now = SystemClock.monotonicMilliseconds
            _ = exporter.awaitDelivery(beyond: sequence - 1, milliseconds: now < deadline ? Int(deadline - now) : 0)
        }
        for exporter in exporters { exporter.beginStop() }
        for exporter in exporters { exporter.stop() }
    }
}

/// Records as they are sent.
struct ExportBatch {
    var texts: [ExportText] = []
    var last: Int64 = 0
    /// When the first was recorded.
    var oldest: Int64 = 0
    /// Records that are missing before the first.
    var skipped: Int64 = 0
}

/// One record as it is sent, and what a syslog header says of it.
struct ExportText {
    let text: String
    let time: Int64
    let kind: String
    let isDenial: Bool
}

/// Reads batch after batch. Confined to its exporter's queue.
struct ExportReader {
    private let path: String
    private var reader: AuditReader?
    private var seen: Int64?
    /// The last record that was delivered.
    private(set) var cursor: Int64
    private(set) var newest: Int64 = 0

    init(path: String, after cursor: Int64) {
        self.path = path
        self.cursor = cursor
    }

    /// - Returns: nil when there is nothing new.
    mutating func next(_ export: AuditExport) throws(ExportFailure) -> ExportBatch? {
        do throws(AuditError) {
            let reader: AuditReader
            if let open = self.reader { reader = open } else {
                guard !AuditLayout(path: path).partitions().isEmpty else { return nil }
                reader = try AuditReader(path: path)
                self.reader = reader
            }
            let changes = try reader.changeCount()
            guard changes != seen || newest > cursor else { return nil }
            newest = try reader.lastSequence()
            let batch = try read(reader, export)
            if batch.texts.isEmpty { seen = changes }
            return batch.texts.isEmpty ? nil : batch
        } catch {
            reader = nil
            throw ExportFailure(error.description)
        }
    }

    mutating func pass(_ batch: ExportBatch) { cursor = batch.last }

    private func read(_ reader: AuditReader, _ export: AuditExport) throws(AuditError) -> ExportBatch {
        var query = AuditQuery()
        query.order = .oldestFirst
        query.cursor = cursor
        query.limit = export.batchRecords
        var batch = ExportBatch()
        var bytes = 0
        try reader.read(query) { record in
            if batch.texts.isEmpty {
                batch.oldest = record.time
                batch.skipped = record.sequence - cursor - 1
            }
            let text = export.text(record)
            bytes += text.utf8.count
            batch.texts.append(ExportText(
                text: text, time: record.time, kind: record[.kind],
                isDenial: record[.decision] == AuditDecision.deny.text.description))
            batch.last = record.sequence
            return bytes < export.batchBytes
        }
        return batch
    }
}

/// How far an exporter came, in a file that is replaced as a whole.
struct ExportCursor {
    private let file: KeptText

    var path: String { file.path }

    init(path: String) { file = KeptText(path: path) }

    /// 0 for a file that is not there or says nothing.
    func read() -> Int64 {
        let digits = (file.read(limit: 64) ?? "").prefix { $0.isASCII && $0.isNumber }
        return Int64(digits) ?? 0
    }

    func write(_ sequence: Int64) -> Bool { file.write(String(sequence)) }
}
