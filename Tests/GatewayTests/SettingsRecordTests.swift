import AuditTrail
import Foundation
import GatewayTesting
import Store
import Testing

@testable import Gateway

/// What the log says of the gateway's own settings, over real processes.
@Suite("Settings in the audit log: what was changed, by whom, and what was refused")
struct SettingsRecordTests {
    private let site: TestSite
    private let me = Authorship.currentUser(at: 0).actor

    init() throws { site = try TestSite() }

    private func stop(_ gateway: ServedGateway) {
        gateway.process.signal(SIGTERM)
        #expect(gateway.process.status() == 0, "\(gateway.process.errorText)")
    }

    private func start(_ more: String = "") throws { stop(try site.serve(more)) }

    /// Details of administration records with this operation.
    private func details(_ operation: String) throws -> [String] {
        try site.records { $0.kind = .administration }.filter { $0[.operation] == operation }.map { $0[.detail] }
    }

    @Test("The first start records what is not a default; the next ones what is different, and nothing else")
    func restart() throws {
        try start("cookies: pass\n")
        let initial = try details("setting.initial")
        #expect(initial.contains("cookies: drop -> pass"))
        #expect(initial.contains("lanes: 0 -> 2"))
        #expect(!initial.contains { $0.hasPrefix("audit.durability") })
        #expect(try details("setting.change") == [] && details("settings.unknown") == [])
        try start("cookies: pass\n")
        #expect(try details("setting.change") == [] && details("setting.initial") == initial)
        try start("  retention_age: 90d\ncookies: drop\n")
        #expect(try details("setting.change") == ["audit.retention_age: none -> 90d", "cookies: pass -> drop"])
        let record = try #require(try site.records { $0.kind = .administration }.last { $0[.operation] == "setting.change" })
        #expect(record[.principal] == "system" && record[.principalName] == me)
        // One for each start, and it names what was in force.
        let effective = try details("settings.effective")
        #expect(effective.count == 3 && effective[0] == effective[1] && effective[1] != effective[2])
        #expect(effective[0].wholeMatch(of: #/\d+ settings and 212 operations, SHA-256 [0-9a-f]{64}/#) != nil)
        #expect(try AuditVerifier.verify(path: site.auditPath).isIntact)
    }

    @Test("A change by a reload is not told again at the next start; what waits for the restart says so")
    func reloadAndRestart() throws {
        let gateway = try site.serve()
        try site.configure("  retention_age: 90d\ncookies: pass\n")
        gateway.process.signal(SIGHUP)
        #expect(try Patience.holds { try details("settings.effective").count == 2 })
        stop(gateway)
        let changes = ["audit.retention_age: none -> 90d (after the next start)", "cookies: drop -> pass"]
        #expect(try details("setting.change") == changes)
        try start("  retention_age: 90d\ncookies: pass\n")
        #expect(try details("setting.change") == changes)
    }

    @Test("Other scopes of operations are recorded, one by one")
    func operations() throws {
        try start()
        let shipped = try String(contentsOf: Command.root.appendingPathComponent("config/operations.csv"), encoding: .utf8)
        try site.directory.write(shipped.replacing("index_pools,pools,index,", with: "index_pools,pools,show,"), to: "operations.csv")
        let changed = shipped.replacing("index_pools,pools,index,", with: "index_pools,pools,show,") != shipped
        try #require(changed)
        let configuration = try site.configure()
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        let table = Command.root.appendingPathComponent("config/operations.csv").path
        try site.directory.write(text.replacing(table, with: "operations.csv"), to: "nodegate.yaml")
        stop(try ServedGateway(site, configuration: configuration))
        #expect(try details("operation.change").contains("GET /pools: pools/index -> pools/show"))
        #expect(try details("setting.change").count == 1)
    }

    @Test("A file of settings that was changed is not believed", arguments: ["gone", "edited", "older"])
    func ledger(how: String) throws {
        let ledger = AuditLayout(path: site.auditPath).settings
        try start("cookies: pass\n")
        let first = try String(contentsOfFile: ledger, encoding: .utf8)
        try start()
        let second = try String(contentsOfFile: ledger, encoding: .utf8)
        switch how {
        case "gone": try FileManager.default.removeItem(atPath: ledger)
        // As if nothing had been changed since.
        case "edited": try second.replacing("cookies\tdrop", with: "cookies\tpass").write(toFile: ledger, atomically: true, encoding: .utf8)
        default: try first.write(toFile: ledger, atomically: true, encoding: .utf8)
        }
        try start("cookies: pass\n")
        let last = try details("setting.change").last
        if how == "older" {
            // What was in force once, by the log's own word; the start in between has records of its own.
            #expect(try details("settings.unknown") == [] && last == "cookies: pass -> drop")
        } else {
            #expect(try details("settings.unknown").count == 1)
            #expect(try details("setting.initial").suffix(40).contains("cookies: drop -> pass"))
        }
    }

