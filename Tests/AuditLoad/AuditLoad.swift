import AccessControl
import AuditTrail
import Dispatch
import Glibc
import HTTPWire

/// Writes an audit log in a process of its own:
///
///     AuditLoad write PATH         writes until killed; prints the last acknowledged sequence number after each batch
///     AuditLoad rotate PATH SIZE   the same in partitions of SIZE bytes, with signed checkpoints
///     AuditLoad limited PATH SIZE  the same until files may not grow beyond SIZE bytes, then lifts that limit and
///                                  goes on; prints "failed NAME" and "recovered"
///     AuditLoad measure PATH COUNT [unindexed]  writes COUNT records that differ as a gateway's do, a second of time for each 100,
///                                  as fast as it can; prints how many it wrote a second
///     AuditLoad index PATH         builds the indexes of such a log without a rest; prints how long it took
///     AuditLoad latency PATH COUNT [power | lane]  stores COUNT records one after the other, by the writer's queue or as
///                                  a lane does; prints how long each took until its receipt: median and 99th percentile
///     AuditLoad export PATH FILE    exports the log to a file; prints how far it came, again and again
///     AuditLoad ask PATH [NODEGATE] asks such a log what people ask, with and without its indexes, and the program
///                                  NODEGATE too; prints milliseconds
///     AuditLoad hold PATH          opens the log, prints "open" and waits for the end of standard input
@main
struct AuditLoad {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else { exit(64) }
        do throws(AuditError) {
            if arguments[1] == "ask" { return try Questions.ask(arguments[2], arguments.count > 3 ? arguments[3] : nil) }
            if arguments[1] == "export" { return export(arguments[2], arguments.last ?? "") }
            var limits = AuditLimits()
            var signer: CheckpointSigner?
            limits.isIndexed = arguments.last != "unindexed"
            if arguments[1] == "index" { limits.indexRest = 0 }
            if arguments[1] == "rotate" {
                limits.partitionBytes = arguments.count > 3 ? Int64(arguments[3]) ?? 0 : 0
                limits.signatureRecords = 500
                signer = try CheckpointSigner(path: arguments[2])
            }
            let durability: AuditDurability = arguments.last == "power" ? .power : .process
            let writer = try AuditWriter(path: arguments[2], durability: durability, limits: limits, signer: signer)
            switch arguments[1] {
            case "write", "rotate": try write(writer)
            case "limited": try writeLimited(writer, bytes: arguments.count > 3 ? UInt64(arguments[3]) ?? 0 : 0)
            case "measure": try measure(writer, count: arguments.count > 3 ? Int(arguments[3]) ?? 0 : 0)
            case "index":
                let began = DispatchTime.now().uptimeNanoseconds
                writer.awaitIndexes()
                say("\((DispatchTime.now().uptimeNanoseconds - began) / 1_000_000) ms")
            case "latency": try measureLatency(
                writer, count: arguments.count > 3 ? Int(arguments[3]) ?? 0 : 0, isLane: arguments.last == "lane")
            case "hold":
                say("open")
                while getchar() != EOF {}
            default: exit(64)
            }
            writer.close()
        } catch {
            say("error \(error.name)")
            exit(1)
        }
    }

    static func write(_ writer: AuditWriter) throws(AuditError) {
        let load = Load(writer)
        while true { say("\(try load.storeBatch())") }
    }

    /// Four batches under way, as with four lanes.
    static func measure(_ writer: AuditWriter, count: Int) throws(AuditError) {
        let loads = (0..<4).map { _ in Traffic() }
        let returned = DispatchSemaphore(value: loads.count)
        let began = DispatchTime.now().uptimeNanoseconds
        var number = 0
        while number < count {
            for load in loads {
                returned.wait()
                number = load.fill(number)
                try writer.submit(load.batch) { _ in returned.signal() }
                // In turn, so that a batch that is back is the one that is filled next.
            }
        }
        _ = writer.flush()
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - began) / 1e9
        say("\(Int(Double(number) / seconds)) records a second")
        for _ in loads { returned.signal() }
    }

    static func measureLatency(_ writer: AuditWriter, count: Int, isLane: Bool) throws(AuditError) {
        let load = Traffic()
        let returned = DispatchSemaphore(value: 0)
        var times: [UInt64] = []
        for number in 0..<count {
            _ = load.fill(number, count: 1)
            let began = DispatchTime.now().uptimeNanoseconds
            if !isLane || !writer.storeHere([load.batch]) {
                try writer.submit(load.batch) { _ in returned.signal() }
                returned.wait()
            }
            times.append(DispatchTime.now().uptimeNanoseconds - began)
        }
        guard !times.isEmpty else { return }
        times.sort()
        say("p50 \(times[times.count / 2] / 1_000) us, p99 \(times[times.count * 99 / 100] / 1_000) us")
    }

    static func export(_ path: String, _ file: String) {
        guard var export = AuditExport(name: "load", target: .file(path: file), format: .json) else { exit(64) }
        export.batchRecords = 20
        export.pollMilliseconds = 1
        let exporter = AuditExporter(export, path: path)
        var seen = exporter.status.cursor
        while true {
            say("\(seen)")
            let cursor = seen
            while seen == cursor { seen = exporter.awaitDelivery(beyond: cursor, milliseconds: 60_000) }
        }
    }

    static func writeLimited(_ writer: AuditWriter, bytes: UInt64) throws(AuditError) {
        signal(SIGXFSZ, SIG_IGN)
        let unlimited = limitFiles(bytes)
        let load = Load(writer)
        do throws(AuditError) {
            while true { say("\(try load.storeBatch())") }
        } catch { say("failed \(error.name)") }
        _ = limitFiles(unlimited)
        for _ in 0..<10 { say("\(try load.storeBatch())") }
        say("recovered")
    }

    /// Sets how large a file may grow.
    ///
    /// - Returns: The limit before.
    static func limitFiles(_ bytes: UInt64) -> UInt64 {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        let before = UInt64(limit.rlim_cur)
        limit.rlim_cur = rlim_t(bytes)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        return before
    }

    static func say(_ text: String) {
        let line = text + "\n"
        _ = line.withCString { Glibc.write(1, $0, strlen($0)) }
    }
}

/// Batches of one to a few dozen records, one after the other.
final class Load {
    private let writer: AuditWriter
    private let batch = AuditBatch()
    private let entry = AuditEntry()
    private let returned = DispatchSemaphore(value: 0)
    private var number: UInt64 = 0

    init(_ writer: AuditWriter) { self.writer = writer }

    /// - Returns: The sequence number of the last record that was acknowledged.
    func storeBatch() throws(AuditError) -> Int64 {
        batch.recycle()
        for _ in 0...(number % 37) { append() }
        let returned = self.returned
        try writer.submit(batch) { _ in returned.signal() }
        returned.wait()
        var last: Int64 = 0
        try batch.takeReceipts { _, receipt in last = receipt.sequence }
        return last
    }

    private func append() {
        number += 1
        entry.reset()
        var facts = AuditFacts()
        facts.time = 1_700_000_000_000_000 + Int64(number)
        facts.exchange = ExchangeID(microseconds: facts.time, random: (number, number))
        facts.method = .get
        facts.status = 200
        entry.facts = facts
        entry.set(.client, "192.0.2.1")
        entry.set(.path, "/api/v2/cloud_connectors")
        entry.set(.userAgent, "load")
        _ = batch.append(entry)
    }
}
