import AuditTrail
import Foundation
import GatewayTesting
import Testing

/// A disk that is full, really: a small tmpfs, which takes root to mount; and the bound of `limitStorage` for
/// everybody.
@Suite struct AuditReserveTests {
    private func entry(_ change: (inout AuditFacts) -> Void) -> AuditEntry {
        let entry = AuditEntry()
        entry.fill(0) { _, facts, _ in change(&facts) }
        return entry
    }

    private var refusal: AuditEntry {
        entry { facts in
            facts.decision = .deny
            facts.reason = .auditUnavailable
            facts.status = 503
        }
    }

    @Test func whatMayUseTheReserve() {
        func needsRoom(_ change: (inout AuditFacts) -> Void) -> Bool { entry(change).facts.needsRoom }
        #expect(needsRoom { _ in })
        #expect(needsRoom { $0.kind = .intent; $0.method = .post })
        #expect(needsRoom { $0.decision = .wouldDeny; $0.reason = .missingScope })
        #expect(!needsRoom { $0.decision = .deny; $0.reason = .missingScope })
        #expect(!needsRoom { $0.decision = .permit; $0.reason = .auditUnavailable })
        #expect(!needsRoom { $0.decision = .none; $0.reason = .malformedRequest })
        // Their intents are stored.
        #expect(!needsRoom { $0.method = .delete })
        #expect(!needsRoom { $0.revealed = 1 })
        for kind in [AuditKind.completion, .exposure, .administration, .lifecycle, .checkpoint] {
            #expect(!needsRoom { $0.kind = kind })
        }
    }

    @Test func refusalsAreStoredBeyondTheLimit() throws {
        let log = try TestLog()
        let writer = try log.writer()
        try writer.store(refusal)
        writer.limitStorage(bytes: 64 << 10)
        var stored = 1
        #expect(throws: AuditError.storageFull) {
            while true {
                let batch = AuditBatch()
                for _ in 0..<100 { #expect(batch.append(entry { _ in }) != nil) }
                stored += try writer.store(batch).count
            }
        }
        #expect(writer.status.isOnReserve)
        for _ in 0..<50 {
            try writer.store(refusal)
            #expect(throws: AuditError.storageFull) { try writer.store(entry { _ in }) }
        }
        // A refusal in the batch of something else fails with it.
        let mixed = AuditBatch()
        #expect(mixed.append(refusal) != nil)
        #expect(mixed.append(entry { _ in }) != nil)
        #expect(throws: AuditError.storageFull) { try writer.store(mixed) }
        mixed.recycle()
        #expect(mixed.append(refusal) != nil)
        #expect(try writer.store(mixed).count == 1)
        writer.limitStorage(bytes: nil)
        try writer.store(entry { _ in })
        #expect(!writer.status.isOnReserve)
        writer.close()
        let verification = try log.verify()
        #expect(verification.breaks == [])
        #expect(verification.count == Int64(stored + 52))
    }

    @Test(.enabled(if: geteuid() == 0, "mounting takes root"))
    func aFullDiskLeavesRoomForRefusalsAndTheLogRecoversByItself() throws {
        let disk = try SmallDisk(bytes: 6 << 20)
        let path = disk.url.appendingPathComponent("audit.db").path
        var limits = AuditLimits()
        limits.reserveBytes = 1 << 20
        limits.checkpointBytes = 256 << 10
        limits.upkeepMilliseconds = 10
        let writer = try AuditWriter(path: path, limits: limits)
        let filler = disk.url.appendingPathComponent("filler")
        try writer.store(entry { _ in })
        try Data(repeating: 1, count: 3 << 20).write(to: filler)
        var stored = 1
        #expect(throws: AuditError.storageFull) {
            while true {
                let batch = AuditBatch()
                for _ in 0..<100 { #expect(batch.append(entry { _ in }) != nil) }
                stored += try writer.store(batch).count
            }
        }
        #expect(writer.status.isOnReserve)
        #expect(!FileManager.default.fileExists(atPath: path + ".reserve"))
        for _ in 0..<50 {
            try writer.store(refusal)
            #expect(throws: AuditError.storageFull) { try writer.store(entry { _ in }) }
        }
        // Space is back: nobody needs to tell the writer.
        try FileManager.default.removeItem(at: filler)
        while (try? writer.store(entry { _ in })) == nil {}
        #expect(!writer.status.isOnReserve)
        #expect(FileManager.default.fileExists(atPath: path + ".reserve"))
        writer.close()
        let verification = try AuditVerifier.verify(path: path)
        #expect(verification.breaks == [])
        #expect(verification.count == Int64(stored + 51))
    }

    @Test(.enabled(if: geteuid() == 0, "mounting takes root"))
    func aLogIsOpenedOnAFullDiskToRecordRefusals() throws {
        let disk = try SmallDisk(bytes: 4 << 20)
        let path = disk.url.appendingPathComponent("audit.db").path
        var limits = AuditLimits()
        limits.reserveBytes = 1 << 20
        limits.upkeepMilliseconds = 10
        let first = try AuditWriter(path: path, limits: limits)
        try first.store(entry { _ in })
        first.close()
        let filler = disk.url.appendingPathComponent("filler")
        #expect(throws: (any Error).self) {
            _ = FileManager.default.createFile(atPath: filler.path, contents: nil)
            let handle = try FileHandle(forWritingTo: filler)
            while true { try handle.write(contentsOf: Data(repeating: 1, count: 4_096)) }
        }
        let writer = try AuditWriter(path: path, limits: limits)
        try writer.store(refusal)
        #expect(throws: AuditError.storageFull) { try writer.store(entry { _ in }) }
        try FileManager.default.removeItem(at: filler)
        while (try? writer.store(entry { _ in })) == nil {}
        writer.close()
        let verification = try AuditVerifier.verify(path: path)
        #expect(verification.breaks == [])
        #expect(verification.count == 3)
    }
}
