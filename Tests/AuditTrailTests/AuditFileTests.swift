import AuditTrail
import Foundation
import SQLite
import Testing

@Suite struct AuditFileTests {
    @Test func theFilesAreForTheirOwnerOnly() throws {
        let log = try TestLog()
        let writer = try log.writer()
        let entry = AuditEntry()
        entry.fill(0)
        try writer.store(entry)
        for suffix in ["", "-wal", "-shm", ".lock"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: log.path + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
        }
        writer.close()
    }

    @Test func aFileThatOthersMayWriteIsRefused() throws {
        let log = try TestLog()
        try log.fill(1)
        try FileManager.default.setAttributes([.posixPermissions: 0o620], ofItemAtPath: log.path)
        #expect(throws: AuditError.insecure(path: log.path, mode: 0o620)) { try log.writer() }
    }

    @Test func aSecondWriterIsRefusedAndAReaderIsNot() throws {
        let log = try TestLog()
        let writer = try log.writer()
        let entry = AuditEntry()
        entry.fill(0)
        try writer.store(entry)
        #expect(throws: AuditError.inUse(path: log.path)) { try log.writer() }
        // Also by another name.
        let link = log.directory.appendingPathComponent("link.db").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: log.path)
        #expect(throws: AuditError.inUse(path: link)) { try AuditWriter(path: link) }
        #expect(try log.records().count == 1)
        // The first is none the worse.
        try writer.store(entry)
        writer.close()
        #expect(try log.records().count == 2)
        try log.fill(1)
        #expect(try log.verify().count == 3)
    }

    @Test func whatIsNoAuditLogIsRefused() throws {
        let log = try TestLog()
        try log.database(.create).execute("CREATE TABLE something (x); PRAGMA user_version = 1")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: log.path)
        #expect(throws: AuditError.damaged(path: log.path, "it is not an audit log of nodegate")) { try log.writer() }
        #expect(throws: AuditError.damaged(path: log.path, "it is not an audit log of nodegate")) { try log.records() }

        let text = try TestLog()
        try Data(repeating: 0x41, count: 8_192).write(to: URL(fileURLWithPath: text.path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: text.path)
        #expect { try text.writer() } throws: { error in
            if case .damaged = error as? AuditError { true } else { false }
        }
    }

    @Test func aNewerSchemaIsRefused() throws {
        let log = try TestLog()
        try log.fill(1)
        try log.database().execute("PRAGMA user_version = 99")
        #expect(throws: AuditError.newerSchema(path: log.path, found: 99, known: 3)) { try log.writer() }
    }

    @Test func aMissingDirectoryOrFileIsNamed() throws {
        let log = try TestLog()
        let nowhere = log.directory.appendingPathComponent("no/such/audit.db").path
        #expect { try AuditWriter(path: nowhere) } throws: { error in
            "\(error)".contains(nowhere)
        }
        #expect { try AuditReader(path: log.path) } throws: { error in
            if case .cannotOpen = error as? AuditError { true } else { false }
        }
    }

    @Test func anEndThatContradictsItselfIsRefusedOnOpening() throws {
        let log = try TestLog()
        try log.fill(5)
        try log.edit("UPDATE records SET status = 500 WHERE sequence = 5")
        let expected = AuditError.damaged(path: log.path, "record 5 does not agree with its hash")
        #expect(throws: expected) { try log.writer() }
    }

    @Test func aSizeLimitFailsWholeBatchesAndTheWriterRecovers() throws {
        let log = try TestLog()
        let writer = try log.writer()
        let entry = AuditEntry()
        let batch = AuditBatch()
        for number in 0..<100 {
            entry.fill(number)
            #expect(batch.append(entry) != nil)
        }
        try writer.store(batch)
        writer.limitStorage(bytes: 64 << 10)
        var failed = false
        var stored: Int64 = 100
        for round in 0..<20 where !failed {
            for number in 0..<100 {
                entry.fill(round * 100 + number)
                #expect(batch.append(entry) != nil)
            }
            do { stored += Int64(try writer.store(batch).count) } catch {
                #expect(error as? AuditError == .storageFull)
                #expect(batch.state == .failed(.storageFull))
                failed = true
            }
        }
        #expect(failed)
        #expect(writer.status.failure == .storageFull)
        #expect(try log.records().count == Int(stored))
        // Still full: refused again, nothing lost.
        batch.recycle()
        for number in 0..<200 {
            entry.fill(number)
            #expect(batch.append(entry) != nil)
        }
        #expect(throws: AuditError.storageFull) { try writer.store(batch) }
        // Room again: the very same writer goes on where the chain ended.
        writer.limitStorage(bytes: nil)
        batch.recycle()
        for number in 0..<200 {
            entry.fill(number)
            #expect(batch.append(entry) != nil)
        }
        #expect(try writer.store(batch)[0] == stored + 1)
        #expect(writer.status.failure == nil)
        writer.close()
        let verification = try log.verify()
        #expect(verification.isIntact)
        #expect(verification.count == stored + 200)
    }

    @Test func anEndThatChangedBehindTheWritersBackIsNotBuiltUpon() throws {
        let log = try TestLog()
        let writer = try log.writer()
        let batch = AuditBatch()
        let entry = AuditEntry()
        func fill(_ count: Int) {
            batch.recycle()
            for number in 0..<count {
                entry.fill(number)
                #expect(batch.append(entry) != nil)
            }
        }
        fill(3)
        try writer.store(batch)
        writer.limitStorage(bytes: 1)
        fill(200)
        #expect(throws: AuditError.storageFull) { try writer.store(batch) }
        try log.edit("DELETE FROM records WHERE sequence = 3")
        writer.limitStorage(bytes: nil)
        fill(1)
        #expect(throws: AuditError.damaged(path: log.path, "it ends at record 2, not at 3")) { try writer.store(batch) }
        writer.close()
    }

    @Test func aFileThatWasMovedAwayFailsUntilItIsBack() throws {
        let log = try TestLog()
        let writer = try log.writer()
        let entry = AuditEntry()
        entry.fill(0)
        try writer.store(entry)
        let elsewhere = log.path + ".moved"
        try FileManager.default.moveItem(atPath: log.path, toPath: elsewhere)
        #expect(throws: AuditError.self) { try writer.store(entry) }
        #expect(throws: AuditError.self) { try writer.store(entry) }
        #expect(!FileManager.default.fileExists(atPath: log.path))
        try FileManager.default.moveItem(atPath: elsewhere, toPath: log.path)
        #expect(try writer.store(entry) == 2)
        writer.close()
        #expect(try log.verify().count == 2)
    }
}
