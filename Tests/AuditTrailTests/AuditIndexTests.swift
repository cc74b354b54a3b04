import AccessControl
import AuditTrail
import Foundation
import GatewayTesting
import HTTPWire
import SQLite
import Testing

/// The index never changes an answer, only how much is read for it.
@Suite struct AuditIndexTests {
    /// Records that differ in everything that is indexed, in two partitions: the first is indexed whole, the second has
    /// one segment that is and some records that are not.
    private static func log() throws -> TestLog {
        let log = try TestLog()
        var limits = AuditLimits()
        limits.partitionBytes = 1 << 20
        limits.upkeepMilliseconds = 1
        limits.indexRest = 0
        let first = try log.writer(limits: limits)
        let layout = AuditLayout(path: log.path)
        var number = 0
        try fill(first, &number) { _ in layout.partitions().count == 2 }
        first.close()
        limits.partitionBytes = 1 << 40
        let second = try log.writer(limits: limits)
        let begin = layout.partitions()[1].first
        let end = Int(begin) + 17_500
        try fill(second, &number) { $0 >= end }
        try #require(try Patience.holds { try indexed(layout.partitions()[0]) == begin - 1 })
        try #require(try Patience.holds { try indexed(layout.partitions()[1]) == begin + 16_383 })
        second.close()
        return log
    }

    /// The last record that the index of a partition covers.
    private static func indexed(_ partition: AuditPartition) throws -> Int64? {
        guard FileManager.default.fileExists(atPath: partition.index) else { return nil }
        return try? Database(path: partition.index, access: .readOnly).integer("SELECT last FROM index_of")
    }

    private static func fill(_ writer: AuditWriter, _ number: inout Int, until condition: (Int) -> Bool) throws {
        let batch = AuditBatch()
        let entry = AuditEntry()
        while !condition(number) {
            try #require(number < 400_000, "the condition never holds")
            batch.recycle()
            for _ in 0..<100 {
                entry.fill(number, vary)
                #expect(batch.append(entry) != nil)
                number += 1
            }
            try writer.store(batch)
        }
    }

    private static func vary(_ number: Int, _ facts: inout AuditFacts, _ entry: AuditEntry) {
        let chance = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
        // Every now and then the clock is set back by ten seconds.
        facts.time = 1_790_000_000_000_000 + Int64(number) * 1_000 - (number % 7_000 < 300 ? 10_000_000 : 0)
        facts.exchange = ExchangeID(microseconds: facts.time - Int64(chance >> 50), random: (chance, ~chance))
        facts.keyID = number % 997 == 0 ? 99 : Int64(chance >> 60)
        facts.kind = number % 5_000 == 17 ? .intent : .outcome
        if number % 1_501 == 3 {
            facts.decision = .deny
            facts.reason = .missingScope
            facts.status = number % 2 == 0 ? 403 : 401
        }
        if number % 9_001 == 5 { facts.revealed = 2 }
        if number % 8_000 == 9 { facts.method = .delete }
        entry.set(.path, "/api/v2/cloud_connectors/\(chance >> 54)")
        if number % 3_000 == 8 { entry.set(.clientRequestID, "job-\(number)") }
        if number % 12_000 == 1 { entry.set(.client, "203.0.113.9") }
        if number % 20_000 == 2 { entry.set(.controller, "tasks") }
        if number % 20_000 == 4 {
            facts.kind = .exposure
            entry.set(.detail, "cloud_connectors/7 secret_key hmac:00")
            entry.clear(.path)
        }
    }