    @Test("A refused reload is recorded, with who and why; the old settings stay", arguments: [
        ("cookies: maybe\n", "cookies"), ("nonsense: 1\n", "nonsense"), ("\t- :", "nodegate.yaml"),
    ])
    func refusedReload(more: String, word: String) throws {
        let key = try site.key("pools/*")
        let gateway = try site.serve()
        try site.configure(more)
        gateway.process.signal(SIGHUP)
        #expect(try Patience.holds { try details("settings.refused").count == 1 })
        let record = try #require(try site.records { $0.kind = .administration }.last { $0[.operation] == "settings.refused" })
        #expect(record[.principal] == "system" && record[.principalName] == me)
        let process = ProcessInfo.processInfo.processIdentifier
        #expect(record[.detail].hasPrefix("settings of a reload by SIGHUP of process \(process) were refused: "))
        #expect(record[.detail].contains(word), "\(record[.detail])")
        #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
        stop(gateway)
        #expect(try details("setting.change") == [])
    }

    @Test("So is one that fails at the gateway itself")
    func refusedListener() throws {
        let gateway = try site.gateway()
        #expect(throws: GatewayError.self) {
            _ = try gateway.server.reload(try site.plan { $0.listeners[0].address = "127.0.0.1:\(site.appliance.port)" })
        }
        gateway.stop()
        let detail = try #require(try details("settings.refused").first)
        #expect(detail.contains("by the gateway itself") && detail.contains("is in use"), "\(detail)")
    }

    @Test("Another key of checkpoints is recorded, and its public half kept beside the old one")
    func checkpointKey() throws {
        let layout = AuditLayout(path: site.auditPath)
        try start()
        let first = try String(contentsOfFile: layout.publicKey, encoding: .utf8)
        try start("  checkpoints: {key_file: other.key}\n")
        let both = try String(contentsOfFile: layout.publicKey, encoding: .utf8)
        #expect(both.hasPrefix(first) && both.count == 2 * first.count)
        let change = try #require(try details("checkpoint_key.change").first)
        #expect(change.wholeMatch(of: #/the key that signs checkpoints: [0-9a-f]{16} -> [0-9a-f]{16}/#) != nil)
        try start("  checkpoints: {key_file: other.key}\n")
        #expect(try details("checkpoint_key.change").count == 1)
        #expect(try String(contentsOfFile: layout.publicKey, encoding: .utf8) == both)
        // With both keys all is well; with the first alone what the other signed is not.
        #expect(try Command.run("audit", "verify", "--log", site.auditPath).status == 0)
        try site.directory.write(first, to: "first.pub")
        let verify = try Command.run(
            "audit", "verify", "--log", site.auditPath, "--public-key", site.directory.path("first.pub"))
        #expect(verify.status == 1 && verify.output.contains("is not signed by this key"), "\(verify.output)")
    }

    @Test("No secret of the configuration is in any file of the log")
    func secrets() throws {
        try site.directory.write("Bearer very-secret-token-of-the-siem", to: "siem.token")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: site.directory.path("siem.token"))
        try start("""
              exporters:
                - {name: siem, target: "https://127.0.0.1:1/in", authorization_file: siem.token}
            """)
        for (name, bytes) in try site.everythingWritten() where name != "siem.token" {
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(!text.contains("very-secret") && !text.contains(TestSite.applianceKey), "\(name)")
        }
    }

    @Test("A long text takes several records, and none of it is lost")
    func parts() {
        let text = String((0..<3_000).map { Character(UnicodeScalar(UInt8(0x21 + $0 % 90))) })
        let parts = AdministrationRecords.parts(text, limit: 512)
        #expect(parts.count > 5)
        let joined = parts.enumerated().map { number, part in
            #expect(part.hasPrefix("(\(number + 1) of \(parts.count)) "))
            // A backslash is written twice.
            #expect(part.utf8.count + part.filter { $0 == "\\" }.count <= 512)
            return part.drop { $0 != ")" }.dropFirst(2)
        }.joined()
        #expect(joined == text)
        #expect(AdministrationRecords.parts("short", limit: 512) == ["short"])
        #expect(AdministrationRecords.parts("", limit: 512) == [""])
        #expect(AdministrationRecords.parts(String(repeating: "x", count: 1 << 20), limit: 512).count == 64)
    }
}
