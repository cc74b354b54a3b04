import AccessControl
import Foundation
import GatewayTesting
import SQLite
import Testing

@testable import Store

/// Stores that processes of their own change, at once and until they are killed.
@Suite(.serialized) struct StoreProcessTests {
    @Test(arguments: [1, 4, 15, 60])
    func nothingAcknowledgedIsLostAndNothingIsHalfDoneWhenTheProcessIsKilled(afterKeys count: Int) throws {
        let fixture = try TestStore()
        var names: Set<String> = []
        // Twice: the second process opens what the first left behind.
        for round in 0..<2 {
            let process = try LoadProgram("StoreLoad", "write", fixture.path, "r\(round)")
            for _ in 0..<count { names.insert(try #require(process.line())) }
            process.kill()
            while let line = process.line() { names.insert(line) }

            let check = try fixture.database().prepare("PRAGMA integrity_check")
            #expect(try check.step())
            #expect(check.text(0) == "ok")
            let keys = try fixture.open().keys()
            #expect(Set(keys.map(\.name)).isSuperset(of: names))
            for key in keys {
                // Each change is whole: a key has all its grants or does not exist.
                #expect(Set(key.grants) == Set(try patterns("nas/*", "pools/show")))
                #expect(key.denials.isEmpty || key.denials.map(\.description) == ["*/destroy"])
                if names.contains(key.name) { #expect(key.revoked != nil && !key.denials.isEmpty) }
            }
            try expectOutboxAgrees(fixture)
        }
    }

    @Test func severalProcessesMakeAndFillOneStoreTogether() throws {
        let fixture = try TestStore()
        // No store and no pepper yet: all of them race for both.
        let processes = try (0..<4).map { try LoadProgram("StoreLoad", "create", fixture.path, "p\($0)", "12") }
        for process in processes {
            var lines: [String] = []
            while let line = process.line() { lines.append(line) }
            #expect(lines.count == 12, "\(lines.last ?? "")")
        }
        let keys = try fixture.open().keys()
        #expect(keys.count == 48)
        #expect(keys.map(\.id) == Array(1...48))
        #expect(Set(keys.map(\.name)).count == 48)
        try expectOutboxAgrees(fixture)
        #expect(try fixture.source().snapshot().keys.count == 48)
    }

    /// Every change of a row counted the generation once, and every change is in the outbox once.
    private func expectOutboxAgrees(_ fixture: TestStore) throws {
        let store = try fixture.open()
        var changes: [StoreChange] = []
        while true {
            let page = try store.changes(after: changes.last?.id ?? 0)
            guard !page.isEmpty else { break }
            changes += page
        }
        #expect(changes.map(\.id) == Array(1...Int64(changes.count)))
        #expect(try store.generation() == UInt64(changes.count))
        let keys = try store.keys()
        #expect(changes.filter { $0.what == "key.create" }.map(\.keyName).sorted() == keys.map(\.name).sorted())
        #expect(changes.filter { $0.what == "key.revoke" }.count == keys.filter { $0.revoked != nil }.count)
        #expect(changes.filter { $0.what == "key.grant" }.count == keys.map(\.grants.count).reduce(0, +))
    }
}
