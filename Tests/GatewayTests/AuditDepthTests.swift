import AuditTrail
import Foundation
import GatewayTesting
import NodeumSimulator
import SQLite
import Store
import Testing

@Suite("The audit log of a gateway: files, checkpoints, exports, administration")
struct AuditDepthTests {
    @Test("A disk that is really full: refusals are recorded on the reserve, and service comes back by itself")
    func fullDisk() throws {
        let disk = try SmallDisk(bytes: 24 << 20)
        let path = disk.url.appendingPathComponent("audit.db").path
        let site = try TestSite()
        let key = try site.key("pools/*", "cloud_connectors/*", "cloud_connectors/get_secret_key")
        let gateway = try site.gateway {
            $0.audit.path = path
            $0.audit.reserve = 4 << 20
            $0.throttle.failures = .max
        }
        #expect(try gateway.ask("PUT", "/pools/1", key: key, body: "{}").status == 200)
        try disk.fill()
        #expect(try Patience.holds { try gateway.ask("PUT", "/pools/1", key: key, body: "{}").status == 503 })
        let ran = site.appliance.appliance.observations.count
        var refused: [Answer] = []
        for number in 0..<300 {
            refused.append(try gateway.ask("PUT", "/pools/1", key: key, body: "{}"))
            refused.append(try gateway.ask("GET", "/cloud_connectors/1", key: key))
            refused.append(try gateway.ask("GET", "/tapes", key: key))
            refused.append(try gateway.ask("GET", "/pools/\(number)", key: "unknown-key-that-nobody-issued-00"))
        }
        #expect(site.appliance.appliance.observations.count == ran)
        #expect(Set(refused.compactMap(\.code)) == ["audit_unavailable", "missing_scope", "unknown_key"])
        #expect(gateway.server.auditStatus.isOnReserve)
        #expect(Patience.holds { site.log.text.contains("is full: requests are refused with 503") })
        try disk.empty()
        #expect(try Patience.holds { try gateway.ask("PUT", "/pools/1", key: key, body: "{}").status == 200 })
        #expect(Patience.holds { site.log.text.contains("there is room for audit records again") })
        gateway.stop()
        var query = AuditQuery()
        query.limit = nil
        let records = try AuditReader(path: path).records(query)
        let reasons = Dictionary(records.filter { $0.kind == "outcome" }.map { ($0.exchange, $0.reason) }) { $1 }
        #expect(refused.filter { reasons[$0.exchange] != $0.code }.count == 0)
        #expect(try AuditVerifier.verify(path: path).isIntact)
    }

