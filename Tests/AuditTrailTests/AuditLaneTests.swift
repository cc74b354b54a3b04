import AuditTrail
import Dispatch
import Foundation
import SQLite
import Synchronization
import Testing

/// Batches that the thread which has them stores itself.
@Suite struct AuditLaneTests {
    private func batch(_ numbers: Range<Int>) -> AuditBatch {
        let batch = AuditBatch()
        let entry = AuditEntry()
        for number in numbers {
            entry.fill(number)
            #expect(batch.append(entry) != nil)
        }
        return batch
    }

    private func receipts(_ batch: AuditBatch) throws -> [Int64] {
        var sequences: [Int64] = []
        try batch.takeReceipts { _, receipt in sequences.append(receipt.sequence) }
        return sequences
    }

    /// Stores a batch here as soon as the writer has nothing to do.
    private func storeHere(_ batch: AuditBatch, _ writer: AuditWriter) {
        while !writer.storeHere([batch]) {}
    }

    @Test func anIdleWriterLetsTheCallerStore() throws {
        let log = try TestLog()
        let writer = try log.writer()
        let first = batch(0..<3)
        let second = batch(3..<5)
        while !writer.storeHere([first, second]) {}
        #expect(first.state == .stored(first: 1))
        #expect(try receipts(first) == [1, 2, 3])
        #expect(try receipts(second) == [4, 5])
        #expect(writer.status.storedRecords == 5)
        #expect(writer.status.groups == 1)
        #expect(writer.status.laneGroups == 1)
        // Before the writer ends: what is stored can be read.
        #expect(try log.records().count == 5)
        try writer.store(batch(5..<6))
        #expect(writer.flush())
        writer.close()
        let verification = try log.verify()
        #expect(verification.isIntact)
        #expect(verification.count == 6)
    }

    @Test func whoeverComesWhileTheQueueWorksSubmits() throws {
        let log = try TestLog()
        let writer = try log.writer()
        let gate = DispatchSemaphore(value: 0)
        let entered = DispatchSemaphore(value: 0)
        try writer.submit(batch(0..<1)) { _ in
            entered.signal()
            gate.wait()
        }
        entered.wait()
        let mine = batch(1..<2)
        #expect(!writer.storeHere([mine]))
        #expect(mine.state == .filling)
        #expect(mine.count == 1)
        gate.signal()
        storeHere(mine, writer)
        #expect(try receipts(mine) == [2])
        writer.close()
        #expect(try log.verify().isIntact)
    }

