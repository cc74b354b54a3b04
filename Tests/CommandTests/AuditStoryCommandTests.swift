import AccessControl
import AuditTrail
import Dispatch
import Foundation
import HTTPWire
import SQLite
import GatewayTesting
import Testing

/// A log with one exchange of every sort.
private final class StoryLog {
    let scratch: ScratchDirectory
    let path: String
    private let writer: AuditWriter
    private let entry = AuditEntry()
    private var time: Int64 = 1_793_491_200_000_000

    init() throws {
        scratch = try ScratchDirectory()
        path = scratch.path("audit.db")
        writer = try AuditWriter(path: path)
        // Two secrets of connector 7 for key 1, on record one by one.
        append(exchange: 1, .intent, key: 1, path: "/api/v2/cloud_connectors/7/secret_key")
        append(exchange: 1, .exposure, key: 1, detail: "cloud_connectors/7 secret_key hmac:9f86d081884c7d65")
        append(exchange: 1, .exposure, key: 1, detail: "cloud_connectors/7 password hmac:0011223344556677")
        append(exchange: 1, .outcome, key: 1, path: "/api/v2/cloud_connectors/7/secret_key", revealed: 2)
        append(exchange: 1, .completion, key: 1, path: "/api/v2/cloud_connectors/7/secret_key", revealed: 2)
        // One of connector 70, of which only the number is known.
        append(exchange: 2, .outcome, key: 2, path: "/api/v2/cloud_connectors/70", revealed: 1)
        // None.
        append(exchange: 3, .outcome, key: 1, path: "/api/v2/cloud_connectors/7")
        append(exchange: 4, .intent, key: 3, method: .delete, path: "/api/v2/cloud_connectors/7")
        append(exchange: 5, .outcome, key: 2, path: "/api/v2/tasks", decision: .deny)
        // The only one of an answer, in its outcome.
        append(
            exchange: 6, .outcome, key: 4, path: "/api/v2/nas_shares/3", revealed: 1,
            detail: "nas_shares/3 password hmac:8899aabbccddeeff")
        writer.close()
    }

    static func exchange(_ number: UInt64) -> ExchangeID { ExchangeID(high: 0x1234_5678_9abc_7000, low: number) }

    private func append(
        exchange: UInt64, _ kind: AuditKind, key: Int64, method: Method = .get, path: String = "", revealed: UInt32 = 0,
        decision: AuditDecision = .permit, detail: String = ""
    ) {
        entry.reset()
        var facts = AuditFacts()
        time += 1_000_000
        facts.time = time
        facts.kind = kind
        facts.exchange = Self.exchange(exchange)
        facts.method = method
        facts.principal = .key
        facts.keyID = key
        facts.decision = decision
        facts.reason = decision == .deny ? .missingScope : .allowed
        facts.status = kind == .outcome ? decision == .deny ? 403 : 200 : 0
        facts.revealed = revealed
        facts.bytesOut = 1_000 * exchange
        entry.facts = facts
        entry.set(.client, "192.0.2.1")
        entry.set(.path, path)
        entry.set(.controller, "cloud_connectors")
        entry.set(.action, "show")
        entry.set(.principalName, "key \(key)")
        entry.set(.detail, detail)
        if exchange == 3 { entry.set(.clientRequestID, "job-3\u{1B}[2J") }
        let batch = AuditBatch()
        #expect(batch.append(entry) != nil)
        let stored = DispatchSemaphore(value: 0)
        do { try writer.submit(batch) { _ in stored.signal() } } catch { Issue.record(error) }
        stored.wait()
    }
}

@Suite("audit show, exposures, counts")
struct AuditStoryCommandTests {
    private func run(_ log: StoryLog, _ arguments: String...) throws -> CommandResult {
        try Command.run(["audit"] + arguments + ["--log", log.path])
    }

