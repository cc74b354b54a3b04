import AccessControl
import AuditTrail
import Dispatch
import Foundation
import GatewayTesting
import SQLite
import Testing

/// An audit log with known records, made by the writer that the gateway uses.
private final class SampleLog {
    let scratch: ScratchDirectory
    let path: String
    private let entry = AuditEntry()

    /// 2026-11-01T00:00:00Z.
    static let start: Int64 = 1_793_491_200_000_000

    init(records: Int) throws {
        scratch = try ScratchDirectory()
        path = scratch.path("audit.db")
        try append(0..<records)
    }

    /// Record n: a minute after the one before; every third a denial of key 2, the others permitted for key 1.
    func append(_ numbers: Range<Int>) throws {
        let writer = try AuditWriter(path: path)
        defer { writer.close() }
        let batch = AuditBatch()
        for number in numbers {
            fill(number)
            #expect(batch.append(entry) != nil)
        }
        let stored = DispatchSemaphore(value: 0)
        try writer.submit(batch) { _ in stored.signal() }
        stored.wait()
    }

    private func fill(_ number: Int) {
        entry.reset()
        let isDenial = number % 3 == 2
        var facts = AuditFacts()
        facts.time = Self.start + Int64(number) * 60_000_000
        facts.exchange = ExchangeID(microseconds: facts.time, random: (UInt64(number), UInt64(number)))
        facts.method = .get
        facts.principal = .key
        facts.keyID = isDenial ? 2 : 1
        facts.decision = isDenial ? .deny : .permit
        facts.reason = isDenial ? .missingScope : .allowed
        facts.status = isDenial ? 403 : 200
        entry.facts = facts
        entry.set(.client, "192.0.2.\(number)")
        entry.set(.path, "/api/v2/cloud_connectors/\(number)")
        entry.set(.controller, "cloud_connectors")
        entry.set(.action, number % 2 == 0 ? "show" : "index")
        entry.set(.principalName, isDenial ? "outsider" : "reader")
        entry.set(.userAgent, "a \"quoted\", agent\u{1B}[31m")
    }
}

@Suite("audit")
struct AuditCommandTests {
    private func sequences(_ log: SampleLog, _ arguments: String...) throws -> [Int] {
        let result = try Command.run(["audit", "query", "--log", log.path, "--json"] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        return try result.objects().compactMap { $0["sequence"] as? Int }
    }

    @Test("Each filter leaves what it says, newest first")
    func filters() throws {
        let log = try SampleLog(records: 12)
        #expect(try sequences(log) == Array((1...12).reversed()))
        #expect(try sequences(log, "--decision", "deny") == [12, 9, 6, 3])
        #expect(try sequences(log, "--reason", "missing_scope", "--oldest-first") == [3, 6, 9, 12])
        #expect(try sequences(log, "--key", "2") == [12, 9, 6, 3])
        #expect(try sequences(log, "--key", "outsider") == [12, 9, 6, 3])
        #expect(try sequences(log, "--status", "4xx", "--limit", "2") == [12, 9])
        #expect(try sequences(log, "--status", "200", "--limit", "1") == [11])
        #expect(try sequences(log, "--scope", "cloud_connectors/show", "--limit", "2") == [11, 9])
        #expect(try sequences(log, "--scope", "*/index", "--limit", "2") == [12, 10])
        #expect(try sequences(log, "--scope", "tasks/*") == [])
        #expect(try sequences(log, "--client", "192.0.2.4") == [5])
        #expect(try sequences(log, "--path", "*/cloud_connectors/1?") == [12, 11])
        #expect(try sequences(log, "--method", "get", "--kind", "outcome").count == 12)
        #expect(try sequences(log, "--since", "2026-11-01T00:10Z") == [12, 11])
        #expect(try sequences(log, "--until", "2026-11-01T00:02Z") == [2, 1])
        #expect(try sequences(log, "--cursor", "3") == [2, 1])
        #expect(try sequences(log, "--limit", "0").count == 12)
    }

    @Test("A request id finds its exchange")
    func requestID() throws {
        let log = try SampleLog(records: 4)
        let record = try #require(
            try Command.run("audit", "query", "--log", log.path, "--json", "--limit", "1").objects().first)
        let id = try #require(record["exchange"] as? String)
        #expect(try sequences(log, "--request-id", id) == [4])
        #expect(try sequences(log, "--request-id", "00000000000000000000000000000000") == [])
    }

