import AuditTrail
import Dispatch
import Foundation
import GatewayTesting
import SQLite
import Synchronization
import Testing

@Suite struct AuditPartitionTests {
    private func limits(_ change: (inout AuditLimits) -> Void = { _ in }) -> AuditLimits {
        var limits = AuditLimits()
        limits.partitionBytes = 60_000
        limits.upkeepMilliseconds = 5
        limits.retentionMilliseconds = 5
        change(&limits)
        return limits
    }

    /// Records that are more than enough for a file.
    private static let mostOfPartition = 4_000

    /// Stores batches of 40 until the condition holds.
    private func fill(_ writer: AuditWriter, from number: Int = 0, until condition: () throws -> Bool) throws -> Int {
        let batch = AuditBatch()
        let entry = AuditEntry()
        var number = number
        var begun = (partitions: writer.status.partitionsBegun, at: number)
        while try !condition() {
            try #require(number < 200_000, "the condition never holds")
            if begun.partitions != writer.status.partitionsBegun { begun = (writer.status.partitionsBegun, number) }
            // Files are begun and removed beside the writer, which a busy machine would let run far ahead.
            if number - begun.at > Self.mostOfPartition {
                let isGoingOn = try Patience.holds {
                    try writer.status.partitionsBegun != begun.partitions || condition()
                }
                try #require(isGoingOn, "no file is begun")
                continue
            }
            batch.recycle()
            for _ in 0..<40 {
                entry.fill(number)
                #expect(batch.append(entry) != nil)
                number += 1
            }
            try writer.store(batch)
        }
        return number
    }

