import AuditTrail
import Foundation
import GatewayTesting
import NodeumSimulator
import Store
import Testing

@Suite("Keys and scopes change in the running gateway")
struct PolicyTests {
    /// As soon as it may take: the gateway looks at its store every 10 ms here, at most every second anywhere.
    private func becomes(_ status: Int, _ ask: () throws -> Answer) throws -> Answer? {
        var last: Answer?
        let isSo = try Patience.holds {
            last = try ask()
            return last?.status == status
        }
        return isSo ? last : nil
    }

    @Test("Created, granted, denied, expired, revoked: each counts soon, on connections that are open too")
    func changes() throws {
        let site = try TestSite()
        let gateway = try site.gateway()
        let key = try site.key()
        let name = site.lastKeyName
        let client = try gateway.client()
        let ask = {
            client.send(Request("GET", "/pools/1", key: key).bytes)
            return client.answer()
        }
        let scope = try site.patterns(["pools/show"])
        #expect(try becomes(403, ask)?.code == "missing_scope")
        _ = try site.store.add(scope, as: .grant, to: name, by: TestSite.author)
        let granted = try #require(try becomes(200, ask))
        #expect(try site.records(of: granted).map { UInt64($0[.generation]) } == [try site.store.generation()])
        _ = try site.store.add(scope, as: .deny, to: name, by: TestSite.author)
        #expect(try becomes(403, ask)?.code == "denied_scope")
        _ = try site.store.remove(scope, as: .deny, from: name, by: TestSite.author)
        #expect(try becomes(200, ask) != nil)
        _ = try site.store.setExpiry(1_700_000_000, of: name, by: TestSite.author)
        let expired = try #require(try becomes(401, ask))
        #expect(try site.records(of: expired).first?.reason == "expired_key")
        _ = try site.store.setExpiry(nil, of: name, by: TestSite.author)
        #expect(try becomes(200, ask) != nil)
        _ = try site.store.revoke(name, by: TestSite.author)
        let revoked = try #require(try becomes(401, ask))
        #expect(try site.records(of: revoked).first?.reason == "revoked_key")
        #expect(try site.records(of: revoked).first?[.principalName] == name)
    }

    @Test("A key ends by time alone")
    func expiry() throws {
        let site = try TestSite()
        let key = try site.key(granted: ["pools/*"], expires: Int64(Date().timeIntervalSince1970) + 2)
        let gateway = try site.gateway()
        #expect(try gateway.ask("GET", "/pools/1", key: key).status == 200)
        let generation = try site.store.generation()
        #expect(try becomes(401) { try gateway.ask("GET", "/pools/1", key: key) }?.code == "unknown_key")
        #expect(try site.store.generation() == generation)
    }

    @Test("get_secret_key granted and taken away")
    func explicitScope() throws {
        let site = try TestSite()
        let key = try site.key("cloud_connectors/*")
        let name = site.lastKeyName
        let gateway = try site.gateway()
        let isMasked = { try gateway.ask("GET", "/cloud_connectors/1", key: key).text.contains("[censored]") }
        #expect(try isMasked())
        let scope = try site.patterns(["cloud_connectors/get_secret_key"])
        _ = try site.store.add(scope, as: .grant, to: name, by: TestSite.author)
        #expect(try Patience.holds { try !isMasked() })
        _ = try site.store.remove(scope, as: .grant, from: name, by: TestSite.author)
        #expect(try Patience.holds { try isMasked() })
    }

    @Test("What administrators change is in the audit log once, also across restarts")
    func administration() throws {
        let site = try TestSite()
        _ = try site.key("pools/*")
        // Beside them the gateway records what it was configured with.
        let recorded = { try site.records { $0.kind = .administration }.filter { $0[.detail].hasPrefix("key.") } }
        let first = try site.gateway()
        #expect(try Patience.holds { try recorded().count == 2 })
        _ = try site.store.revoke(site.lastKeyName, by: TestSite.author)
        #expect(try Patience.holds { try recorded().count == 3 })
        first.stop()
        _ = try site.store.setExpiry(1_800_000_000, of: site.lastKeyName, by: TestSite.author)
        let second = try site.gateway()
        #expect(try Patience.holds { try recorded().count == 4 })
        try second.follow()
        second.stop()
        let details = try recorded().map { $0[.detail] }
        #expect(details.count == 4)
        for (detail, what) in zip(details, ["key.create key1", "key.grant key1", "key.revoke key1", "key.expire key1"]) {
            #expect(detail.hasPrefix(what), "\(detail)")
        }
        #expect(try recorded().allSatisfy { $0[.principalName] == "tester(7)" && $0[.principal] == "system" })
        let life = try site.records { $0.kind = .lifecycle }.map { $0[.detail].split(separator: " ")[0] }
        #expect(life == ["started", "stopped", "started", "stopped"])
    }
}
