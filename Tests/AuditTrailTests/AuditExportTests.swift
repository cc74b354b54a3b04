import AuditTrail
import Foundation
import GatewayTesting
import Testing
import Transport

@Suite struct AuditExportTests {
    private func export(_ target: AuditExport.Target, _ format: AuditExport.Format = .json) throws -> AuditExport {
        var export = try #require(AuditExport(name: "test", target: target, format: format))
        export.batchRecords = 40
        export.pollMilliseconds = 5
        export.retryMilliseconds = 5
        export.retryLimitMilliseconds = 20
        export.timeoutMilliseconds = 2_000
        return export
    }

    /// Waits until the exporter has delivered everything up to a record.
    private func wait(_ exporter: AuditExporter, for sequence: Int64) {
        #expect(Patience.holds { exporter.status.cursor >= sequence })
    }

    /// The sequence numbers of JSON lines, also behind a syslog header.
    private func sequences(_ messages: [String]) throws -> [Int] {
        try messages.map { message in
            let json = try #require(message.firstIndex(of: "{"))
            let object = try JSONSerialization.jsonObject(with: Data(message[json...].utf8)) as? [String: Any]
            return try #require(object?["sequence"] as? Int)
        }
    }

    /// Nothing is left out, and what comes again begins no earlier than a batch ago.
    private func expectAtLeastOnce(_ sequences: [Int], upTo last: Int, repeats: Int, batch: Int = 40) {
        var newest = 0
        for sequence in sequences {
            #expect(sequence <= newest + 1 && sequence > newest - 2 * batch)
            newest = max(newest, sequence)
        }
        #expect(newest == last)
        #expect(sequences.count <= last + repeats * 2 * batch)
    }

    @Test func everyRecordComesToAFileOnceAndInOrder() throws {
        let log = try TestLog()
        try log.fill(100)
        let file = log.directory.appendingPathComponent("export.jsonl").path
        var exporter = AuditExporter(try export(.file(path: file)), path: log.path)
        wait(exporter, for: 100)
        try log.fill(50)
        wait(exporter, for: 150)
        #expect(exporter.status.lag == 0)
        #expect(exporter.status.exportedRecords == 150)
        exporter.stop()
        // Another process goes on where this one ended.
        try log.fill(10)
        exporter = AuditExporter(try export(.file(path: file)), path: log.path)
        wait(exporter, for: 160)
        exporter.stop()
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(try sequences(lines) == Array(1...160))
        #expect(lines == (try log.records().map(AuditJSON.line)))
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func aLineThatACrashLeftHalfIsClosed() throws {
        let log = try TestLog()
        try log.fill(3)
        let file = log.directory.appendingPathComponent("export.jsonl").path
        try Data("{\"sequ".utf8).write(to: URL(fileURLWithPath: file))
        let exporter = AuditExporter(try export(.file(path: file)), path: log.path)
        wait(exporter, for: 3)
        exporter.stop()
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines.first == "{\"sequ")
        #expect(try sequences(Array(lines.dropFirst())) == [1, 2, 3])
    }

    @Test func aFileIsRotatedBySizeAndByOthers() throws {
        let log = try TestLog()
        try log.fill(400)
        let file = log.directory.appendingPathComponent("export.jsonl").path
        let exporter = AuditExporter(try export(.file(path: file, bytes: 60_000, keep: 2)), path: log.path)
        wait(exporter, for: 400)
        func lines(_ suffix: String) throws -> [String] {
            try String(contentsOfFile: file + suffix, encoding: .utf8).split(separator: "\n").map(String.init)
        }
        let kept = try lines(".2") + lines(".1") + lines("")
        #expect(try sequences(kept) == Array(400 - kept.count + 1...400))
        #expect(!FileManager.default.fileExists(atPath: file + ".3"))
        // As logrotate does.
        try FileManager.default.moveItem(atPath: file, toPath: file + ".moved")
        exporter.reopen()
        try log.fill(5)
        wait(exporter, for: 405)
        exporter.stop()
        #expect(try sequences(lines("")) == Array(401...405))
    }

    @Test func anOutageOfASyslogReceiverOverTCPLosesNothing() throws {
        let log = try TestLog()
        try log.fill(300)
        var receiver = try ExportReceiver(.syslogStream)
        let port = receiver.port
        var received: [String] = []
        let exporter = AuditExporter(try export(.syslogTCP(host: "127.0.0.1", port: port)), path: log.path)
        wait(exporter, for: 300)
        for round in 1...3 {
            receiver.stop()
            received += receiver.messages
            // Long enough that batches fail; the writer notices nothing of it.
            let failures = exporter.status.failures
            try log.fill(200)
            #expect(Patience.holds { exporter.status.failures >= failures + 2 })
            #expect(exporter.status.failure != nil)
            #expect(exporter.status.lag > 0)
            #expect(exporter.status.oldestWaiting != nil)
            receiver = try ExportReceiver(.syslogStream, port: port)
            wait(exporter, for: Int64(300 + 200 * round))
            #expect(exporter.status.failure == nil)
        }
        exporter.stop()
        #expect(try Patience.holds { try sequences(receiver.messages).last == 900 })
        receiver.stop()
        received += receiver.messages
        expectAtLeastOnce(try sequences(received), upTo: 900, repeats: 3)
        let pattern = #/<110>1 2026-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z - nodegate - outcome - \{.*\}/#
        #expect(received.allSatisfy { $0.wholeMatch(of: pattern) != nil })
    }