    @Test func theLogGoesOnInFilesOfTheirOwn() throws {
        let log = try TestLog()
        let layout = AuditLayout(path: log.path)
        let writer = try log.writer(limits: limits())
        let count = try fill(writer) { layout.partitions().count == 4 }
        writer.close()
        #expect(writer.status.partitionsBegun == 3)
        let partitions = layout.partitions()
        #expect(partitions.first?.path == log.path)
        #expect(partitions.dropFirst().allSatisfy { $0.name == "audit.db." + String(format: "%015d", $0.first) })

        let verification = try log.verify()
        #expect(verification.breaks == [])
        #expect(verification.count == Int64(count))
        #expect(verification.partitions == 4)
        #expect(try log.records().map(\.sequence) == (1...Int64(count)).map { $0 })
        #expect(try log.records { $0.order = .newestFirst }.map(\.sequence) == (1...Int64(count)).reversed().map { $0 })
        // A closed partition is one file, for its owner only.
        for partition in partitions.dropLast() {
            #expect(!FileManager.default.fileExists(atPath: partition.path + "-wal"))
            #expect(!FileManager.default.fileExists(atPath: partition.path + "-shm"))
        }
        for partition in partitions {
            let attributes = try FileManager.default.attributesOfItem(atPath: partition.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
        // The next process goes on in the last.
        let again = try log.writer(limits: limits())
        let entry = AuditEntry()
        entry.fill(0)
        #expect(try again.store(entry) == Int64(count) + 1)
        again.close()
        #expect(try log.verify().isIntact)
    }

    @Test func partitionsChangeUnderTheLoadOfManyThreads() throws {
        let log = try TestLog()
        let layout = AuditLayout(path: log.path)
        let signer = try CheckpointSigner(path: log.path)
        let writer = try AuditWriter(path: log.path, limits: limits { $0.signatureRecords = 700 }, signer: signer)
        let receipts = Mutex<[Int64: String]>([:])
        DispatchQueue.concurrentPerform(iterations: 4) { lane in
            let batch = AuditBatch()
            let entry = AuditEntry()
            var round = 0
            while layout.partitions().count < 5, round < 4_000 {
                for number in 0..<20 {
                    entry.fill(number) { _, _, entry in entry.set(.detail, "\(lane).\(round).\(number)") }
                    #expect(batch.append(entry) != nil)
                }
                let stored = (try? writer.store(batch)) ?? [:]
                #expect(stored.count == 20)
                receipts.withLock { receipts in
                    for (ticket, sequence) in stored {
                        #expect(receipts.updateValue("\(lane).\(round).\(ticket)", forKey: sequence) == nil)
                    }
                }
                round += 1
            }
        }
        writer.close()
        #expect(layout.partitions().count >= 5)
        // Each receipt is for the record that has its number, and every other record is the writer's own.
        let records = try log.records()
        #expect(records.map(\.sequence) == (1...Int64(records.count)).map { $0 })
        let acknowledged = receipts.withLock { $0 }
        #expect(records.allSatisfy { acknowledged[$0.sequence] == $0[.detail] || $0[.kind] == "checkpoint" })
        #expect(records.count { $0[.kind] == "outcome" } == acknowledged.count)
        let published = try String(contentsOfFile: layout.checkpoints, encoding: .utf8)
        let verification = try AuditVerifier.verify(path: log.path, publicKey: signer.publicKey, checkpoints: published)
        #expect(verification.breaks == [])
        #expect(verification.checkpoints > 4)
    }

    @Test func pagesAndLimitsSpanPartitions() throws {
        let log = try TestLog()
        let layout = AuditLayout(path: log.path)
        let writer = try log.writer(limits: limits())
        let count = try fill(writer) { layout.partitions().count == 3 }
        writer.close()
        for order in [AuditQuery.Order.oldestFirst, .newestFirst] {
            var seen: [Int64] = []
            var cursor: Int64?
            while true {
                let page = try log.records { query in
                    query.order = order
                    query.limit = 97
                    query.cursor = cursor
                }
                guard let last = page.last else { break }
                #expect(page.count == 97 || seen.count + page.count == count)
                seen += page.map(\.sequence)
                cursor = last.sequence
            }
            let all = (1...Int64(count)).map { $0 }
            #expect(seen == (order == .oldestFirst ? all : all.reversed()))
        }
        // A time in the middle of each partition.
        for partition in layout.partitions().dropLast() {
            let time = 1_790_000_000_000_000 + (partition.first + 1) * 1_000
            #expect(try log.records { $0.since = time; $0.until = time + 5_000 }.count == 5)
        }
    }

    @Test func aReaderFollowsTheWriterIntoTheNextPartition() throws {
        let log = try TestLog()
        let layout = AuditLayout(path: log.path)
        let writer = try log.writer(limits: limits())
        let entry = AuditEntry()
        entry.fill(0)
        try writer.store(entry)
        let reader = try AuditReader(path: log.path)
        var last = try reader.lastSequence()
        var seen = try reader.changeCount()
        _ = try fill(writer) {
            let now = try reader.changeCount()
            var query = AuditQuery()
            query.order = .oldestFirst
            query.cursor = last
            query.limit = nil
            let found = try reader.records(query).map(\.sequence)
            #expect(found.isEmpty || found == Array(last + 1...last + Int64(found.count)))
            // Where nothing was written meanwhile, the test waits for a file to be begun.
            #expect(now != seen || found.isEmpty)
            seen = now
            last += Int64(found.count)
            #expect(try reader.lastSequence() == last)
            return layout.partitions().count == 3
        }
        writer.close()
    }

    @Test func timeEndsAPartitionAndAClockThatJumpsHarmsNothing() throws {
        let log = try TestLog()
        let time = Mutex<Int64>(1_790_000_000_000_000)
        let layout = AuditLayout(path: log.path)
        let limits = limits { $0.partitionBytes = 1 << 40; $0.partitionSeconds = 3_600 }
        let clock: @Sendable () -> Int64 = { time.withLock { $0 } }
        let writer = try AuditWriter(path: log.path, limits: limits, clock: clock)
        let entry = AuditEntry()
        entry.fill(0)
        try writer.store(entry)
        // Backwards by a day: nothing ends.
        time.withLock { $0 -= 86_400_000_000 }
        var count = try fill(writer, from: 1) { writer.status.lastSequence > 200 }
        #expect(layout.partitions().count == 1)
        time.withLock { $0 += 86_400_000_000 + 3_600_000_000 }
        count = try fill(writer, from: count) { layout.partitions().count == 2 }
        time.withLock { $0 -= 7_200_000_000 }
        count = try fill(writer, from: count) { writer.status.lastSequence > 2_000 }
        #expect(layout.partitions().count == 2)
        writer.close()
        #expect(try log.verify().breaks == [])
        #expect(try log.records().count == count)
    }

    @Test func retentionRemovesWholePartitionsAndTheChainStaysWhole() throws {
        let log = try TestLog()
        let layout = AuditLayout(path: log.path)
        let writer = try log.writer(limits: limits { $0.retentionBytes = 400_000 })
        _ = try fill(writer) { !FileManager.default.fileExists(atPath: log.path) && writer.status.partitionsRemoved >= 2 }
        writer.close()
        let partitions = layout.partitions()
        let first = try #require(partitions.first?.first)
        #expect(first > 1)
        let verification = try log.verify()
        #expect(verification.breaks == [])
        #expect(verification.first == first)
        // Each removal is on record, one after the other.
        let removals = try log.records { $0.kind = .administration }
        #expect(!removals.isEmpty)
        #expect(removals.allSatisfy { $0[.operation] == "audit_partition_removed" && $0[.principalName] == "retention" })
        #expect(removals.contains { $0[.detail].contains(" to \(first - 1) removed") })

        // Without a record that says so, a beginning is missing.
        let again = try log.writer(limits: limits())
        _ = try fill(again) { layout.partitions().count > partitions.count }
        again.close()
        #expect(try log.verify().breaks == [])
        try FileManager.default.removeItem(atPath: partitions[0].path)
        let next = try #require(layout.partitions().first?.first)
        #expect(try log.verify().breaks == [.unexplainedBeginning(sequence: next)])
    }

    @Test func retentionByAgeKeepsWhatIsYoung() throws {
        let log = try TestLog()
        let layout = AuditLayout(path: log.path)
        let time = Mutex<Int64>(1_790_000_000_000_000)
        let clock: @Sendable () -> Int64 = { time.withLock { $0 } }
        let limits = limits { $0.retentionSeconds = 86_400 }
        let writer = try AuditWriter(path: log.path, limits: limits, clock: clock)
        let count = try fill(writer) { layout.partitions().count == 3 }
        #expect(writer.status.partitionsRemoved == 0)
        time.withLock { $0 += 2 * 86_400_000_000 }
        _ = try fill(writer, from: count) {
            writer.status.partitionsRemoved >= 2 && !FileManager.default.fileExists(atPath: log.path)
        }
        writer.close()
        #expect(try log.verify().breaks == [])
    }

    @Test func aMissingOrExchangedPartitionIsFound() throws {
        let log = try TestLog()
        let layout = AuditLayout(path: log.path)
        let writer = try log.writer(limits: limits())
        _ = try fill(writer) { layout.partitions().count == 5 }
        writer.close()
        let partitions = layout.partitions()
        try FileManager.default.removeItem(atPath: partitions[2].path)
        #expect(try log.verify().breaks == [
            .misplaced(partition: partitions[3].name),
            .missing(after: partitions[2].first - 1, before: partitions[3].first),
        ])
        try FileManager.default.copyItem(atPath: partitions[1].path, toPath: partitions[2].path)
        #expect(try log.verify().breaks.first == .misplaced(partition: partitions[2].name))
    }

