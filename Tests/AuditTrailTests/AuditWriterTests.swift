import AccessControl
import AuditTrail
import Dispatch
import Foundation
import GatewayTesting
import HTTPWire
import SQLite
import Testing

@Suite struct AuditWriterTests {
    @Test func everyFieldIsReadBackAsItWasSet() throws {
        let log = try TestLog()
        let writer = try log.writer()
        let entry = AuditEntry()
        var facts = AuditFacts()
        facts.kind = .intent
        facts.time = 1_790_000_000_123_456
        facts.exchange = ExchangeID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210)
        facts.lane = 2
        facts.listener = 1
        facts.clientPort = 65_535
        facts.method = .delete
        facts.principal = .key
        facts.keyID = 42
        facts.decision = .wouldDeny
        facts.reason = .missingScope
        facts.generation = 9
        facts.status = 403
        facts.upstreamStatus = 204
        facts.bytesIn = 1 << 40
        facts.bytesOut = 77
        facts.gatewayMicroseconds = 1_001
        facts.upstreamMicroseconds = 999
        facts.redacted = 3
        facts.revealed = 4
        entry.facts = facts
        for field in AuditField.allCases { entry.set(field, "value of \(field)") }
        #expect(try writer.store(entry) == 1)
        writer.close()

        let record = try #require(try log.records().first)
        #expect(record.integers == [
            2, 1, 1_790_000_000_123_456, 2, 1, 65_535, 42, 9, 403, 204, 1 << 40, 77, 1_001, 999, 3, 4,
        ])
        #expect(record[.kind] == "intent")
        #expect(record[.exchange] == "0123456789abcdeffedcba9876543210")
        #expect(record[.method] == "DELETE")
        #expect(record[.principal] == "key")
        #expect(record[.decision] == "would_deny")
        #expect(record[.reason] == "missing_scope")
        #expect(record[.client] == "value of client")
        #expect(record[.path] == "value of path")
        #expect(record[.query] == "value of query")
        #expect(record[.operation] == "value of operation")
        #expect(record[.controller] == "value of controller")
        #expect(record[.action] == "value of action")
        #expect(record[.principalName] == "value of principalName")
        #expect(record[.upstream] == "value of upstream")
        #expect(record[.userAgent] == "value of userAgent")
        #expect(record[.clientRequestID] == "value of clientRequestID")
        #expect(record[.forwarded] == "value of forwarded")
        #expect(record[.tls] == "value of tls")
        #expect(record[.detail] == "value of detail")
    }

    @Test func whatIsNotThereIsNull() throws {
        let log = try TestLog()
        let writer = try log.writer()
        let entry = AuditEntry()
        try writer.store(entry)
        writer.close()
        // As everybody sees it who opens the file with SQLite.
        let database = try log.database()
        let columns = ["client_port", "key_id", "status", "upstream_status", "path", "principal_name", "detail", "tls"]
        for column in columns {
            #expect(try database.integer("SELECT count(*) FROM records WHERE \(column) IS NULL") == 1, "\(column)")
        }
    }

    @Test func receiptsCarryConsecutiveNumbersAcrossBatchesAndRestarts() throws {
        let log = try TestLog()
        var expected: Int64 = 1
        for _ in 0..<3 {
            let writer = try log.writer()
            let batch = AuditBatch()
            let entry = AuditEntry()
            for size in [1, 7, 8, 9, 33, 256] {
                for number in 0..<size {
                    entry.fill(number)
                    #expect(batch.append(entry) != nil)
                }
                let receipts = try writer.store(batch)
                #expect(receipts == Dictionary(uniqueKeysWithValues: (0..<size).map { ($0, expected + Int64($0)) }))
                #expect(batch.isEmpty)
                expected += Int64(size)
            }
            writer.close()
        }
        let verification = try log.verify()
        #expect(verification.isIntact)
        #expect(verification.count == expected - 1)
    }

    @Test func thereAreNoReceiptsBeforeABatchIsStored() throws {
        let log = try TestLog()
        let writer = try log.writer()
        let batch = AuditBatch()
        let entry = AuditEntry()
        entry.fill(0)
        #expect(batch.append(entry) != nil)
        #expect(throws: AuditError.closed) { try batch.takeReceipts { _, _ in Issue.record("a receipt") } }

        let gate = DispatchSemaphore(value: 0)
        let entered = DispatchSemaphore(value: 0)
        // Holds the writer's queue, so that the second batch surely is submitted and not stored.
        try writer.submit(AuditBatch()) { _ in
            entered.signal()
            gate.wait()
        }
        entered.wait()
        let returned = DispatchSemaphore(value: 0)
        try writer.submit(batch) { _ in returned.signal() }
        #expect(batch.state == .submitted)
        #expect(throws: AuditError.closed) { try batch.takeReceipts { _, _ in Issue.record("a receipt") } }
        #expect(batch.append(entry) == nil)
        batch.recycle()
        #expect(batch.count == 1)
        gate.signal()
        returned.wait()
        var count = 0
        try batch.takeReceipts { _, _ in count += 1 }
        #expect(count == 1)
        #expect(throws: AuditError.closed) { try batch.takeReceipts { _, _ in Issue.record("a second receipt") } }
        writer.close()
    }

    @Test func aFullQueueRefusesAndTheBatchStaysWithItsLane() throws {
        let log = try TestLog()
        var limits = AuditLimits()
        limits.queuedRecords = 3
        let writer = try log.writer(limits: limits)
        let gate = DispatchSemaphore(value: 0)
        let entered = DispatchSemaphore(value: 0)
        try writer.submit(AuditBatch()) { _ in
            entered.signal()
            gate.wait()
        }
        entered.wait()
        let entry = AuditEntry()
        func batch(_ count: Int) -> AuditBatch {
            let batch = AuditBatch()
            for number in 0..<count {
                entry.fill(number)
                #expect(batch.append(entry) != nil)
            }
            return batch
        }
        let returned = DispatchSemaphore(value: 0)
        let first = batch(2)
        try writer.submit(first) { _ in returned.signal() }
        let second = batch(2)
        #expect(throws: AuditError.queueFull) { try writer.submit(second) { _ in Issue.record("completed") } }
        #expect(second.state == .filling)
        #expect(second.count == 2)
        gate.signal()
        returned.wait()
        #expect(try writer.store(second) == [0: 3, 1: 4])
        writer.close()
    }

    @Test func batchesOfManyThreadsAreAllStoredOnce() throws {
        let log = try TestLog()
        let writer = try log.writer()
        DispatchQueue.concurrentPerform(iterations: 4) { lane in
            let batch = AuditBatch()
            let entry = AuditEntry()
            for round in 0..<50 {
                for number in 0..<(round % 11 + 1) {
                    entry.fill(number) { _, facts, entry in
                        facts.lane = UInt16(lane)
                        entry.set(.detail, "\(round).\(number)")
                    }
                    #expect(batch.append(entry) != nil)
                }
                #expect((try? writer.store(batch))?.count == round % 11 + 1)
            }
        }
        #expect(writer.status.failure == nil)
        writer.close()
        let records = try log.records()
        #expect(Set(records.map { "\($0[.lane]) \($0[.detail])" }).count == records.count)
        #expect(records.count == 4 * (0..<50).reduce(0) { $0 + $1 % 11 + 1 })
        #expect(try log.verify().isIntact)
    }

    @Test func aClosedWriterRefuses() throws {
        let log = try TestLog()
        let writer = try log.writer()
        #expect(writer.close())
        #expect(writer.close())
        #expect(throws: AuditError.closed) { try writer.submit(AuditBatch()) { _ in } }
        // The write-ahead log was emptied.
        let size = try? FileManager.default.attributesOfItem(atPath: log.path + "-wal")[.size] as? Int
        #expect((size ?? 0) == 0)
    }

    @Test func powerDurabilityStoresAsWell() throws {
        let log = try TestLog()
        let writer = try log.writer(durability: .power)
        let entry = AuditEntry()
        entry.fill(0)
        #expect(try writer.store(entry) == 1)
        writer.close()
        #expect(try log.verify().isIntact)
    }

    @Test func checkpointsUnderLoadKeepTheLogShortAndEverythingStored() throws {
        let log = try TestLog()
        var limits = AuditLimits()
        limits.checkpointBytes = 32 << 10
        limits.logBytes = 64 << 10
        let writer = try log.writer(limits: limits)
        let batch = AuditBatch()
        let entry = AuditEntry()
        func size(_ suffix: String) throws -> Int {
            try FileManager.default.attributesOfItem(atPath: log.path + suffix)[.size] as? Int ?? 0
        }
        // Without checkpoints the log would be larger than the database at all times.
        var count = 0
        while count < 400_000, try size("") < max(1 << 20, 4 * size("-wal")) {
            for _ in 0..<40 {
                entry.fill(count)
                #expect(batch.append(entry) != nil)
                count += 1
            }
            try writer.store(batch)
        }
        #expect(try size("") >= 4 * size("-wal"))
        writer.close()
        let verification = try log.verify()
        #expect(verification.isIntact)
        #expect(verification.count == Int64(count))
        let check = try log.database().prepare("PRAGMA integrity_check")
        #expect(try check.step())
        #expect(check.text(0) == "ok")
    }

    @Test func theFormIsTheDocumentedOne() throws {
        let log = try TestLog()
        try log.fill(300) { number, facts, entry in
            if number % 3 == 0 { entry.set(.detail, "é\u{1F600}\\ \u{7}") }
            if number % 5 == 0 { facts.status = 0 }
        }
        let statement = try log.database().prepare("SELECT \(TamperedLog.columns) FROM records ORDER BY sequence")
        var previous = [UInt8](repeating: 0, count: 32)
        var count = 0
        while try statement.step() {
            previous = try TamperedLog.hash(statement, after: previous)
            #expect(previous == statement.blob(TamperedLog.hashColumn))
            count += 1
        }
        #expect(count == 300)
    }
}
