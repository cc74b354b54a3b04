import AccessControl
import Foundation
import Redaction
import SQLite
import Testing

@testable import Store

@Suite struct PolicySourceTests {
    private let now: Int64 = 1_790_000_000

    @Test func aChangeIsSeenAndDecidedOn() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        let pepper = try Pepper.load(path: fixture.pepperPath)
        let source = try fixture.source()
        #expect(try source.hasChanged())
        var snapshot = try source.snapshot()
        #expect(snapshot.generation == 0 && snapshot.keys.isEmpty)
        #expect(try !source.hasChanged())

        let made = try store.create(KeyDraft(name: "a", grants: try patterns("pools/*")), by: author())
        let key = made.text.secret
        #expect(try snapshot.reason(.get, "/pools", key: key, pepper, at: now) == .unknownKey)
        #expect(try source.hasChanged())
        #expect(try source.hasChanged())
        snapshot = try source.snapshot()
        #expect(try !source.hasChanged())
        #expect(snapshot.generation == (try store.generation()))
        #expect(try snapshot.reason(.get, "/pools", key: key, pepper, at: now) == .allowed)
        #expect(try snapshot.reason(.get, "/nas_shares", key: key, pepper, at: now) == .missingScope)
        #expect(try snapshot.reason(.get, "/pools", key: key + "x", pepper, at: now) == .unknownKey)