    @Test("The table has titles and a line a record, and nothing that steers a terminal")
    func table() throws {
        let log = try SampleLog(records: 3)
        let result = try Command.run("audit", "query", "--log", log.path)
        #expect(result.lines.count == 4)
        #expect(result.lines[0].contains("SEQ") && result.lines[0].contains("DECISION"))
        #expect(result.lines[1].contains("missing_scope") && result.lines[1].contains("#2 outsider"))
        #expect(!result.output.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        let none = try Command.run("audit", "query", "--log", log.path, "--client", "203.0.113.9")
        #expect(none.lines.count == 1)
    }

    @Test("CSV has a header and quotes what has to be quoted")
    func csv() throws {
        let log = try SampleLog(records: 2)
        let result = try Command.run("audit", "query", "--log", log.path, "--csv")
        let lines = result.output.components(separatedBy: "\r\n")
        #expect(lines.count == 4 && lines[3].isEmpty)
        #expect(lines[0].hasPrefix("form,sequence,time,"))
        #expect(lines[1].contains(#""a ""quoted"", agent\x1B[31m""#) || lines[1].contains(#""a ""quoted"", agent\x1b[31m""#))
    }

    @Test("verify: 0 and intact for a whole log, 1 and the place for a changed one")
    func verify() throws {
        let log = try SampleLog(records: 5)
        let intact = try Command.run("audit", "verify", "--log", log.path, "--json")
        #expect(intact.status == 0)
        let report = try #require(try intact.objects().first)
        #expect(report["intact"] as? Bool == true)
        #expect(report["records"] as? Int == 5)
        #expect((report["head"] as? String)?.count == 64)

        try TamperedLog.edit(log.path, "UPDATE records SET status = 200 WHERE sequence = 3")
        let broken = try Command.run("audit", "verify", "--log", log.path)
        #expect(broken.status == 1)
        #expect(broken.output.contains("BROKEN") && broken.output.contains("record 3 "))
    }

    @Test("A log that is not there or is none is an error that names it")
    func noLog() throws {
        let scratch = try ScratchDirectory()
        let text = try scratch.write("not a database at all, but long enough to be read as a header\n", to: "notes.txt")
        for (arguments, status) in [(["query"], 1), (["tail", "--no-follow"], 1), (["verify"], 3)] as [([String], Int32)] {
            let missing = try Command.run(["audit"] + arguments + ["--log", scratch.path("none.db")])
            #expect(missing.status == status)
            #expect(missing.errors.contains("none.db"))
            let wrong = try Command.run(["audit"] + arguments + ["--log", text])
            #expect(wrong.status == status)
            #expect(wrong.errors.contains("notes.txt"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["notes.txt"])
    }

    @Test("tail shows the last records, then each new one that meets the filters")
    func tail() throws {
        let log = try SampleLog(records: 6)
        let once = try Command.run("audit", "tail", "--log", log.path, "-n", "2", "--no-follow", "--json")
        #expect(try once.objects().compactMap { $0["sequence"] as? Int } == [5, 6])

        let tail = try RunningCommand(["audit", "tail", "--log", log.path, "-n", "1", "--decision", "deny", "--json"])
        #expect(tail.line()?.contains("\"sequence\":6,") == true)
        try log.append(6..<12)
        #expect(tail.line()?.contains("\"sequence\":9,") == true)
        #expect(tail.line()?.contains("\"sequence\":12,") == true)
        tail.signal(SIGINT)
        #expect(tail.status() == 0)
    }
}

@Suite("simulator")
struct SimulatorCommandTests {
    @Test("It says where it listens when it is ready, and ends with 0 at SIGTERM and SIGINT", arguments: [SIGTERM, SIGINT])
    func lifetime(signal: Int32) throws {
        let simulator = try RunningCommand(["simulator", "--port", "0"])
        let line = try #require(simulator.line())
        #expect(line.wholeMatch(of: #/simulator ready on http://127\.0\.0\.1:[1-9][0-9]*/api/v2/#) != nil)
        simulator.signal(signal)
        #expect(simulator.status() == 0)
    }

    @Test("A host that cannot be resolved is an error, not a trap")
    func badHost() throws {
        let result = try Command.run("simulator", "--host", "no.such.host.invalid", "--port", "0")
        #expect(result.status == 1)
        #expect(result.errors.contains("no.such.host.invalid"))
    }
}