    @Test func aDirectoryHoldsTheLogUnderItsOwnName() throws {
        let log = try TestLog()
        let writer = try AuditWriter(path: log.directory.path)
        let entry = AuditEntry()
        entry.fill(0)
        try writer.store(entry)
        writer.close()
        #expect(FileManager.default.fileExists(atPath: log.path))
        #expect(try AuditReader(path: log.directory.path).records(AuditQuery()).count == 1)
    }

    @Test(arguments: [1, 2]) func aLogOfAnEarlierReleaseIsTakenOver(version: Int) throws {
        let log = try TestLog()
        try log.fill(50)
        let records = try log.records()
        try TamperedLog.makeEarlier(log.path, version: version)
        #expect(try log.verify().breaks == [])
        #expect(try log.verify().count == 50)
        // But for the form, and with it the hashes.
        #expect(try log.records().map(\.texts) == records.map(\.texts))
        #expect(try log.records().map { $0.integers.dropFirst() } == records.map { $0.integers.dropFirst() })
        #expect(try log.records { $0.path = "*/7" }.map(\.sequence) == [8])
        // It is read as it stands, and goes on in another partition.
        try log.fill(50)
        let verification = try log.verify()
        #expect(verification.breaks == [])
        #expect(verification.count == 100)
        #expect(verification.partitions == 2)
        #expect(try log.records().map(\.sequence) == Array(1...100))
        #expect(try log.records { $0.path = "*/7" }.map(\.sequence) == [8, 58])
        #expect(try AuditReader(path: log.path).counts(AuditQuery(), by: .decision).map(\.records) == [100])
        #expect(try Database(path: log.path, access: .readOnly).integer("PRAGMA user_version") == Int64(version))
        try log.fill(10)
        #expect(try log.verify().partitions == 2)
    }

    @Test func anEmptyLogOfAnEarlierReleaseIsMadeAnew() throws {
        let log = try TestLog()
        try log.fill(0)
        try TamperedLog.makeEarlier(log.path, version: 2)
        try log.fill(3)
        #expect(try log.verify().partitions == 1)
        #expect(try log.records().count == 3)
        #expect(try log.database().integer("SELECT count(*) FROM log") == 1)
    }

    @Test func aPartitionThatWasMadeButNotBegunIsNone() throws {
        let log = try TestLog()
        try log.fill(50)
        try log.fill(0)
        let stray = log.path + ".000000000000051"
        try FileManager.default.copyItem(atPath: log.path, toPath: stray)
        try Database(path: stray, access: .readWrite).execute("DELETE FROM forms; DELETE FROM log")
        #expect(try log.records().count == 50)
        #expect(try log.verify().breaks == [])
        try log.fill(10)
        #expect(!FileManager.default.fileExists(atPath: stray))
        #expect(try log.verify().count == 60)
    }
}
