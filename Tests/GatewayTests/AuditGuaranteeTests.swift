import AuditTrail
import Foundation
import GatewayTesting
import NodeumSimulator
import SQLite
import Synchronization
import Testing

@Suite("No answer without its record, no change without its intent")
struct AuditGuaranteeTests {
    @Test("A full disk: 503 audit_unavailable, no change reaches the appliance; room again: service again")
    func fullDisk() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway()
        #expect(try gateway.ask("PUT", "/pools/1", key: key, body: "{}").status == 200)
        gateway.server.limitAuditStorage(bytes: 1)
        // Until the pages that the file has already are full.
        #expect(try Patience.holds { try gateway.ask("PUT", "/pools/1", key: key, body: "{}").status == 503 })
        let ran = site.appliance.appliance.observations.count
        let client = try gateway.client()
        client.send(Request("PUT", "/pools/1", key: key, body: "{}").bytes)
        let answer = client.answer()
        #expect(answer.status == 503 && answer.code == "audit_unavailable" && answer.field("Retry-After") == "1")
        // A read needs a record as well; what is refused anyway is refused as ever, and recorded on the reserve.
        let read = try gateway.ask("GET", "/pools/1", key: key)
        #expect(read.code == "audit_unavailable" && !read.text.contains("pool-1"))
        let refused = try gateway.ask("GET", "/tapes", key: key)
        #expect(refused.code == "missing_scope")
        #expect(site.appliance.appliance.observations.count == ran)
        for answer in [answer, read, refused] {
            #expect(try site.records(of: answer).map(\.reason) == [answer.code])
        }
        #expect(Patience.holds { site.log.text.contains("is full: requests are refused with 503") })
        gateway.server.limitAuditStorage(bytes: nil)
        #expect(try Patience.holds { try gateway.ask("PUT", "/pools/1", key: key, body: "{}").status == 200 })
        gateway.stop()
        #expect(try AuditVerifier.verify(path: site.auditPath).isIntact)
        let intents = Set(try site.records { $0.kind = .intent }.map(\.exchange))
        #expect(changes(of: site).isSubset(of: intents))
    }

    /// Ids of the state changes that the appliance ran.
    private func changes(of site: TestSite) -> Set<String> {
        Set(site.appliance.appliance.observations.filter { $0.ran && $0.method != "GET" }.flatMap { $0.values("X-Request-ID") })
    }

    @Test("kill -9 under load, again and again: every answer has its outcome, every change its intent, the chain holds")
    func killed() throws {
        let site = try TestSite { $0.limits.observations = 1_000_000 }
        let key = try site.key("pools/*")
        var answered: Set<String> = []
        for round in 1...12 {
            let gateway = try site.serve()
            let load = Load(port: gateway.port, key: key)
            load.start(clients: 6)
            // Each round at another moment of the load.
            let moment = Int.random(in: 1...250)
            #expect(Patience.holds { load.answered.count >= moment })
            gateway.process.signal(SIGKILL)
            _ = gateway.process.status()
            load.wait()
            #expect(load.wrong == [])
            answered.formUnion(load.answered)
            let verification = try AuditVerifier.verify(path: site.auditPath)
            #expect(verification.isIntact, "\(verification.breaks)")
            let outcomes = Set(try site.records { $0.kind = .outcome }.map(\.exchange))
            let intents = Set(try site.records { $0.kind = .intent }.map(\.exchange))
            #expect(answered.subtracting(outcomes) == [], "round \(round), after \(moment) answers")
            #expect(changes(of: site).subtracting(intents) == [], "round \(round), after \(moment) answers")
            let check = try Database(path: site.auditPath, access: .readOnly).prepare("PRAGMA integrity_check")
            #expect(try check.step() && check.text(0) == "ok")
        }
        #expect(answered.count > 400)
        #expect(changes(of: site).count > 100)
    }

    @Test("Requests that are none, or that nobody may make, are recorded with what is known of them")
    func refusals() throws {
        let site = try TestSite()
        let key = try site.key("pools/index")
        let gateway = try site.gateway()
        for (target, reason, path) in [
            ("/api/v2/pools/../users", "ambiguous_target", ""), ("/api/v2/pools/", "trailing_slash", ""),
            ("/other", "outside_api", ""), ("/api/v2/unknown/7", "unknown_operation", "/api/v2/unknown/7"),
            ("/api/v2/pools?api_key=x", "credential_in_target", ""), ("/api/v2/pools/1.xml", "unsupported_format", ""),
            ("/api/v2/tapes/1", "missing_scope", "/api/v2/tapes/1"),
        ] {
            let client = try gateway.client()
            client.send("GET \(target) HTTP/1.1\r\nHost: a\r\nUser-Agent: probe/1\r\nAuthorization: Bearer \(key)\r\n\r\n")
            let answer = client.answer()
            #expect(answer.code == reason, "\(target): \(answer.text)")
            let record = try #require(try site.records(of: answer).first)
            #expect(record.reason == reason && record.status == answer.status)
            #expect(record[.decision] == "deny" && record[.client] == "127.0.0.1" && record[.method] == "GET")
            #expect(record[.userAgent] == "probe/1" && record[.clientPort] != 0)
            if !path.isEmpty { #expect(record[.path] == path) }
        }
        #expect(site.appliance.acceptedCount == 0)
    }
}

/// Clients that ask without a pause until the gateway is gone, and keep the id of every answer that reached them.
final class Load: Sendable {
    private struct Seen {
        var answered: Set<String> = []
        var wrong: [Int] = []
    }

    private let port: UInt16
    private let key: String
    private let seen = Mutex(Seen())
    private let running = DispatchGroup()

    init(port: UInt16, key: String) {
        self.port = port
        self.key = key
    }

    var answered: Set<String> { seen.withLock(\.answered) }
    var wrong: [Int] { seen.withLock(\.wrong) }

    func start(clients: Int) {
        for number in 0..<clients {
            running.enter()
            Thread.detachNewThread { [self] in
                run(number)
                running.leave()
            }
        }
    }

    func wait() { running.wait() }

    private func run(_ number: Int) {
        guard let client = try? RawClient(port: port) else { return }
        var turn = number
        while true {
            turn += 1
            let request = switch turn % 3 {
            case 0: Request("POST", "/pools", key: key, body: #"{"name":"n"}"#)
            case 1: Request("GET", "/pools/\(turn)", key: key)
            default: Request("DELETE", "/tapes/1", key: key)
            }
            guard client.send(request.bytes) else { return }
            // As soon as any byte of an answer is here, its record must be stored.
            let answer = client.head()
            guard answer.status != 0 else { return }
            seen.withLock { seen in
                seen.answered.insert(answer.exchange)
                if ![200, 201, 403].contains(answer.status) { seen.wrong.append(answer.status) }
            }
            guard client.receive(Int(answer.field("Content-Length") ?? "") ?? 0).count > 0 else { return }
        }
    }
}
