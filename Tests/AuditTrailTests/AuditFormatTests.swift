import AccessControl
import AuditTrail
import Foundation
import HTTPWire
import Testing

@Suite struct AuditFormatTests {
    private func record(_ change: (inout AuditFacts, AuditEntry) -> Void = { _, _ in }) throws -> AuditRecord {
        let log = try TestLog()
        try log.fill(1) { _, facts, entry in change(&facts, entry) }
        return try #require(try log.records().first)
    }

    /// A record as an editor of the database could leave it.
    private func record(text: String) throws -> AuditRecord {
        let record = try record()
        return AuditRecord(
            integers: record.integers, texts: AuditText.allCases.map { $0 == .userAgent ? text : record[$0] },
            hash: record.hash)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (951_782_399_000_001, "2000-02-28T23:59:59.000001Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
        (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        (1_793_520_000_123_456, "2026-11-01T08:00:00.123456Z"),
    ] as [(Int64, String)])
    func timesAreRFC3339(microseconds: Int64, expected: String) {
        #expect(AuditTime.text(microseconds) == expected)
    }

    @Test func jsonIsReadByAnotherParser() throws {
        let record = try record { facts, entry in
            facts.status = 0
            facts.time = 1_793_520_000_123_456
            entry.set(.detail, "quote \" slash \\ é 😀 \u{2028}")
        }
        let line = AuditJSON.line(record)
        #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["sequence"] as? Int == 1)
        #expect(object["time"] as? String == "2026-11-01T08:00:00.123456Z")
        #expect(object["detail"] as? String == record[.detail])
        #expect(object["path"] as? String == "/api/v2/cloud_connectors/0")
        #expect(object["key_id"] as? Int == 1)
        #expect(object["bytes_in"] as? Int == 0)
        #expect((object["hash"] as? String)?.count == 64)
        // What is not there is left out.
        #expect(object["status"] == nil)
        #expect(object["query"] == nil)
    }

    @Test func csvQuotesAsItMust() throws {
        let names = AuditCSV.header.dropLast(1).split(separator: ",").map(String.init)
        #expect(AuditCSV.header.hasSuffix("\r\n"))
        #expect(names.count == 36)
        let line = AuditCSV.line(try record { facts, _ in facts.status = 0 })
        #expect(line.hasSuffix("\r\n"))
        let fields = line.dropLast(1).split(separator: ",", omittingEmptySubsequences: false)
        #expect(fields.count == 36)
        #expect(fields[8] == "")
        #expect(fields[20] == "/api/v2/cloud_connectors/0")
        #expect(AuditCSV.line(try record(text: "a,b \"c\"\r\nd")).contains(",\"a,b \"\"c\"\"\r\nd\","))
        // A spreadsheet must not run what a client sent.
        #expect(AuditCSV.line(try record(text: "=1+1")).contains(",'=1+1,"))
        #expect(AuditCSV.line(try record(text: "@sum(a,b)")).contains(",\"'@sum(a,b)\","))
    }

    @Test func theTableIsAligned() throws {
        let log = try TestLog()
        try log.fill(12) { number, facts, entry in
            entry.set(.detail, "end")
            if number == 4 {
                facts.reason = .missingScope
                facts.decision = .deny
                facts.principal = .none
                facts.keyID = 0
                entry.clear(.principalName)
                entry.clear(.controller)
            }
        }
        let lines = AuditTable.lines(try log.records())
        #expect(lines.count == 13)
        let place = try #require(lines[0].range(of: "DETAIL")?.lowerBound.utf16Offset(in: lines[0]))
        for line in lines.dropFirst() {
            #expect(line.hasSuffix("end"))
            #expect(line.utf16.count == place + 3)
        }
        #expect(lines[5].contains("missing_scope"))
        #expect(lines[5].contains("  none  "))
        #expect(lines[1].contains("#1 key 1"))
        #expect(AuditTable.lines([]).count == 1)
    }

    @Test(arguments: [
        "\u{1B}[2J", "a\rb", "a\nb", "\u{9B}31m", "\u{202E}txt", "\u{200B}", "\u{7}", "\u{2028}", "\u{E000}",
    ])
    func whatCouldSteerATerminalIsShown(text: String) throws {
        let base = try record()
        let record = AuditRecord(
            integers: base.integers,
            texts: AuditText.allCases.map { [.path, .detail, .client].contains($0) ? text : base[$0] },
            hash: base.hash)
        for line in AuditTable.lines([record]) + [AuditTable.streamLine(record)] {
            for scalar in line.unicodeScalars {
                #expect(scalar.properties.generalCategory != .control)
                #expect(scalar.properties.generalCategory != .format)
            }
            #expect(!line.contains(text))
        }
        #expect(AuditTable.streamLine(record).contains("\\u{"))
    }

    @Test func longCellsAreCut() throws {
        let lines = AuditTable.lines([try record { _, entry in entry.set(.path, String(repeating: "p", count: 500)) }])
        #expect(lines[1].contains("ppp…"))
        #expect(!lines[1].contains(String(repeating: "p", count: 60)))
    }
}