    @Test("kill -9 again and again while files are rotated and exported: nothing is missing, here or there")
    func killed() throws {
        let receiver = try ExportReceiver(.syslogStream)
        defer { receiver.stop() }
        let site = try TestSite { $0.limits.observations = 1_000_000 }
        let key = try site.key("pools/*")
        let more = """
              partition_size: 1MiB
              checkpoints: {records: 100, interval: 1s}
              exporters:
                - {name: lines, target: "file:export.jsonl"}
                - {name: siem, target: "tcp://127.0.0.1:\(receiver.port)", format: ocsf}
            """
        var answered: Set<String> = []
        for round in 1...3 {
            let gateway = try site.serve(more)
            let load = Load(port: gateway.port, key: key)
            load.start(clients: 6)
            #expect(Patience.holds {
                load.answered.count > 100 * round && AuditLayout(path: site.auditPath).partitions().count > round
            })
            gateway.process.signal(SIGKILL)
            _ = gateway.process.status()
            load.wait()
            answered.formUnion(load.answered)
        }
        let gateway = try site.serve(more)
        let last = try gateway.ask("GET", "/pools/1", key: key)
        #expect(last.status == 200)
        // What the killed ones left behind may take longer than exporters have at the end.
        #expect(try Patience.holds { try export(site).contains(last.exchange) })
        #expect(Patience.holds { receiver.messages.contains { $0.contains(last.exchange) } })
        gateway.process.signal(SIGTERM)
        #expect(gateway.process.status() == 0, "\(gateway.process.errorText)")
        let records = try site.records()
        #expect(answered.subtracting(records.filter { $0.kind == "outcome" }.map(\.exchange)) == [])
        #expect(AuditLayout(path: site.auditPath).partitions().count > 1)
        let layout = AuditLayout(path: site.auditPath)
        let verify = try Command.run([
            "audit", "verify", "--log", site.auditPath, "--public-key", layout.publicKey, "--checkpoints", layout.checkpoints,
            "--json",
        ])
        #expect(verify.status == 0, "\(verify.output)")
        let report = try #require(try verify.objects().first)
        #expect(report["checkpoints"] as? Int ?? 0 > 4 && report["comparedCheckpoints"] as? Int ?? 0 > 4)
        // Each exporter delivered every record, in order but for a last batch that came twice.
        let sequences = try export(site).matches(of: #/"sequence":([0-9]+)/#).compactMap { Int64($0.output.1) }
        #expect(Set(records.map(\.sequence)).subtracting(sequences).sorted() == [])
        #expect(sequences.count < records.count + 3 * 500 + 1)
        let uids = receiver.messages.compactMap { $0.firstMatch(of: #/"sequence":"?([0-9]+)/#) }.compactMap { Int64($0.output.1) }
        #expect(Set(records.map(\.sequence)).subtracting(uids).sorted() == [])
        for (name, bytes) in try site.everythingWritten() {
            #expect(!String(decoding: bytes, as: UTF8.self).contains(key), "\(name)")
        }
        #expect(!receiver.messages.contains { $0.contains(key) })
    }

    private func export(_ site: TestSite) throws -> String {
        try String(contentsOfFile: site.directory.path("export.jsonl"), encoding: .utf8)
    }

    @Test("Records of no exchange have no method and no id; changes that were copied twice are recorded once")
    func administration() throws {
        let site = try TestSite()
        _ = try site.key("pools/*")
        let changes = try site.store.changes(after: 0)
        let first = try site.gateway()
        #expect(try Patience.holds { try site.store.recordedUpTo() == changes.last?.id })
        first.stop()
        func recorded() throws -> [String] {
            try site.records { $0.kind = .administration }.map { $0[.clientRequestID] }.filter { !$0.isEmpty }
        }
        #expect(try recorded() == changes.map { "change:\($0.id)" })
        for record in try site.records() where record.kind != "outcome" {
            #expect(record[.method] == "" && record.exchange == "", "\(record)")
        }
        // As if the gateway had been killed after the copy and before it noted that.
        try Database(path: site.directory.path("nodegate.db"), access: .readWrite)
            .execute("UPDATE policy SET recorded_change = 0 WHERE id = 1")
        _ = try site.key("tapes/*")
        let second = try site.gateway()
        let last = try site.store.changes(after: 0).last?.id
        #expect(try Patience.holds { try site.store.recordedUpTo() == last })
        second.stop()
        #expect(try recorded() == (try site.store.changes(after: 0)).map { "change:\($0.id)" })
    }

    @Test("A key of checkpoints that lies elsewhere signs, and is the one that the command shows")
    func checkpointKey() throws {
        let site = try TestSite()
        let gateway = try site.serve("  checkpoints: {key_file: elsewhere.key, file: kept.jsonl}")
        gateway.process.signal(SIGTERM)
        #expect(gateway.process.status() == 0)
        let key = try Command.run(["audit", "key", "--config", site.directory.path("nodegate.yaml")])
        try site.directory.write(key.output, to: "shown.pub")
        #expect(!FileManager.default.fileExists(atPath: site.auditPath + ".key"))
        let verify = try Command.run([
            "audit", "verify", "--log", site.auditPath, "--public-key", site.directory.path("shown.pub"),
            "--checkpoints", site.directory.path("kept.jsonl"), "--json",
        ])
        #expect(verify.status == 0, "\(verify.output)")
        #expect(try verify.objects().first?["comparedCheckpoints"] as? Int ?? 0 > 0)
    }

    @Test("A reload is recorded: which settings, from what to what, by whom; exported files are opened anew")
    func reload() throws {
        let site = try TestSite()
        let gateway = try site.serve("  exporters: [{name: lines, target: \"file:export.jsonl\"}]")
        let file = site.directory.path("export.jsonl")
        #expect(Patience.holds { FileManager.default.fileExists(atPath: file) })
        try FileManager.default.moveItem(atPath: file, toPath: file + ".old")
        try site.configure("  exporters: [{name: lines, target: \"file:export.jsonl\"}]\ncookies: pass\n")
        gateway.process.signal(SIGHUP)
        #expect(try Patience.holds { try site.records { $0.kind = .administration }.contains { $0[.detail] == "cookies: drop -> pass" } })
        let record = try #require(try site.records { $0.kind = .administration }.first { $0[.operation] == "setting.change" })
        // Who sent the signal: this test.
        #expect(record[.principal] == "system" && record[.principalName] == Authorship.currentUser(at: 0).actor)
        let process = ProcessInfo.processInfo.processIdentifier
        #expect(
            try site.records { $0.kind = .lifecycle }.last?[.detail]
                == "settings reloaded by SIGHUP of process \(process): 1 changed")
        #expect(Patience.holds { FileManager.default.fileExists(atPath: file) })
        gateway.process.signal(SIGTERM)
        #expect(gateway.process.status() == 0)
    }
}
