import AccessControl
import AuditTrail
import HTTPWire
import Testing

@Suite struct AuditEntryTests {
    /// What a text becomes in the log.
    private func stored(_ bytes: [UInt8], limits: AuditLimits = AuditLimits()) throws -> String {
        let log = try TestLog()
        let writer = try log.writer(limits: limits)
        let entry = AuditEntry(limits: limits)
        entry.set(.userAgent, bytes.span)
        let batch = AuditBatch(limits: limits)
        #expect(batch.append(entry) != nil)
        try writer.store(batch)
        writer.close()
        let record = try #require(try log.records().first)
        return record[.userAgent]
    }

    @Test(arguments: [
        ("plain text 09 az ~", "plain text 09 az ~"),
        ("tab\tbell\u{7}", "tab\\x09bell\\x07"),
        ("line\r\nbreak", "line\\x0d\\x0abreak"),
        ("esc \u{1B}[31m", "esc \\x1b[31m"),
        ("back\\slash", "back\\\\slash"),
        ("del\u{7F}", "del\\x7f"),
        ("nul\u{0}nul", "nul\\x00nul"),
        ("é ü 字 😀", "é ü 字 😀"),
        ("c1\u{9B}31m", "c1\\xc2\\x9b31m"),
    ])
    func textsAreMadeFit(source: String, expected: String) throws {
        #expect(try stored(Array(source.utf8)) == expected)
    }

    @Test(arguments: [
        ([0xFF], "\\xff"),
        ([0x41, 0xC3], "A\\xc3"),
        ([0xC0, 0x80], "\\xc0\\x80"),
        ([0xE0, 0x80, 0x80], "\\xe0\\x80\\x80"),
        ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"),
        ([0xF0, 0x80, 0x80, 0x80], "\\xf0\\x80\\x80\\x80"),
        ([0xF4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"),
        ([0xF5, 0x41], "\\xf5A"),
        ([0xE2, 0x82], "\\xe2\\x82"),
    ] as [([UInt8], String)])
    func whatIsNotUTF8IsEscaped(bytes: [UInt8], expected: String) throws {
        #expect(try stored(bytes) == expected)
    }

    @Test func longTextsAreCutAtACharacterAndSaySo() throws {
        var limits = AuditLimits()
        limits.userAgent = 10
        #expect(try stored(Array("0123456789".utf8), limits: limits) == "0123456789")
        #expect(try stored(Array("0123456789a".utf8), limits: limits) == "0123456…")
        #expect(try stored(Array("ééééééé".utf8), limits: limits) == "ééé…")
        #expect(try stored(Array("012345\u{7}\u{7}\u{7}".utf8), limits: limits) == "012345…")
        #expect(try stored([UInt8](repeating: 0xFF, count: 100), limits: limits) == "\\xff…")
        limits.userAgent = 2
        #expect(try stored(Array("abc".utf8), limits: limits) == "")
    }

    @Test func emittedTextsAreFilteredAndCutAsWell() throws {
        let log = try TestLog()
        let writer = try log.writer()
        let entry = AuditEntry()
        entry.set(.path) { $0.append("/plain") }
        entry.set(.query) { $0.append("a\u{1}") }
        entry.set(.detail) { buffer in
            _ = buffer.append("whole ")
            return false
        }
        entry.set(.userAgent, "set")
        entry.clear(.userAgent)
        try writer.store(entry)
        writer.close()
        let record = try #require(try log.records().first)
        #expect(record[.path] == "/plain")
        #expect(record[.query] == "a\\x01")
        #expect(record[.detail] == "whole …")
        #expect(record[.userAgent] == "")
    }

    @Test func operationsAreNamedFromTheirTable() throws {
        let scope = try #require(Scope("cloud_connectors/index"))
        let template = try #require(PathTemplate("/cloud_connectors"))
        let operation = try #require(Operation(
            method: .get, template: template, id: "index_cloud_connectors", scope: scope, identifiers: []))
        let bare = try #require(Operation(
            method: .post, template: template, id: "create_something", scope: nil, identifiers: []))
        let table = try OperationTable([operation, bare])
        let names = AuditOperationNames(table)
        let log = try TestLog()
        let writer = try log.writer()
        let entry = AuditEntry()
        for index in 0..<3 {
            entry.reset()
            entry.set(OperationIndex(rawValue: UInt16(index)), from: names)
            try writer.store(entry)
        }
        writer.close()
        let found = try log.records().map { [$0[.operation], $0[.controller], $0[.action]] }
        let expected = table.operations.map { [$0.id, $0.scope?.controller ?? "", $0.scope?.action ?? ""] }
        #expect(found == expected + [["", "", ""]])
    }

    @Test func aBatchTakesRecordsUpToItsLimits() throws {
        var limits = AuditLimits()
        limits.batchRecords = 3
        let batch = AuditBatch(limits: limits)
        let entry = AuditEntry(limits: limits)
        for number in 0..<3 { #expect(batch.append(entry)?.index == number) }
        #expect(batch.append(entry) == nil)
        batch.recycle()
        #expect(batch.append(entry)?.index == 0)
    }

    @Test func anEmptyBatchTakesTheGreatestEntry() throws {
        let log = try TestLog()
        var limits = AuditLimits()
        limits.batchBytes = 1
        let batch = AuditBatch(limits: limits)
        let entry = AuditEntry(limits: limits)
        for field in AuditField.allCases { entry.set(field, String(repeating: "x", count: 5_000) + "y") }
        #expect(batch.append(entry)?.index == 0)
        #expect(batch.append(entry) == nil)
        let writer = try log.writer(limits: limits)
        try writer.store(batch)
        writer.close()
        let record = try #require(try log.records().first)
        #expect(record[.path].utf8.count == limits.path)
        #expect(record[.detail].utf8.count == limits.detail)
        #expect(try log.verify().isIntact)
    }

    @Test func idsSortByTimeAndAreReadBack() throws {
        let early = ExchangeID(microseconds: 1_790_000_000_000_000, random: (.max, .max))
        let late = ExchangeID(microseconds: 1_790_000_000_001_000, random: (0, 0))
        #expect(early.description < late.description)
        #expect(early.microseconds == 1_790_000_000_000_000)
        #expect(ExchangeID(early.description) == early)
        #expect(ExchangeID("01234567-89AB-7def-8000-000000000001")?.description == "0123456789ab7def8000000000000001")
        #expect(ExchangeID(high: 0, low: 0).microseconds == nil)
        for text in ["", "0123", String(repeating: "0", count: 33), String(repeating: "g", count: 32)] {
            #expect(ExchangeID(text) == nil, "\(text)")
        }
    }
}
