import AuditTrail
import Cryptography
import Foundation
import GatewayTesting
import SQLite
import Testing

/// Signed checkpoints, against somebody who owns the database and knows how it is made.
@Suite struct AuditCheckpointTests {
    private let log: TestLog
    private let layout: AuditLayout
    private let key: String
    private let published: String

    /// Twenty-five records with a checkpoint after each ten, at least.
    init() throws {
        log = try TestLog()
        layout = AuditLayout(path: log.path)
        let signer = try CheckpointSigner(path: log.path)
        key = signer.publicKey
        var limits = AuditLimits()
        limits.signatureRecords = 10
        limits.groupRecords = 5
        let writer = try AuditWriter(path: log.path, limits: limits, signer: signer)
        let entry = AuditEntry()
        for number in 0..<25 {
            entry.fill(number)
            try writer.store(entry)
        }
        writer.close()
        #expect(writer.status.checkpoints == 4)
        #expect(writer.status.unpublishedCheckpoints == 0)
        published = try String(contentsOfFile: layout.checkpoints, encoding: .utf8)
    }

    private func breaks(key: String? = nil, checkpoints: String? = nil) throws -> [AuditVerification.Break] {
        try AuditVerifier.verify(path: log.path, publicKey: key ?? self.key, checkpoints: checkpoints).breaks
    }

    /// The chain from `first` on, computed anew, as somebody can who knows its form.
    private func rechain(from first: Int64) throws {
        let database = try log.database()
        let statement = try database.prepare("SELECT \(TamperedLog.columns) FROM records ORDER BY sequence")
        var rows: [(Int64, [UInt8])] = []
        var previous = [UInt8](repeating: 0, count: 32)
        while try statement.step() {
            previous = try TamperedLog.hash(statement, after: previous)
            rows.append((statement.integer(1), previous))
        }
        statement.reset()
        let update = try database.prepare("UPDATE forms SET hash = ? WHERE sequence = ?")
        for (sequence, hash) in rows where sequence >= first {
            update.bind(1, blob: hash.span)
            update.bind(2, sequence)
            try update.run()
        }
        #expect(try log.verify().breaks == [])
    }

    @Test func anIntactLogAgreesWithItsCheckpoints() throws {
        let verification = try AuditVerifier.verify(path: log.path, publicKey: key, checkpoints: published)
        #expect(verification.breaks == [])
        #expect(verification.checkpoints == 4)
        // The first is of a log without records.
        #expect(verification.comparedCheckpoints == 3)
        #expect(verification.count == 29)
        #expect(verification.signedSequence == 28)
    }

    @Test func aCopyElsewhereIsVerifiedWithoutTheKeyFiles() throws {
        let copy = try TestLog()
        try FileManager.default.copyItem(atPath: log.path, toPath: copy.path)
        let verification = try AuditVerifier.verify(path: copy.path, publicKey: key, checkpoints: published)
        #expect(verification.breaks == [])
        #expect(verification.comparedCheckpoints == 3)
    }

    @Test(.enabled(if: geteuid() == 0, "mounting takes root"))
    func aCopyOnAMediumThatCannotBeWrittenIsVerified() throws {
        let disk = try SmallDisk(bytes: 4 << 20)
        let path = disk.url.appendingPathComponent("a ?#%.db").path
        try FileManager.default.copyItem(atPath: log.path, toPath: path)
        try disk.becomeReadOnly()
        #expect(try AuditVerifier.verify(path: path, publicKey: key, checkpoints: published).breaks == [])
        #expect(try AuditReader(path: path).records(AuditQuery()).count == 29)
    }

    @Test func aCutEndIsFound() throws {
        try log.edit("DELETE FROM records WHERE sequence > 15")
        #expect(try breaks() == [])
        #expect(try breaks(checkpoints: published) == [.cutOff(last: 15, signed: 28)])
    }

    @Test func aCutEndIsOnRecordWhenTheWriterComesBack() throws {
        try log.edit("DELETE FROM records WHERE sequence > 15")
        let writer = try AuditWriter(path: log.path, signer: try CheckpointSigner(path: log.path))
        #expect(writer.status.lostRecords == 13)
        writer.close()
        let record = try #require(try log.records { $0.kind = .lifecycle }.first)
        #expect(record.sequence == 16)
        #expect(record[.operation] == "audit_records_lost")
        #expect(record[.detail] == "the log ended at record 15, and record 28 had been signed")
        // The record of a whole log says nothing of the sort.
        let again = try AuditWriter(path: log.path, signer: try CheckpointSigner(path: log.path))
        #expect(again.status.lostRecords == 0)
        again.close()
    }