        _ = try store.add(try patterns("*/*"), as: .grant, to: "a", by: author())
        _ = try store.add(try patterns("pools/index"), as: .deny, to: "a", by: author())
        #expect(try source.hasChanged())
        snapshot = try source.snapshot()
        #expect(try snapshot.reason(.get, "/pools", key: key, pepper, at: now) == .deniedScope)
        #expect(try snapshot.reason(.get, "/nas_shares", key: key, pepper, at: now) == .allowed)
        #expect(try snapshot.reason(.post, "/api_keys", key: key, pepper, at: now) == .explicitGrantRequired)
    }

    @Test func expiryAndRevocationHoldFromTheirSecondOn() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        let pepper = try Pepper.load(path: fixture.pepperPath)
        let source = try fixture.source()
        let made = try store.create(
            KeyDraft(name: "a", expires: now + 10, grants: try patterns("pools/index")), by: author())
        let key = made.text.secret
        var snapshot = try source.snapshot()
        #expect(try snapshot.reason(.get, "/pools", key: key, pepper, at: now + 9) == .allowed)
        #expect(try snapshot.reason(.get, "/pools", key: key, pepper, at: now + 10) == .expiredKey)
        _ = try store.setExpiry(nil, of: "a", by: author())
        snapshot = try source.snapshot()
        #expect(try snapshot.reason(.get, "/pools", key: key, pepper, at: .max - 1) == .allowed)
        _ = try store.revoke("a", by: author(at: now + 20))
        snapshot = try source.snapshot()
        #expect(try snapshot.reason(.get, "/pools", key: key, pepper, at: now + 19) == .allowed)
        #expect(try snapshot.reason(.get, "/pools", key: key, pepper, at: now + 20) == .revokedKey)
    }

    @Test func anImportedKeyIsTheClientsOwn() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        let pepper = try Pepper.load(path: fixture.pepperPath)
        _ = try store.importKey("short", KeyDraft(name: "a", grants: try patterns("pools/index")), by: author())
        let snapshot = try fixture.source().snapshot()
        #expect(try snapshot.reason(.get, "/pools", key: "short", pepper, at: now) == .allowed)
    }

    @Test func rulesAskForExactlyTheirScope() throws {
        let rules = ProtectionRules(try RedactionRules.compile(RedactionRule.shipped))
        #expect(rules.applying(Scope("nas_shares/index")) == 0b101011)
        #expect(rules.applying(Scope("pools/show")) == 0b001001)
        // Of an answer that nothing is known of, everything is protected.
        #expect(rules.applying(nil) == 0b111111)
        #expect(rules.unlocked { _ in false } == 0)
        #expect(rules.unlocked { $0 == Scope("nas_shares/get_password") } == 0b100010)
        #expect(rules.unlocked { $0 == Scope("cloud_connectors/get_secret_key") } == 0b011001)
    }

    @Test func theOutboxCursorIsNoChangeOfThePolicy() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        _ = try store.create(KeyDraft(name: "a"), by: author())
        let source = try fixture.source()
        _ = try source.snapshot()
        let count = try source.changeCount()
        try store.markRecorded(upTo: 1)
        #expect(try source.changeCount() != count)
        #expect(try !source.hasChanged())
        _ = try store.revoke("a", by: author())
        #expect(try source.hasChanged())
    }

    @Test func aChangeByHandCountsToo() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        _ = try store.create(KeyDraft(name: "a", grants: try patterns("pools/*")), by: author())
        let source = try fixture.source()
        let before = try source.snapshot().generation
        for sql in [
            "UPDATE keys SET revoked = 5", "DELETE FROM key_scopes",
            "INSERT INTO key_scopes VALUES (1, 'grant', 'a', 'b')", "PRAGMA foreign_keys = ON; DELETE FROM keys",
        ] {
            try fixture.database().execute(sql)
            #expect(try source.hasChanged(), "\(sql)")
            _ = try source.snapshot()
        }
        #expect(try source.snapshot().generation > before)
    }

    @Test func aReaderSeesTheOldStateUntilAWriterHasCommitted() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        _ = try store.create(KeyDraft(name: "a", grants: try patterns("pools/*")), by: author())
        let source = try fixture.source()
        let before = try source.snapshot()
        let writer = try fixture.database()
        try writer.execute("BEGIN IMMEDIATE; UPDATE keys SET revoked = 5; DELETE FROM key_scopes")
        #expect(try !source.hasChanged())
        let meanwhile = try source.snapshot()
        #expect(meanwhile.generation == before.generation)
        #expect(meanwhile.keys == before.keys)
        // Another writer waits no longer than it may, and changes nothing.
        let impatient = try fixture.open()
        try impatient.connection.execute("PRAGMA busy_timeout = 1")
        #expect(throws: StoreError.busy(path: fixture.path)) { try impatient.revoke("a", by: author()) }
        try writer.execute("COMMIT")
        #expect(try source.hasChanged())
        #expect(try source.snapshot().keys.map(\.revoked) == [5])
    }

    @Test func aRefusedChangeLeavesNoTrace() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        _ = try store.create(KeyDraft(name: "a"), by: author())
        let before = try fixture.source().snapshot()
        // The database refuses the last statement of the change: the outbox entry.
        try fixture.database().execute("CREATE TRIGGER stop BEFORE INSERT ON changes BEGIN SELECT RAISE(ABORT, 'no'); END")
        #expect(throws: StoreError.self) { try store.revoke("a", by: author()) }
        #expect(throws: StoreError.self) { try store.create(KeyDraft(name: "b"), by: author()) }
        #expect(throws: StoreError.self) { try store.add(try patterns("a/b"), as: .grant, to: "a", by: author()) }
        let after = try fixture.source().snapshot()
        #expect(after.generation == before.generation && after.keys == before.keys)
    }

    @Test(arguments: [
        ("UPDATE keys SET name = 'two words'", "key 1: its name cannot be one"),
        ("UPDATE keys SET name = '12'", "key 1: its name cannot be one"),
        ("UPDATE keys SET owner_note = char(27)", "key 1: its note cannot be one"),
        ("UPDATE keys SET digest = x'00'", "key 1: its digest is not one"),
        ("UPDATE keys SET digest = zeroblob(32)", "key 1: its digest is not one"),
        ("UPDATE keys SET expires = -1", "key 1: a time of it is negative"),
        ("INSERT INTO key_scopes VALUES (1, 'allow', 'a', 'b')", "key_scopes of key 1: its effect is neither"),
        ("INSERT INTO key_scopes VALUES (1, 'grant', 'A', 'b')", "key_scopes of key 1: a grant of it is no scope"),
        ("INSERT INTO key_scopes VALUES (1, 'deny', '', '*')", "key_scopes of key 1: a deny of it is no scope"),
        ("INSERT INTO key_scopes VALUES (9, 'grant', 'a', 'b')", "key_scopes of key 9: there is no such key"),
        ("DELETE FROM policy", "policy 1: it is missing"),
        ("UPDATE policy SET generation = -5", "policy 1: it has no generation"),
    ])
    func anInvalidRowIsNamedAndNothingIsCompiled(sql: String, reason: String) throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        _ = try store.create(KeyDraft(name: "a", grants: try patterns("pools/*")), by: author())
        let source = try fixture.source()
        _ = try source.snapshot()
        try fixture.database().execute("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; \(sql)")
        #expect { try source.snapshot() } throws: { "\($0)".contains(reason) }
    }

    @Test func afterAnInvalidRowTheNextChangeIsTriedAgain() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        _ = try store.create(KeyDraft(name: "a"), by: author())
        let source = try fixture.source()
        try fixture.database().execute("UPDATE keys SET name = 'two words'")
        #expect(throws: StoreError.self) { try source.snapshot() }
        #expect(try !source.hasChanged())
        try fixture.database().execute("UPDATE keys SET name = 'mended'")
        #expect(try source.hasChanged())
        #expect(try source.snapshot().keys.map(\.name) == ["mended"])
    }

    @Test func aStoreBeyondItsLimitsIsRefusedByAllWhoReadIt() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        func fill(_ table: String, _ columns: String, _ values: String, _ count: Int) throws {
            try fixture.database().execute("""
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
                INSERT INTO \(table) (\(columns)) SELECT \(values) FROM n
                """)
        }
        try fill("keys", "name, owner_note, created, digest", "'k' || i, '', 0, randomblob(32)", StoreLimits.keys)
        let source = try fixture.source()
        #expect(try source.snapshot().keys.count == StoreLimits.keys)
        #expect(throws: StoreError.tooManyKeys(limit: StoreLimits.keys)) {
            try store.create(KeyDraft(name: "a"), by: author())
        }
        try fill("keys", "name, owner_note, created, digest", "'a', '', 0, randomblob(32)", 1)
        #expect(throws: StoreError.tooManyKeys(limit: StoreLimits.keys)) { try source.snapshot() }
        #expect(try !source.hasChanged())
    }

    @Test func aStoreThatWasReplacedIsNoticed() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        let source = try fixture.source()
        _ = try source.snapshot()
        let elsewhere = fixture.path + ".moved"
        try FileManager.default.moveItem(atPath: fixture.path, toPath: elsewhere)
        #expect(throws: StoreError.replaced(path: fixture.path)) { try source.hasChanged() }
        #expect(throws: StoreError.replaced(path: fixture.path)) { try source.snapshot() }
        try FileManager.default.moveItem(atPath: elsewhere, toPath: fixture.path)
        #expect(try !source.hasChanged())
        withExtendedLifetime(store) {}
    }
}
