import AccessControl
import AuditTrail
import HTTPWire
import Testing

@Suite struct AuditQueryTests {
    /// Ten records that differ in what can be asked for.
    private func log() throws -> TestLog {
        let log = try TestLog()
        try log.fill(10) { number, facts, entry in
            facts.time = 1_000_000 * Int64(number + 1)
            facts.kind = number == 3 ? .intent : .outcome
            facts.keyID = Int64(number % 2 + 1)
            facts.method = number == 3 || number == 4 ? .post : .get
            facts.decision = number < 8 ? .permit : .deny
            facts.reason = number < 8 ? .allowed : number == 8 ? .missingScope : .unknownKey
            facts.status = number < 8 ? 200 : number == 8 ? 403 : 401
            entry.set(.principalName, number % 2 == 0 ? "even" : "odd")
            entry.set(.client, number == 6 ? "2001:db8::1" : "192.0.2.1")
            if number == 7 { entry.set(.clientRequestID, "job-7") }
            if number == 5 { entry.set(.controller, "tasks"); entry.set(.action, "index") }
        }
        return log
    }

    private func numbers(_ change: (inout AuditQuery) -> Void) throws -> [Int64] {
        try log().records(change).map(\.sequence)
    }

    @Test func eachConditionSelects() throws {
        #expect(try numbers { _ in } == Array(1...10))
        #expect(try numbers { $0.since = 8_000_000 } == [8, 9, 10])
        #expect(try numbers { $0.until = 3_000_000 } == [1, 2])
        #expect(try numbers { $0.since = 4_000_000; $0.until = 6_000_000 } == [4, 5])
        #expect(try numbers { $0.kind = .intent } == [4])
        #expect(try numbers { $0.keyID = 2 } == [2, 4, 6, 8, 10])
        #expect(try numbers { $0.principalName = "even" } == [1, 3, 5, 7, 9])
        #expect(try numbers { $0.controller = "tasks" } == [6])
        #expect(try numbers { $0.action = "index" } == [6])
        #expect(try numbers { $0.decision = .deny } == [9, 10])
        #expect(try numbers { $0.reason = "missing_scope" } == [9])
        #expect(try numbers { $0.status = 400...499 } == [9, 10])
        #expect(try numbers { $0.status = 401...401 } == [10])
        #expect(try numbers { $0.client = "2001:db8::1" } == [7])
        #expect(try numbers { $0.method = "POST" } == [4, 5])
        #expect(try numbers { $0.path = "/api/v2/*/3" } == [4])
        #expect(try numbers { $0.path = "/api/v2/cloud_connectors/[12]" } == [2, 3])
        #expect(try numbers { $0.requestID = "job-7" } == [8])
        #expect(try numbers { $0.keyID = 2; $0.status = 200...200; $0.method = "GET" } == [2, 6, 8])
        #expect(try numbers { $0.path = "/api/v2" } == [])
        #expect(try numbers { $0.principalName = "even' OR '1'='1" } == [])
    }

    @Test func anExchangeIsFoundByItsIDHoweverWritten() throws {
        let log = try TestLog()
        try log.fill(3_000) { number, facts, _ in
            facts.exchange = ExchangeID(microseconds: facts.time, random: (7, UInt64(number) << 2))
        }
        let id = ExchangeID(microseconds: 1_790_000_000_000_000 + 2_222_000, random: (7, 2_222 << 2)).description
        #expect(try log.records { $0.requestID = id }.map(\.sequence) == [2_223])
        #expect(try log.records { $0.requestID = id.uppercased() }.map(\.sequence) == [2_223])
        let hyphened = "\(id.prefix(8))-\(id.dropFirst(8))"
        #expect(try log.records { $0.requestID = hyphened }.map(\.sequence) == [2_223])
    }

    @Test func pagesFollowEachOtherInBothOrders() throws {
        let log = try log()
        for order in [AuditQuery.Order.oldestFirst, .newestFirst] {
            var seen: [Int64] = []
            var cursor: Int64?
            while true {
                let page = try log.records { query in
                    query.order = order
                    query.limit = 3
                    query.cursor = cursor
                }
                guard let last = page.last else { break }
                #expect(page.count <= 3)
                seen += page.map(\.sequence)
                cursor = last.sequence
            }
            #expect(seen == (order == .oldestFirst ? Array(1...10) : Array((1...10).reversed())))
        }
    }

    @Test func aClockThatRunsBackwardsHidesNothing() throws {
        // Several blocks; the second half is an hour earlier than the first.
        let log = try TestLog()
        func time(_ number: Int) -> Int64 { (number < 2_000 ? 4_000_000_000 : 400_000_000) + Int64(number) }
        try log.fill(4_000) { number, facts, _ in facts.time = time(number) }
        #expect(try log.database().integer("SELECT count(*) FROM blocks") ?? 0 >= 2)
        let bounds: [Int64] = [
            0, 400_000_000, 400_002_500, 400_003_999, 400_004_000, 4_000_000_000, 4_000_001_999, 9_000_000_000,
        ]
        for since in bounds {
            for until in bounds where until >= since {
                let within = (0..<4_000).filter { time($0) >= since && time($0) < until }
                let found = try log.records { query in
                    query.since = since
                    query.until = until
                }
                // Compared as one value, so that a failure does not print thousands of numbers.
                let isSame = found.map(\.sequence) == within.map { Int64($0 + 1) }
                #expect(isSame, "\(since) to \(until)")
            }
        }
        #expect(try log.verify().isIntact)
    }

    @Test func readingStopsWhenToldTo() throws {
        let log = try log()
        var seen = 0
        try AuditReader(path: log.path).read(AuditQuery()) { _ in
            seen += 1
            return seen < 4
        }
        #expect(seen == 4)
    }

    @Test func aReaderFollowsTheWriter() throws {
        let log = try TestLog()
        let writer = try log.writer()
        let entry = AuditEntry()
        entry.fill(0)
        try writer.store(entry)
        let reader = try AuditReader(path: log.path)
        var last = try reader.lastSequence()
        #expect(last == 1)
        let quiet = try reader.changeCount()
        #expect(try reader.changeCount() == quiet)
        for number in 1..<5 {
            let before = try reader.changeCount()
            entry.fill(number)
            try writer.store(entry)
            #expect(try reader.changeCount() != before)
            var query = AuditQuery()
            query.order = .oldestFirst
            query.cursor = last
            #expect(try reader.records(query).map(\.sequence) == [last + 1])
            last = try reader.lastSequence()
        }
        writer.close()
    }
}