    private static let questions: [@Sendable (inout AuditQuery) -> Void] = [
        { $0.keyID = 99 }, { $0.keyID = 3; $0.since = 1_790_000_000_000_000 + 30_000_000 },
        { $0.decision = .deny }, { $0.reason = "missing_scope"; $0.until = 1_790_000_000_000_000 + 20_000_000 },
        { $0.status = 400...499 }, { $0.status = 403...403 }, { $0.status = 1...999; $0.keyID = 99 },
        { $0.path = "/api/v2/cloud_connectors/7" }, { $0.path = "/api/v2/cloud_connectors/7*" },
        { $0.path = "*/cloud_connectors/12[34]" }, { $0.path = "*"; $0.keyID = 99 }, { $0.path = "/nothing*" },
        { $0.client = "203.0.113.9" }, { $0.method = "DELETE" }, { $0.kind = .intent }, { $0.controller = "tasks" },
        { $0.action = "show"; $0.method = "DELETE" }, { $0.principalName = "key 2"; $0.method = "DELETE" },
        { $0.requestID = "job-9008" }, { $0.requestID = "job-none" }, { $0.isExposure = true },
        { $0.object = "cloud_connectors/7" }, { $0.object = "v2/cloud_connectors/7" }, { $0.object = "7" },
        { $0.path = "*/cloud_connectors/7" }, { $0.path = "*cloud_connectors/7" }, { $0.path = "*/cloud_connectors/7*" },
        { $0.path = "/api/v2/*/12?" }, { $0.path = "/api/*/cloud_connectors/1023" }, { $0.path = "*/connectors/7" }, { $0.isExposure = true; $0.object = "cloud_connectors/7" },
        { $0.texts[.client] = "203.0.113.9" }, { $0.texts[.path] = "*/8?" }, { $0.texts[.path] = "" },
        { $0.integers[.revealed] = 1...9 }, { $0.keyID = 99; $0.limit = 7 }, { $0.keyID = 0 },
    ]

    @Test func answersAreTheSameWithAndWithoutIt() throws {
        let log = try Self.log()
        for (number, question) in Self.questions.enumerated() {
            for order in [AuditQuery.Order.oldestFirst, .newestFirst] {
                let with = try log.records { $0.order = order; question(&$0) }.map(\.sequence)
                let without = try log.records { $0.order = order; question(&$0); $0.isWithoutIndex = true }.map(\.sequence)
                #expect(with == without, "question \(number)")
            }
        }
        for exchange in try log.records({ $0.kind = .intent; $0.isWithoutIndex = true }) {
            #expect(try log.records { $0.requestID = exchange[.exchange] } == [exchange])
        }
        var query = AuditQuery()
        query.decision = .deny
        let reader = try AuditReader(path: log.path)
        let counts = try reader.counts(query, by: .key)
        query.isWithoutIndex = true
        #expect(try reader.counts(query, by: .key) == counts)
        #expect(!counts.isEmpty)
    }

    @Test func anIndexOfAnotherLogOrADamagedOneIsIgnoredAndMadeAnew() throws {
        let log = try TestLog()
        let filling = try log.writer()
        var number = 0
        try Self.fill(filling, &number) { $0 >= 17_000 }
        filling.close()
        let index = log.path + ".index"
        /// Opens the log again and again until its index has its terms.
        func waitForIndex() throws {
            for _ in 0..<20 {
                let writer = try log.writer()
                defer { writer.close() }
                let isThere = Patience.holds(withinSeconds: 1) {
                    let database = try? Database(path: index, access: .readOnly)
                    return ((try? database?.integer("SELECT count(*) FROM terms")) ?? 0) > 100
                }
                if isThere { return }
            }
            Issue.record("there is no index with terms")
        }
        let expected = try log.records { $0.keyID = 99 }.map(\.sequence)
        #expect(!expected.isEmpty)
        try waitForIndex()

        // The postings are gone: the index says that there is nothing, which shows that it is asked.
        try Database(path: index, access: .readWrite).execute("DELETE FROM terms")
        #expect(try log.records { $0.keyID = 99 }.map(\.sequence).count < expected.count)
        #expect(try log.records { $0.keyID = 99; $0.isWithoutIndex = true }.map(\.sequence) == expected)

        // Of another log.
        try Database(path: index, access: .readWrite).execute("UPDATE index_of SET hash = zeroblob(32)")
        #expect(try log.records { $0.keyID = 99 }.map(\.sequence) == expected)
        try waitForIndex()
        #expect(try log.records { $0.keyID = 99 }.map(\.sequence) == expected)

        try Data(repeating: 0x41, count: 5_000).write(to: URL(fileURLWithPath: index))
        #expect(try log.records { $0.keyID = 99 }.map(\.sequence) == expected)
        // One run removes it, the next makes it anew.
        try waitForIndex()
        #expect(try log.records { $0.keyID = 99 }.map(\.sequence) == expected)
    }
}