    @Test func someBatchesAreTheWritersAlways() throws {
        let log = try TestLog()
        let synchronous = try log.writer(durability: .power)
        #expect(!synchronous.storeHere([batch(0..<1)]))
        synchronous.close()
        #expect(!synchronous.storeHere([batch(0..<1)]))

        var limits = AuditLimits()
        limits.laneRecords = 2
        let writer = try log.writer(limits: limits)
        #expect(!writer.storeHere([batch(0..<2), batch(2..<3)]))
        storeHere(batch(0..<2), writer)
        // Nor more than the queue may store together.
        limits.laneRecords = 256
        limits.groupRecords = 2
        let other = try TestLog()
        let bounded = try other.writer(limits: limits)
        while !bounded.storeHere([batch(0..<2)]) {}
        for _ in 0..<1_000 { #expect(!bounded.storeHere([batch(2..<5)])) }
        bounded.close()
        // A batch that is with somebody else, or has not been emptied.
        let stored = batch(2..<3)
        storeHere(stored, writer)
        #expect(!writer.storeHere([stored]))
        #expect(try receipts(stored) == [3])
        writer.close()
        #expect(try log.verify().count == 3)
    }

    @Test func aLockOfAnotherProcessIsNotWaitedFor() throws {
        let log = try TestLog()
        var limits = AuditLimits()
        // For ever, as far as this test goes.
        limits.busyMilliseconds = 600_000
        limits.laneRest = 0
        let writer = try log.writer(limits: limits)
        storeHere(batch(0..<1), writer)
        let other = try log.database()
        try other.execute("BEGIN IMMEDIATE")
        let mine = batch(1..<3)
        // Until the queue lets a lane try.
        while writer.status.slowLaneGroups == 0 { #expect(!writer.storeHere([mine])) }
        #expect(mine.state == .filling)
        let returned = DispatchSemaphore(value: 0)
        try writer.submit(mine) { _ in returned.signal() }
        try other.execute("ROLLBACK")
        returned.wait()
        #expect(try receipts(mine) == [2, 3])
        #expect(writer.status.failedRecords == 0)
        storeHere(batch(3..<4), writer)
        writer.close()
        let verification = try log.verify()
        #expect(verification.isIntact)
        #expect(verification.count == 4)
    }

    @Test func aSlowDiskIsLeftToTheWriter() throws {
        let log = try TestLog()
        var limits = AuditLimits()
        limits.laneMicroseconds = 0
        limits.laneRest = 1_000_000_000
        let writer = try log.writer(limits: limits)
        storeHere(batch(0..<1), writer)
        #expect(!writer.storeHere([batch(1..<2)]))
        try writer.store(batch(1..<2))
        #expect(!writer.storeHere([batch(2..<3)]))
        writer.close()
        #expect(try log.verify().count == 2)
    }

    @Test func whatCannotBeStoredHereFailsAsEver() throws {
        let log = try TestLog()
        var limits = AuditLimits()
        limits.reserveBytes = 0
        let writer = try log.writer(limits: limits)
        storeHere(batch(0..<1), writer)
        try FileManager.default.moveItem(atPath: log.path, toPath: log.path + ".away")
        let mine = batch(1..<2)
        storeHere(mine, writer)
        guard case .failed(.cannotOpen) = mine.state else { return #expect(Bool(false), "\(mine.state)") }
        #expect(writer.status.failure != nil)
        // After a failure the writer's queue finds out how it stands.
        #expect(!writer.storeHere([batch(2..<3)]))
        try FileManager.default.moveItem(atPath: log.path + ".away", toPath: log.path)
        mine.recycle()
        try writer.store(batch(1..<2))
        #expect(writer.status.failure == nil)
        storeHere(batch(2..<3), writer)
        writer.close()
        let verification = try log.verify()
        #expect(verification.isIntact)
        #expect(verification.count == 3)
    }

    @Test func upkeepIsDoneThoughOnlyLanesStore() throws {
        let log = try TestLog()
        var limits = AuditLimits()
        limits.upkeepMilliseconds = 10
        limits.partitionBytes = 64 << 10
        limits.signatureRecords = 100
        limits.checkpointBytes = 32 << 10
        let signer = try CheckpointSigner(path: log.path)
        let writer = try AuditWriter(path: log.path, limits: limits, signer: signer)
        var stored = 0
        while writer.status.partitionsBegun < 3 || writer.status.checkpoints < 5 {
            let batch = batch(stored..<stored + 20)
            // What the queue has to do first is done with the next that is submitted.
            if !writer.storeHere([batch]) { try writer.store(batch) }
            stored += 20
        }
        writer.close()
        let verification = try log.verify()
        #expect(verification.breaks == [])
        let checkpoints = try log.records { $0.kind = .checkpoint }.count
        #expect(verification.count == Int64(stored + checkpoints))
    }

    @Test func aLaneThatNeverRestsLetsTheQueueDoItsUpkeep() throws {
        let log = try TestLog()
        var limits = AuditLimits()
        limits.laneRest = 0
        limits.partitionBytes = 64 << 10
        // Far longer than between two groups: the queue waits for work all the time.
        limits.lingerMicroseconds = 500_000
        let writer = try log.writer(limits: limits)
        try writer.store(batch(0..<1))
        var stored = 1
        // Nothing is submitted, so only what lanes hand over can begin a partition.
        while writer.status.partitionsBegun < 2 {
            try #require(stored < 50_000, "no partition is begun")
            if writer.storeHere([batch(stored..<stored + 1)]) { stored += 1 }
        }
        #expect(writer.close(milliseconds: 120_000))
        let verification = try log.verify()
        #expect(verification.breaks == [])
        #expect(verification.count == Int64(stored))
    }

    /// Lanes that store themselves when they may and submit when they may not, as a gateway's do.
    @Test func lanesAndTheQueueTakeTurns() throws {
        let log = try TestLog()
        var limits = AuditLimits()
        limits.laneRest = 0
        let writer = try log.writer(limits: limits)
        let here = Atomic(0)
        let rounds = 400
        DispatchQueue.concurrentPerform(iterations: 4) { lane in
            let batch = AuditBatch()
            let entry = AuditEntry()
            let returned = DispatchSemaphore(value: 0)
            for round in 0..<rounds {
                for number in 0...(round % 3) {
                    entry.fill(number)
                    #expect(batch.append(entry) != nil)
                }
                if writer.storeHere([batch]) {
                    here.add(1, ordering: .relaxed)
                } else {
                    do { try writer.submit(batch) { _ in returned.signal() } } catch { Issue.record("\(error)") }
                    returned.wait()
                }
                var last: Int64 = 0
                do {
                    try batch.takeReceipts { _, receipt in
                        #expect(receipt.sequence > last)
                        last = receipt.sequence
                    }
                } catch { Issue.record("\(error)") }
            }
        }
        #expect(writer.flush())
        let records = 4 * (0..<rounds).reduce(0) { $0 + $1 % 3 + 1 }
        #expect(writer.status.storedRecords == records)
        #expect(writer.status.queuedRecords == 0)
        writer.close()
        let verification = try log.verify()
        #expect(verification.isIntact)
        #expect(verification.count == Int64(records))
        #expect(here.load(ordering: .relaxed) > 0)
    }
}