    @Test func anOutageOfAnHTTPReceiverLosesNothing() throws {
        let log = try TestLog()
        try log.fill(300)
        var receiver = try ExportReceiver(.http)
        let port = receiver.port
        var received: [String] = []
        var export = try export(.http(host: "127.0.0.1", port: port, path: "/in?a=b"))
        export.authorizationFile = try log.file("token", "Bearer of news\n", mode: 0o640)
        let exporter = AuditExporter(export, path: log.path)
        wait(exporter, for: 300)
        #expect(receiver.heads.first?.hasPrefix("POST /in?a=b HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n") == true)
        #expect(receiver.heads.first?.contains("\r\nAuthorization: Bearer of news") == true)
        for round in 1...2 {
            // First it refuses, then it is gone, then it is back.
            receiver.answer(503)
            try log.fill(200)
            #expect(Patience.holds { exporter.status.failure?.contains("503") == true })
            receiver.stop()
            received += receiver.messages
            #expect(Patience.holds { exporter.status.failure?.contains("no connection") == true })
            receiver = try ExportReceiver(.http, port: port)
            wait(exporter, for: Int64(300 + 200 * round))
        }
        exporter.stop()
        receiver.stop()
        received += receiver.messages
        expectAtLeastOnce(try sequences(received), upTo: 700, repeats: 2)
    }

    @Test func syslogOverUDPIsADatagramARecord() throws {
        let log = try TestLog()
        try log.fill(20) { number, facts, _ in
            if number == 4 { facts.decision = .deny; facts.reason = .missingScope; facts.status = 403 }
        }
        let receiver = try ExportReceiver(.syslogDatagrams)
        var export = try export(.syslogUDP(host: "127.0.0.1", port: receiver.port), .cef)
        export.hostName = "gate"
        let exporter = AuditExporter(export, path: log.path)
        wait(exporter, for: 20)
        #expect(Patience.holds { receiver.messages.count >= 20 })
        exporter.stop()
        receiver.stop()
        let messages = receiver.messages
        #expect(messages.count == 20)
        #expect(messages[4].hasPrefix("<108>1 "))
        #expect(messages[4].contains(" gate nodegate - outcome - CEF:0|nodegate|nodegate|2|missing_scope|deny GET|6|rt="))
    }

    @Test func whatRetentionRemovedIsCountedAndTheRestIsExported() throws {
        let log = try TestLog()
        var limits = AuditLimits()
        limits.partitionBytes = 60_000
        limits.upkeepMilliseconds = 1
        let writer = try log.writer(limits: limits)
        let entry = AuditEntry()
        let layout = AuditLayout(path: log.path)
        var last: Int64 = 0
        while layout.partitions().count < 3 {
            entry.fill(Int(last))
            last = try writer.store(entry)
        }
        writer.close()
        try FileManager.default.removeItem(atPath: log.path)
        let first = try #require(layout.partitions().first?.first)
        let file = log.directory.appendingPathComponent("export.jsonl").path
        let exporter = AuditExporter(try export(.file(path: file)), path: log.path)
        wait(exporter, for: last)
        exporter.stop()
        #expect(exporter.status.skippedRecords == first - 1)
        #expect(exporter.status.exportedRecords == Int(last - first + 1))
    }

    @Test(arguments: ["", "a/b", "a b", "..", "ä", String(repeating: "x", count: 65)])
    func namesThatAreNoneAreRefused(name: String) {
        #expect(AuditExport(name: name, target: .file(path: "x"), format: .json) == nil)
    }

    @Test("An Authorization value that is none is told, and nothing is sent", arguments: [
        ("", 0o600, "on one line and nothing else"), ("a\nb", 0o600, "on one line and nothing else"),
        ("a\u{1}", 0o600, "on one line"), ("Bearer x", 0o644, "open to everyone"),
        (String(repeating: "x", count: 5_000), 0o600, "more than 4096 bytes"),
    ])
    func authorization(value: String, mode: Int, message: String) throws {
        let log = try TestLog()
        try log.fill(1)
        var export = try export(.http(host: "127.0.0.1", port: 1, path: "/"))
        export.authorizationFile = try log.file("token", value, mode: mode)
        #expect(export.credentialFailure?.description.contains(message) == true)
        let exporter = AuditExporter(export, path: log.path)
        #expect(Patience.holds { exporter.status.failure?.contains(message) == true })
        exporter.stop()
    }
}
