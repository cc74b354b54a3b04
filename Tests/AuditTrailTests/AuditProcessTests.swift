import AuditTrail
import Foundation
import GatewayTesting
import SQLite
import Testing

/// The writer in a process of its own, killed, starved and doubled.
@Suite(.serialized) struct AuditProcessTests {
    @Test(arguments: [1, 3, 10, 40, 100, 250])
    func nothingAcknowledgedIsLostWhenTheProcessIsKilled(afterLines lines: Int) throws {
        let log = try TestLog()
        // Twice: the second process opens what the first left behind.
        for _ in 0..<2 {
            let process = try LoadProgram("AuditLoad", "write", log.path)
            var acknowledged: Int64 = 0
            for _ in 0..<lines { acknowledged = Int64(try #require(process.line())) ?? 0 }
            process.kill()
            // What it said before it died counts too.
            while let line = process.line() { acknowledged = Int64(line) ?? acknowledged }
            #expect(acknowledged > 0)

            let check = try log.database().prepare("PRAGMA integrity_check")
            #expect(try check.step())
            #expect(check.text(0) == "ok")
            let verification = try log.verify()
            #expect(verification.isIntact)
            #expect(verification.last >= acknowledged)
        }
        #expect(try log.writer().close())
    }

    @Test func aProcessThatIsKilledWhilePartitionsChangeLosesAndDoublesNothing() throws {
        let log = try TestLog()
        var acknowledged: Int64 = 0
        for round in 1...12 {
            let process = try LoadProgram("AuditLoad", "rotate", log.path, "150000")
            for _ in 0..<(round * 40) { acknowledged = Int64(try #require(process.line())) ?? 0 }
            process.kill()
            while let line = process.line() { acknowledged = Int64(line) ?? acknowledged }
            let key = try String(contentsOfFile: AuditLayout(path: log.path).publicKey, encoding: .utf8)
            let published = try? String(contentsOfFile: AuditLayout(path: log.path).checkpoints, encoding: .utf8)
            let verification = try AuditVerifier.verify(path: log.path, publicKey: key, checkpoints: published ?? "")
            #expect(verification.breaks == [])
            #expect(verification.last >= acknowledged)
            #expect(verification.count == verification.last)
        }
        #expect(AuditLayout(path: log.path).partitions().count > 6)
        // What the load wrote, once each: every process counts from one.
        let numbers = try log.records().filter { $0[.kind] == "outcome" }.map { $0[.time] }
        var runs = 0
        for (index, number) in numbers.enumerated() {
            if number == 1_700_000_000_000_001 { runs += 1 } else { #expect(number == numbers[index - 1] + 1) }
        }
        #expect(runs == 12)
        for partition in AuditLayout(path: log.path).partitions() {
            let database = try Database(path: partition.path, access: .readWrite)
            let check = try database.prepare("PRAGMA integrity_check")
            #expect(try check.step())
            #expect(check.text(0) == "ok")
        }
    }

    @Test func anExporterThatIsKilledRepeatsItsLastBatchAtMost() throws {
        let log = try TestLog()
        let file = log.directory.appendingPathComponent("export.jsonl").path
        var count = 0
        for round in 1...10 {
            try log.fill(400)
            count += 400
            let process = try LoadProgram("AuditLoad", "export", log.path, file)
            var cursor = 0
            while cursor < count - 37 * round { cursor = Int(try #require(process.line())) ?? 0 }
            process.kill()
        }
        let process = try LoadProgram("AuditLoad", "export", log.path, file)
        while Int(try #require(process.line())) != count {}
        process.kill()
        var newest = 0
        var repeated = 0
        for line in try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n") {
            // A line that a kill left half is closed by the next process, and its record comes again.
            guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                let sequence = object["sequence"] as? Int
            else { continue }
            #expect(sequence <= newest + 1 && sequence > newest - 20)
            if sequence <= newest { repeated += 1 }
            newest = max(newest, sequence)
        }
        #expect(newest == count)
        #expect(repeated <= 11 * 20)
    }

    @Test func aProcessWhoseFilesMayNotGrowFailsAndRecovers() throws {
        let log = try TestLog()
        let process = try LoadProgram("AuditLoad", "limited", log.path, "300000")
        var lines: [String] = []
        while let line = process.line() { lines.append(line) }
        let failure = try #require(lines.firstIndex { $0.hasPrefix("failed") })
        #expect(["failed storage_full", "failed storage_failed"].contains(lines[failure]))
        #expect(failure > 0)
        #expect(lines.last == "recovered")
        let last = try #require(Int64(lines[lines.count - 2]))
        let verification = try log.verify()
        #expect(verification.isIntact)
        #expect(verification.last == last)
    }

    @Test func aSecondProcessIsRefusedUntilTheFirstDies() throws {
        let log = try TestLog()
        let process = try LoadProgram("AuditLoad", "hold", log.path)
        #expect(process.line() == "open")
        #expect(throws: AuditError.inUse(path: log.path)) { try log.writer() }
        let second = try LoadProgram("AuditLoad", "hold", log.path)
        #expect(second.line() == "error in_use")
        #expect(try log.records().isEmpty)
        process.kill()
        #expect(try log.writer().close())
    }
}