    @Test func rewritingIsFoundInTheLogItself() throws {
        try log.edit("UPDATE records SET status = 201 WHERE sequence = 5")
        try rechain(from: 5)
        #expect(try breaks() == [10, 20, 28].map { .contradicted(sequence: $0) })
        #expect(try breaks(checkpoints: published).contains(.contradicted(sequence: 10)))
    }

    @Test func rewritingWithoutCheckpointsIsFound() throws {
        try log.edit("""
            UPDATE records SET kind = 'lifecycle', detail = NULL WHERE kind = 'checkpoint';
            UPDATE records SET status = 201 WHERE sequence = 5
            """)
        try rechain(from: 1)
        #expect(try breaks() == [.neverSigned])
        #expect(try breaks(checkpoints: published).first == .contradicted(sequence: 10))
    }

    @Test func recordsWithoutCheckpointsBehindTheLastAreFound() throws {
        // Promised: at most 2 * (10 + 5) records.
        try log.fill(20)
        #expect(try breaks() == [])
        try log.fill(20)
        #expect(try breaks() == [.unsigned(after: 28, last: 69)])
    }

    @Test func anotherKeyIsFound() throws {
        let other = try AuditCheckpointTests()
        #expect(try breaks(key: other.key).first == .badSignature(sequence: 1))
        #expect(throws: AuditError.self) { try breaks(key: "no key") }
        #expect(throws: AuditError.self) { try breaks(checkpoints: "no checkpoint\n") }
    }

    @Test func checkpointsOfAnotherLogAreFound() throws {
        let other = try AuditCheckpointTests()
        #expect(try breaks(checkpoints: other.published).contains(.badSignature(sequence: 10)))
    }

    @Test(arguments: [("\"sequence\":10", "\"sequence\":11"), ("\"within\":30", "\"within\":31"), ("\"time\":1", "\"time\":2")])
    func anEditedCheckpointIsFound(from: String, to: String) throws {
        #expect(published.contains(from))
        #expect(try breaks(checkpoints: published.replacingOccurrences(of: from, with: to)).isEmpty == false)
    }

    @Test func checkpointsAreReadAsTheyAreWritten() throws {
        for line in published.split(separator: "\n") {
            let checkpoint = try #require(SignedCheckpoint(line: String(line)))
            #expect(checkpoint.line == line)
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["sequence"] as? Int == Int(checkpoint.sequence))
            // The very text that is documented.
            let text = """
                nodegate audit checkpoint 1
                log \(Hexadecimal.encode(checkpoint.logID.span))
                sequence \(checkpoint.sequence)
                hash \(checkpoint.hash.hexadecimal)
                time \(checkpoint.time)
                within 30

                """
            let isValid = VerifyingKey(pem: key)?.isValid(checkpoint.signature, for: Array(text.utf8).span)
            #expect(isValid == true)
        }
        for wrong in ["", "{}", "[]", "{\"checkpoint\":1}", published.dropLast(3) + "", published + "x",
            published.replacingOccurrences(of: "\"checkpoint\":1", with: "\"checkpoint\":2")] {
            #expect(SignedCheckpoint(line: String(wrong)) == nil)
        }
    }

    @Test func anExportHoldsTheCheckpointsToo() throws {
        let file = log.directory.appendingPathComponent("export.jsonl").path
        let export = try #require(AuditExport(name: "elsewhere", target: .file(path: file), format: .json))
        let exporters = AuditExporters([export], path: log.path)
        exporters.stop(afterMilliseconds: 60_000, upTo: 29)
        #expect(exporters.statuses.map(\.cursor) == [29])
        let exported = try String(contentsOfFile: file, encoding: .utf8)
        let verification = try AuditVerifier.verify(path: log.path, publicKey: key, checkpoints: exported)
        #expect(verification.breaks == [])
        #expect(verification.comparedCheckpoints == 3)
        try log.edit("DELETE FROM records WHERE sequence > 15")
        #expect(try breaks(checkpoints: exported) == [.cutOff(last: 15, signed: 28)])
    }

    @Test func theKeyIsForItsOwnerOnlyAndStays() throws {
        let mode = try FileManager.default.attributesOfItem(atPath: layout.key)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try CheckpointSigner(path: log.path).publicKey == key)
        #expect(try String(contentsOfFile: layout.publicKey, encoding: .utf8) == key)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: layout.key)
        #expect(throws: AuditError.insecureKey(path: layout.key, mode: 0o640)) { try CheckpointSigner(path: log.path) }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: layout.key)
        try Data("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".utf8)
            .write(to: URL(fileURLWithPath: layout.key))
        #expect(throws: AuditError.self) { try CheckpointSigner(path: log.path) }
    }
}