    @Test("show tells one exchange from intent to completion")
    func show() throws {
        let log = try StoryLog()
        let result = try run(log, "show", StoryLog.exchange(1).description)
        #expect(result.status == 0)
        #expect(result.output.contains("request    GET /api/v2/cloud_connectors/7/secret_key\n"))
        #expect(result.output.contains("principal  #1 key 1\n"))
        let events = result.lines.filter { $0.hasPrefix("2026-") }
        #expect(events.count == 5)
        #expect(events[0].contains("intent") && events[0].contains("about to be forwarded"))
        #expect(events[1].contains("left in clear: cloud_connectors/7 secret_key hmac:9f86d081884c7d65"))
        #expect(events[3].contains("200 to the client") && events[3].contains("2 values left in clear"))
        #expect(events[4].contains("1000 bytes to the client"))
        #expect(!result.output.contains("no outcome"))
        let json = try run(log, "show", StoryLog.exchange(1).description, "--json")
        #expect(try json.objects().compactMap { $0["kind"] as? String }
            == ["intent", "exposure", "exposure", "outcome", "completion"])
    }

    @Test("show says what an intent without outcome means")
    func withoutOutcome() throws {
        let log = try StoryLog()
        let result = try run(log, "show", StoryLog.exchange(4).description)
        #expect(result.output.contains("DELETE /api/v2/cloud_connectors/7"))
        #expect(result.output.contains("no outcome is recorded"))
    }

    @Test("show finds a client's own id, shows nothing that steers a terminal, and says when there is none")
    func clientsID() throws {
        let log = try StoryLog()
        let stored = try #require(try run(log, "show", StoryLog.exchange(3).description, "--json").objects().first)
        let id = try #require(stored["client_request_id"] as? String)
        let result = try run(log, "show", id)
        #expect(result.status == 0)
        #expect(!result.output.contains("\u{1B}"))
        let none = try run(log, "show", "no-such-id")
        #expect(none.status == 1)
        #expect(none.errors.contains("no record has the request id no-such-id"))
    }

    @Test("exposures lists each secret once, newest first")
    func exposures() throws {
        let log = try StoryLog()
        let all = try run(log, "exposures", "--json").objects()
        #expect(all.compactMap { $0["object"] as? String }
            == ["nas_shares/3", "/api/v2/cloud_connectors/70", "cloud_connectors/7", "cloud_connectors/7"])
        #expect(all.compactMap { $0["field"] as? String } == ["password", "", "password", "secret_key"])
        #expect(all[0]["fingerprint"] as? String == "hmac:8899aabbccddeeff")
        #expect(all[3]["fingerprint"] as? String == "hmac:9f86d081884c7d65")
        #expect(all[3]["key"] as? String == "#1 key 1")
        #expect(try run(log, "exposures", "--json", "--object", "nas_shares/3").objects().count == 1)
        #expect(try run(log, "show", StoryLog.exchange(6).description).output
            .contains("; left in clear: nas_shares/3 password hmac:8899aabbccddeeff"))
        #expect(try run(log, "exposures", "--json", "--connector", "7").objects().count == 2)
        #expect(try run(log, "exposures", "--json", "--connector", "70").objects().count == 1)
        #expect(try run(log, "exposures", "--json", "--connector", "*").objects().isEmpty)
        #expect(try run(log, "exposures", "--json", "--key", "2").objects().count == 1)
        #expect(try run(log, "exposures", "--json", "--key", "key 1").objects().count == 2)
        #expect(try run(log, "exposures", "--json", "--until", "2026-11-01").objects().isEmpty)
        let table = try run(log, "exposures")
        #expect(table.lines.count == 5)
        #expect(table.lines[0].contains("FINGERPRINT"))
        let counts = try run(log, "exposures", "--count-by", "key", "--json").objects()
        #expect(counts.compactMap { $0["value"] as? String } == ["#1 key 1", "#2 key 2", "#4 key 4"])
        #expect(try run(log, "exposures", "--connector", "7", "--object", "users/1").status == 2)
    }

    @Test("--count-by counts outcomes by value, the most first", arguments: [
        ("key", ["#1 key 1:2", "#2 key 2:2", "#4 key 4:1"]), ("decision", ["permit:4", "deny:1"]),
        ("reason", ["allowed:4", "missing_scope:1"]), ("status", ["200:4", "403:1"]), ("client", ["192.0.2.1:5"]),
        ("action", ["cloud_connectors/show:5"]),
    ])
    func counts(column: String, expected: [String]) throws {
        let log = try StoryLog()
        let counts = try run(log, "query", "--count-by", column, "--json").objects()
        #expect(counts.map { "\($0["value"] ?? "")" + ":\($0["records"] ?? "")" } == expected)
        let first = try run(log, "query", "--count-by", column, "--limit", "1")
        #expect(first.lines.count == 2)
        let csv = try run(log, "query", "--count-by", column, "--csv")
        #expect(csv.output.hasPrefix("\(column),records,latest\r\n"))
    }

    @Test("--kind and other filters hold for counts")
    func filteredCounts() throws {
        let log = try StoryLog()
        let intents = try run(log, "query", "--count-by", "key", "--kind", "intent", "--json").objects()
        #expect(intents.compactMap { $0["value"] as? String } == ["#1 key 1", "#3 key 3"])
        let denied = try run(log, "query", "--count-by", "key", "--decision", "deny", "--json").objects()
        #expect(denied.compactMap { $0["records"] as? Int } == [1])
        #expect(try run(log, "query", "--count-by", "weather").status == 2)
    }

    @Test("--where filters by any column")
    func conditions() throws {
        let log = try StoryLog()
        func sequences(_ conditions: String...) throws -> [Int] {
            let result = try Command.run(
                ["audit", "query", "--log", log.path, "--json", "--oldest-first"] + conditions.flatMap { ["--where", $0] })
            #expect(result.status == 0, "\(result.errors)")
            return try result.objects().compactMap { $0["sequence"] as? Int }
        }
        #expect(try sequences("revealed=1-") == [4, 5, 6, 10])
        #expect(try sequences("revealed=2", "kind=out*") == [4])
        #expect(try sequences("bytes_out=3000-4000") == [7, 8])
        #expect(try sequences("bytes_out=-1000") == [1, 2, 3, 4, 5])
        #expect(try sequences("status=0", "kind=intent") == [1, 8])
        #expect(try sequences("detail=*hmac:00*") == [3])
        #expect(try sequences("path=") == [2, 3])
        #expect(try sequences("principal_name=key [23]") == [6, 8, 9])
        for wrong in ["weather=1", "revealed=x", "revealed=2-1", "revealed=", "revealed=-", "revealed"] {
            #expect(try run(log, "query", "--where", wrong).status == 2, "\(wrong)")
        }
    }

    @Test("verify finds a log that was cut, with the key and the checkpoints that were kept elsewhere")
    func cut() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path("audit.db")
        let writer = try AuditWriter(path: path, signer: try CheckpointSigner(path: path))
        let entry = AuditEntry()
        for number in 1...20 {
            entry.reset()
            entry.facts.time = Int64(number)
            let batch = AuditBatch()
            #expect(batch.append(entry) != nil)
            let stored = DispatchSemaphore(value: 0)
            try writer.submit(batch) { _ in stored.signal() }
            stored.wait()
        }
        writer.close()
        let key = scratch.path("audit.db.pub")
        let checkpoints = scratch.path("audit.db.checkpoints")
        func verify(_ arguments: String...) throws -> CommandResult {
            try Command.run(["audit", "verify", "--log", path] + arguments)
        }
        let intact = try verify("--public-key", key, "--checkpoints", checkpoints)
        #expect(intact.status == 0, "\(intact.output)\(intact.errors)")
        #expect(intact.output.contains("signed   up to record 21, checkpoints: 2, by "))
        #expect(intact.output.contains("compared 1 of the checkpoints"))
        // Without --public-key it is the one beside the log.
        #expect(try verify().output.contains("(beside the log)"))
        try TamperedLog.edit(path, "DELETE FROM records WHERE sequence > 9")
        #expect(try verify().status == 0)
        let broken = try verify("--public-key", key, "--checkpoints", checkpoints, "--json")
        #expect(broken.status == 1)
        let report = try #require(try broken.objects().first)
        #expect(report["breaks"] as? [String]
            == ["the log ends at record 9, and a signed checkpoint says that there was a record 21"])
        #expect(report["last"] as? Int == 9)
    }

    @Test("key shows the public key, the same again; verify checks with it, and with 3 says what cannot be read")
    func key() throws {
        let log = try StoryLog()
        let key = try run(log, "key")
        #expect(key.output.hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
        #expect(try run(log, "key").output == key.output)
        let report = try #require(try run(log, "key", "--json").objects().first)
        #expect((report["fingerprint"] as? String)?.count == 16)
        let file = try log.scratch.write(key.output, to: "key.pem")
        // The log was written without the key.
        let unsigned = try run(log, "verify", "--public-key", file)
        #expect(unsigned.status == 1)
        #expect(unsigned.output.contains("no checkpoint is signed"))
        let text = try log.scratch.write("no key\n", to: "text")
        for arguments in [["--public-key", text], ["--public-key", file + ".none"], ["--public-key", file, "--checkpoints", text]] {
            let result = try Command.run(["audit", "verify", "--log", log.path] + arguments)
            #expect(result.status == 3)
            #expect(!result.errors.isEmpty)
        }
    }
}
