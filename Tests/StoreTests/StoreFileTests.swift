import AccessControl
import Foundation
import SQLite
import Testing

@testable import Store

@Suite struct StoreFileTests {
    @Test func theFilesAreForTheirOwnerOnly() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        _ = try store.create(KeyDraft(name: "a"), by: author())
        for suffix in ["", "-wal", "-shm", ".pepper"] {
            #expect(try fixture.mode(fixture.path + suffix) == 0o600, "\(suffix)")
        }
    }

    @Test(arguments: [0o620, 0o602, 0o666])
    func aFileThatOthersMayWriteIsRefused(mode: Int) throws {
        let fixture = try TestStore()
        _ = try fixture.open()
        try fixture.setMode(mode, fixture.path)
        let expected = StoreError.insecure(path: fixture.path, mode: UInt32(mode))
        #expect(throws: expected) { try fixture.open() }
        #expect(throws: expected) { try fixture.source() }
    }

    @Test func whatIsNoStoreIsRefusedAndUntouched() throws {
        let fixture = try TestStore()
        let pepper = try Pepper.create(path: fixture.pepperPath)
        for sql in ["CREATE TABLE something (x)", "PRAGMA user_version = 1", "PRAGMA application_id = 77"] {
            try? FileManager.default.removeItem(atPath: fixture.path)
            try fixture.database(.create).execute(sql)
            try fixture.setMode(0o600, fixture.path)
            #expect(throws: StoreError.notAStore(path: fixture.path)) { try fixture.open() }
            #expect(throws: StoreError.notAStore(path: fixture.path)) { try fixture.source() }
            #expect(try fixture.database(.readOnly).integer("SELECT count(*) FROM sqlite_schema WHERE name = 'keys'") == 0)
        }
        try Data(repeating: 0x41, count: 8_192).write(to: URL(fileURLWithPath: fixture.path))
        try fixture.setMode(0o600, fixture.path)
        #expect { try KeyStore(path: fixture.path, pepper: pepper) } throws: { error in
            if case .damaged = error as? StoreError { true } else { false }
        }
    }

    @Test func anOlderStoreKeepsItsKeysAndGetsTheRest() throws {
        let fixture = try TestStore()
        let pepper = try Pepper.create(path: fixture.pepperPath)
        // Version 1, as the first step alone made it.
        let old = try fixture.database(.create)
        try old.execute(StoreSchema.steps[0] + "; PRAGMA user_version = 1")
        let policy = try old.prepare("INSERT INTO policy (id, generation, pepper_check) VALUES (1, 40, ?)")
        policy.bind(1, blob: try pepper.check().bytes.span)
        try policy.run()
        let key = try old.prepare("INSERT INTO keys (name, owner_note, created, digest) VALUES ('old', '', 3, ?)")
        key.bind(1, blob: try pepper.digest(ofKey: Array("old-key".utf8).span).digest256.bytes.span)
        try key.run()
        try old.execute("INSERT INTO key_scopes VALUES (1, 'grant', 'pools', 'index')")
        try fixture.setMode(0o600, fixture.path)
        // A reader does not migrate, and says who does.
        #expect(throws: StoreError.olderSchema(path: fixture.path, found: 1, known: StoreSchema.version)) { try fixture.source() }

        let store = try fixture.open()
        #expect(try old.integer("PRAGMA user_version") == StoreSchema.version)
        #expect(try store.keys() == [APIKey(id: 1, name: "old", created: 3, grants: try patterns("pools/index"))])
        #expect(try store.generation() == 42)
        #expect(try store.changes(after: 0).isEmpty)
        _ = try store.revoke("old", by: author())
        #expect(try store.changes(after: 0).map(\.what) == ["key.revoke"])
        let snapshot = try fixture.source().snapshot()
        #expect(try snapshot.reason(.get, "/pools", key: "old-key", pepper, at: 5) == .allowed)
        // Opening once more has nothing to do.
        #expect(try fixture.open().generation() == 43)
    }

    @Test func aStoreOfTheSecondVersionGetsObservation() throws {
        let fixture = try TestStore()
        let pepper = try Pepper.create(path: fixture.pepperPath)
        let old = try fixture.database(.create)
        try old.execute(StoreSchema.steps[0] + StoreSchema.steps[1] + "; PRAGMA user_version = 2")
        let policy = try old.prepare("INSERT INTO policy (id, generation, pepper_check, recorded_change) VALUES (1, 7, ?, 1)")
        policy.bind(1, blob: try pepper.check().bytes.span)
        try policy.run()
        for (name, key) in [("a", "key-a"), ("b", "key-b")] {
            let row = try old.prepare("INSERT INTO keys (name, owner_note, created, digest) VALUES ('\(name)', '', 3, ?)")
            row.bind(1, blob: try pepper.digest(ofKey: Array(key.utf8).span).digest256.bytes.span)
            try row.run()
        }
        try old.execute("INSERT INTO changes VALUES (1, 5, 'x(1)', 'key.create', 1, 'a', '', '')")
        try fixture.setMode(0o600, fixture.path)
        #expect(throws: StoreError.olderSchema(path: fixture.path, found: 2, known: StoreSchema.version)) { try fixture.source() }

        let store = try fixture.open()
        #expect(try old.integer("PRAGMA user_version") == StoreSchema.version)
        // Nobody is observed who was not asked for, and nothing else is touched.
        #expect(try store.keys().map(\.isObserved) == [false, false])
        #expect(try store.generation() == 9)
        #expect(try store.changes(after: 0).map(\.what) == ["key.create"])
        let source = try fixture.source()
        #expect(try source.snapshot().reason(.get, "/pools", key: "key-a", pepper, at: 5) == .missingScope)
        #expect(try store.setObserved(true, of: "a", by: author()).changed)
        #expect(try !store.setObserved(true, of: "a", by: author()).changed)
        #expect(try store.generation() == 10)
        #expect(try store.keys().map(\.isObserved) == [true, false])
        let snapshot = try source.snapshot()
        #expect(try snapshot.reason(.get, "/pools", key: "key-a", pepper, at: 5) == .allowed)
        #expect(try snapshot.reason(.get, "/pools", key: "key-b", pepper, at: 5) == .missingScope)
        // Never what needs a grant of exactly its scope.
        #expect(try snapshot.reason(.post, "/api_keys", key: "key-a", pepper, at: 5) == .explicitGrantRequired)
        // Nothing but yes and no.
        #expect(throws: (any Error).self) { try old.execute("UPDATE keys SET observed = 2") }
    }

    @Test func aStoreOfTheThirdVersionGetsCredentialsAndCertificates() throws {
        let fixture = try TestStore()
        let pepper = try Pepper.create(path: fixture.pepperPath)
        let old = try fixture.database(.create)
        try old.execute(StoreSchema.steps[0] + StoreSchema.steps[1] + StoreSchema.steps[2] + "; PRAGMA user_version = 3")
        let policy = try old.prepare("INSERT INTO policy (id, generation, pepper_check) VALUES (1, 7, ?)")
        policy.bind(1, blob: try pepper.check().bytes.span)
        try policy.run()
        let row = try old.prepare(
            "INSERT INTO keys (name, owner_note, created, digest, observed) VALUES ('a', '', 3, ?, 1)")
        row.bind(1, blob: try pepper.digest(ofKey: Array("key-a".utf8).span).digest256.bytes.span)
        try row.run()
        try fixture.setMode(0o600, fixture.path)
        #expect(throws: StoreError.olderSchema(path: fixture.path, found: 3, known: StoreSchema.version)) { try fixture.source() }

        let store = try fixture.open()
        #expect(try old.integer("PRAGMA user_version") == StoreSchema.version)
        #expect(try store.keys() == [APIKey(id: 1, name: "a", created: 3, isObserved: true)])
        #expect(try store.sealedCredentials().isEmpty)
        #expect(try store.generation() == 8)
        // A credential is counted as any change of a key is, also one by hand.
        try old.execute("INSERT INTO key_credentials VALUES (1, zeroblob(40))")
        try old.execute("UPDATE key_credentials SET sealed = zeroblob(41)")
        try old.execute("DELETE FROM key_credentials")
        #expect(try store.generation() == 11)
        for sql in ["INSERT INTO key_credentials VALUES (1, zeroblob(33))", "INSERT INTO key_credentials VALUES (1, zeroblob(8193))",
                    "INSERT INTO key_credentials VALUES (1, NULL)"] {
            #expect(throws: (any Error).self) { try old.execute(sql) }
        }
    }

    @Test func aMigrationThatFailsLeavesTheOldStore() throws {
        let fixture = try TestStore()
        let pepper = try Pepper.create(path: fixture.pepperPath)
        let old = try fixture.database(.create)
        try old.execute(StoreSchema.steps[0] + "; PRAGMA user_version = 1")
        // Something is in the way of the second step.
        try old.execute("CREATE TABLE changes_update (x); CREATE TABLE changes (id)")
        try fixture.setMode(0o600, fixture.path)
        #expect(throws: StoreError.self) { try KeyStore(path: fixture.path, pepper: pepper) }
        #expect(try old.integer("PRAGMA user_version") == 1)
        #expect(try old.integer("SELECT count(*) FROM pragma_table_info('policy') WHERE name = 'recorded_change'") == 0)
    }

    @Test func aNewerStoreIsRefusedAlsoByARunningGateway() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        let source = try fixture.source()
        _ = try source.snapshot()
        try fixture.database().execute("PRAGMA user_version = 99")
        let expected = StoreError.newerSchema(path: fixture.path, found: 99, known: StoreSchema.version)
        #expect(throws: expected) { try fixture.open() }
        #expect(throws: expected) { try fixture.source() }
        #expect(throws: expected) { try source.snapshot() }
        withExtendedLifetime(store) {}
    }

    @Test func aMissingFolderOrFileIsNamed() throws {
        let fixture = try TestStore()
        let pepper = try Pepper.create(path: fixture.pepperPath)
        let nowhere = fixture.directory.appendingPathComponent("no/such/keys.db").path
        #expect(throws: StoreError.cannotOpen(path: nowhere, "No such file or directory")) {
            try KeyStore(path: nowhere, pepper: pepper)
        }
        #expect(throws: StoreError.cannotOpen(path: fixture.path, "there is no such file")) {
            try PolicySource(path: fixture.path, pepper: pepper)
        }
        #expect(!FileManager.default.fileExists(atPath: fixture.path))
    }

    @Test func anEmptyFileBecomesAStore() throws {
        let fixture = try TestStore()
        try Data().write(to: URL(fileURLWithPath: fixture.path))
        try fixture.setMode(0o600, fixture.path)
        #expect(try fixture.open().keys().isEmpty)
    }
}
