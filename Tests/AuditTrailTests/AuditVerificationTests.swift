import AuditTrail
import SQLite
import Testing

/// What somebody who owns the database file may do to it.
@Suite struct AuditVerificationTests {
    @Test func anEmptyLogIsIntact() throws {
        let log = try TestLog()
        try log.fill(0)
        let verification = try log.verify()
        #expect(verification.isIntact)
        #expect(verification.count == 0)
    }

    @Test func anIntactLogHasItsHead() throws {
        let log = try TestLog()
        try log.fill(2_500)
        let verification = try log.verify()
        #expect(verification.isIntact)
        #expect(verification.count == 2_500)
        #expect(verification.first == 1)
        #expect(verification.last == 2_500)
        #expect(verification.head == (try log.records { $0.cursor = 2_499 }.first?.hash))
    }

    @Test(arguments: [
        "time = time + 1", "kind = 'intent'", "exchange = replace(exchange, '0', '1')", "client = '192.0.2.1x'",
        "client_port = 1", "principal = 'none'", "key_id = 99", "key_id = NULL", "principal_name = 'another'",
        "method = 'POST'", "path = path || '0'", "query = 'a'", "operation = NULL", "controller = 'x'", "action = 'x'",
        "decision = 'deny'", "reason = 'x'", "status = 201", "status = NULL", "upstream_status = 500", "bytes_in = 1",
        "bytes_out = 1", "gateway_us = 1", "upstream_us = 1", "redacted = 0", "revealed = 1", "upstream = NULL",
        "user_agent = 'x'", "client_request_id = 'x'", "forwarded = 'x'", "tls = 'x'", "detail = 'x'",
        "generation = 6", "lane = 4", "listener = 2",
        // The same bytes in other columns.
        "controller = 'cloud_connector', action = 'sshow'",
    ])
    func everyEditIsFound(edit: String) throws {
        let log = try TestLog()
        try log.fill(9)
        try log.edit("UPDATE records SET \(edit) WHERE sequence = 5")
        #expect(try log.verify().breaks == [.altered(sequence: 5)])
    }

    @Test func aChangedHashIsFound() throws {
        let log = try TestLog()
        try log.fill(9)
        try log.edit("UPDATE records SET hash = zeroblob(32) WHERE sequence = 5")
        #expect(try log.verify().breaks == [.altered(sequence: 5), .altered(sequence: 6)])
        try log.edit("UPDATE records SET hash = x'00' WHERE sequence = 5")
        #expect(try log.verify().breaks == [.altered(sequence: 5), .altered(sequence: 6)])
    }

    @Test func aChangedFormIsFound() throws {
        let log = try TestLog()
        try log.fill(9)
        try log.edit("UPDATE records SET form = 3 WHERE sequence = 5")
        #expect(try log.verify().breaks == [.unknownForm(sequence: 5, form: 3)])
    }

    @Test("Bytes that no column shows, and what is no record at all", arguments: [
        "CAST(image || x'00' AS BLOB)", "substr(image, 1, length(image) - 1)", "substr(image, 1, 112)", "x''", "zeroblob(400)",
        // The number within, where its row keeps its place.
        "CAST(substr(image, 1, 1) || x'06' || substr(image, 3) AS BLOB)",
        // Lengths that reach beyond the end.
        "CAST(substr(image, 1, 75) || x'FFFF' || substr(image, 78) AS BLOB)",
    ])
    func whatIsNoRecordIsFound(image: String) throws {
        let log = try TestLog()
        try log.fill(9)
        try log.database().execute("UPDATE forms SET image = \(image) WHERE sequence = 5")
        #expect(try log.verify().breaks == [.unknownForm(sequence: 5, form: 0)])
        // What can be read is.
        #expect(try log.records { $0.controller = "cloud_connectors" }.count >= 8)
        #expect(try log.records().count == 9)
    }

    @Test func theViewOfTheFileIsNotBelieved() throws {
        let log = try TestLog()
        try log.fill(9)
        try log.database().execute("""
            DROP VIEW records;
            CREATE VIEW records AS SELECT *, 'lifecycle' AS kind, 0 AS time, 'x' AS decision FROM forms;
            CREATE TRIGGER forms AFTER INSERT ON blocks BEGIN SELECT 1; END
            """)
        #expect(try log.records { $0.kind = .outcome }.count == 9)
        #expect(try log.records { $0.kind = .lifecycle }.isEmpty)
        #expect(try AuditReader(path: log.path).counts(AuditQuery(), by: .decision).map(\.value) == ["permit"])
    }

    @Test func deletionsAreFound() throws {
        let log = try TestLog()
        try log.fill(20)
        try log.edit("DELETE FROM records WHERE sequence IN (1, 5, 6, 12)")
        #expect(try log.verify().breaks == [
            .missing(after: 0, before: 2), .missing(after: 4, before: 7), .missing(after: 11, before: 13),
        ])
    }

    @Test func aDeletionThatIsRenumberedIsFound() throws {
        let log = try TestLog()
        try log.fill(9)
        try log.edit("""
            DELETE FROM records WHERE sequence = 5;
            UPDATE records SET sequence = sequence - 1 WHERE sequence > 5
            """)
        #expect(try log.verify().breaks.first == .altered(sequence: 5))
    }

    @Test func anInsertionIsFound() throws {
        let log = try TestLog()
        try log.fill(9)
        try log.edit("""
            UPDATE records SET sequence = -sequence WHERE sequence > 5;
            UPDATE records SET sequence = 1 - sequence WHERE sequence < 0;
            CREATE TEMP TABLE copy AS SELECT * FROM records WHERE sequence = 5;
            UPDATE copy SET sequence = 6;
            INSERT INTO records SELECT * FROM copy
            """)
        #expect(try log.records().count == 10)
        #expect(try log.verify().breaks.first == .altered(sequence: 6))
    }

    @Test func reorderingIsFound() throws {
        let log = try TestLog()
        try log.fill(9)
        try log.edit("""
            UPDATE records SET sequence = 100 WHERE sequence = 4;
            UPDATE records SET sequence = 4 WHERE sequence = 5;
            UPDATE records SET sequence = 5 WHERE sequence = 100
            """)
        #expect(try log.verify().breaks.first == .altered(sequence: 4))
    }

    @Test func aCutEndShowsInTheHead() throws {
        let log = try TestLog()
        try log.fill(9)
        let before = try log.verify()
        try log.edit("DELETE FROM records WHERE sequence > 7")
        let after = try log.verify()
        #expect(after.last == 7)
        #expect(after.head != before.head)
    }

    @Test func theWalkStopsAtTheLimit() throws {
        let log = try TestLog()
        try log.fill(50)
        try log.edit("UPDATE records SET status = 500")
        #expect(try AuditVerifier.verify(path: log.path, limit: 3).breaks.count == 3)
    }

    @Test func aLogIsVerifiedWhileItIsWritten() throws {
        let log = try TestLog()
        let writer = try log.writer()
        let entry = AuditEntry()
        for number in 0..<20 {
            entry.fill(number)
            try writer.store(entry)
            let verification = try log.verify()
            #expect(verification.isIntact)
            #expect(verification.count == Int64(number + 1))
        }
        writer.close()
    }
}
