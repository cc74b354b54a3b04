import AccessControl
import Cryptography
import Foundation
import Testing

@testable import Store

@Suite struct KeyStoreTests {
    @Test func aKeyIsMadeAndFoundByIDAndName() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        let draft = KeyDraft(
            name: "reporting", ownerNote: "Alice, BI – 4th floor", expires: 1_800_000_000,
            grants: try patterns("nas_shares/*", "nas_shares/get_password"), denials: try patterns("*/destroy"))
        let made = try store.create(draft, by: author())
        #expect(made.key == APIKey(
            id: 1, name: "reporting", ownerNote: "Alice, BI – 4th floor", created: 1_790_000_000,
            expires: 1_800_000_000, grants: try patterns("nas_shares/*", "nas_shares/get_password"),
            denials: try patterns("*/destroy")))
        #expect(try store.find("1") == made.key)
        #expect(try store.find("reporting") == made.key)
        #expect(try store.keys() == [made.key])
        // Another process sees the same.
        #expect(try fixture.open().keys() == [made.key])
        #expect(try store.create(KeyDraft(name: "second"), by: author()).key.id == 2)
    }

    @Test func namesAndNotesThatCannotBeAreRefusedAndLeaveNothing() throws {
        let store = try TestStore().open()
        _ = try store.create(KeyDraft(name: "taken"), by: author())
        let generation = try store.generation()
        #expect(throws: StoreError.nameTaken("taken", id: 1)) { try store.create(KeyDraft(name: "taken"), by: author()) }
        #expect(throws: StoreError.invalidName("12")) { try store.create(KeyDraft(name: "12"), by: author()) }
        #expect(throws: StoreError.invalidNote) {
            try store.create(KeyDraft(name: "a", ownerNote: "red\u{1B}[31m"), by: author())
        }
        #expect(throws: StoreError.invalidNote) {
            try store.create(KeyDraft(name: "a", ownerNote: String(repeating: "x", count: 257)), by: author())
        }
        #expect(try store.generation() == generation)
        #expect(try store.keys().count == 1)
        #expect(try store.changes(after: 0).count == 1)
    }

    @Test func grantsAndDenialsComeAndGo() throws {
        let store = try TestStore().open()
        _ = try store.create(KeyDraft(name: "a", grants: try patterns("pools/*")), by: author())
        var generation = try store.generation()
        func expectChange(_ expected: Bool) throws {
            let now = try store.generation()
            #expect((now > generation) == expected)
            generation = now
        }
        var result = try store.add(try patterns("pools/*", "nas/index"), as: .grant, to: "a", by: author())
        #expect(result.changed == (try patterns("nas/index")))
        #expect(Set(result.key.grants) == Set(try patterns("pools/*", "nas/index")))
        try expectChange(true)
        result = try store.add(try patterns("nas/index"), as: .grant, to: "1", by: author())
        #expect(result.changed.isEmpty)
        try expectChange(false)
        result = try store.add(try patterns("nas/index"), as: .deny, to: "a", by: author())
        #expect(result.key.denials == (try patterns("nas/index")))
        try expectChange(true)
        result = try store.remove(try patterns("nas/index", "x/y"), as: .grant, from: "a", by: author())
        #expect(result.changed == (try patterns("nas/index")))
        #expect(result.key.grants == (try patterns("pools/*")))
        #expect(result.key.denials == (try patterns("nas/index")))
        try expectChange(true)
        result = try store.remove(try patterns("nas/index"), as: .deny, from: "a", by: author())
        #expect(result.key.denials.isEmpty)
        try expectChange(true)
        result = try store.remove(try patterns("nas/index"), as: .deny, from: "a", by: author())
        #expect(result.changed.isEmpty)
        try expectChange(false)
        #expect(throws: StoreError.noSuchKey("b")) { try store.add(try patterns("a/b"), as: .grant, to: "b", by: author()) }
    }

    @Test func revocationHappensOnceAndExpiryAsOftenAsSet() throws {
        let store = try TestStore().open()
        _ = try store.create(KeyDraft(name: "a"), by: author())
        var expiry = try store.setExpiry(1_790_000_100, of: "a", by: author())
        #expect(expiry.changed && expiry.key.expires == 1_790_000_100)
        expiry = try store.setExpiry(1_790_000_100, of: "a", by: author())
        #expect(!expiry.changed)
        expiry = try store.setExpiry(nil, of: "a", by: author())
        #expect(expiry.changed && expiry.key.expires == nil)
        var end = try store.revoke("a", by: author(at: 1_790_000_005))
        #expect(end.changed && end.key.revoked == 1_790_000_005)
        let generation = try store.generation()
        end = try store.revoke("a", by: author(at: 1_790_000_009))
        #expect(!end.changed && end.key.revoked == 1_790_000_005)
        #expect(try store.generation() == generation)
    }

    @Test func anApplianceKeyIsImportedOnce() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        let key = try store.importKey("appliance-key-Iwgo", KeyDraft(name: "moved"), by: author())
        #expect(throws: StoreError.keyKnown(id: key.id, name: "moved")) {
            try store.importKey("appliance-key-Iwgo", KeyDraft(name: "again"), by: author())
        }
        let made = try store.create(KeyDraft(name: "made"), by: author())
        #expect(throws: StoreError.keyKnown(id: made.key.id, name: "made")) {
            try store.importKey(made.text.secret, KeyDraft(name: "again"), by: author())
        }
        #expect(throws: StoreError.mistypedKey) {
            try store.importKey(made.text.secret + "x", KeyDraft(name: "again"), by: author())
        }
        #expect(try store.keys().count == 2)
        // A key of another gateway of ours may move here.
        let elsewhere = try KeyText.generate()
        #expect(try store.importKey(elsewhere.secret, KeyDraft(name: "third"), by: author()).id == 3)
    }

    @Test(arguments: ["", " ", "two words", "a,b", "tab\tkey", "line\n", "clé", "a.b.c", "Bearer x", "Bearer",
                      String(repeating: "k", count: 513)])
    func whatNoRequestCanCarryIsNotImported(text: String) throws {
        let store = try TestStore().open()
        #expect(throws: StoreError.malformedKey) { try store.importKey(text, KeyDraft(name: "a"), by: author()) }
        #expect(try store.keys().isEmpty)
    }

    @Test func aKeyGivenAsANameIsNotRepeated() throws {
        let store = try TestStore().open()
        let made = try store.create(KeyDraft(name: "made"), by: author())
        _ = try store.importKey("imported-key", KeyDraft(name: "imported"), by: author())
        #expect(throws: StoreError.keyInsteadOfName(id: 1)) { try store.find(made.text.secret) }
        #expect(throws: StoreError.keyInsteadOfName(id: 2)) { try store.find("imported-key") }
        #expect(throws: StoreError.keyInsteadOfName(id: nil)) { try store.find(try KeyText.generate().secret) }
        #expect(throws: StoreError.keyInsteadOfName(id: nil)) { try store.find(made.text.secret + "x") }
        #expect(throws: StoreError.noSuchKey("nobody")) { try store.find("nobody") }
        #expect(throws: StoreError.noSuchKey("77")) { try store.find("77") }
        for error in [StoreError.keyInsteadOfName(id: 1), .keyInsteadOfName(id: nil)] {
            #expect(!error.description.contains("ngk_"))
        }
    }

    @Test func scopesOfAKeyAreBounded() throws {
        let store = try TestStore().open()
        let many = (0...StoreLimits.scopesPerKey).compactMap { ScopePattern("a/b\($0)") }
        #expect(throws: StoreError.tooManyScopes(limit: StoreLimits.scopesPerKey)) {
            try store.create(KeyDraft(name: "a", grants: many), by: author())
        }
        #expect(try store.keys().isEmpty)
        #expect(try store.changes(after: 0).isEmpty)
        let full = try store.create(KeyDraft(name: "a", grants: many.dropLast()), by: author())
        #expect(full.key.grants.count == StoreLimits.scopesPerKey)
        #expect(throws: StoreError.tooManyScopes(limit: StoreLimits.scopesPerKey)) {
            try store.add(try patterns("c/d"), as: .deny, to: "a", by: author())
        }
        #expect(try store.find("a").denials.isEmpty)
    }

    @Test func theOutboxTellsWhoDidWhatInOrder() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        _ = try store.create(KeyDraft(name: "a", expires: 5, grants: try patterns("pools/*")), by: author())
        _ = try store.importKey("imported", KeyDraft(name: "b", denials: try patterns("*/*")), by: author(at: 2))
        _ = try store.add(try patterns("nas/index", "pools/*"), as: .grant, to: "a", by: author(at: 3))
        _ = try store.remove(try patterns("nas/index"), as: .grant, from: "a", by: author(at: 4))
        _ = try store.remove(try patterns("*/*"), as: .deny, from: "b", by: author(at: 5))
        _ = try store.setExpiry(nil, of: "a", by: author(at: 6))
        _ = try store.revoke("a", by: author(at: 7))
        _ = try store.revoke("a", by: author(at: 8))
        let changes = try store.changes(after: 0)
        #expect(changes.map { "\($0.what) \($0.keyID) \($0.keyName) \($0.before) > \($0.after)" } == [
            "key.create 1 a  > expires 5", "key.grant 1 a  > pools/*", "key.import 2 b  > expires never",
            "key.deny 2 b  > */*", "key.grant 1 a  > nas/index", "key.ungrant 1 a nas/index > ",
            "key.undeny 2 b */* > ", "key.expire 1 a 5 > never", "key.revoke 1 a  > 7",
        ])
        #expect(changes.map(\.id) == Array(1...9))
        #expect(changes.allSatisfy { $0.actor == "tester(7)" })
        #expect(changes.last?.time == 7_000_000)
        #expect(try store.changes(after: 8).map(\.what) == ["key.revoke"])
        // The cursor: kept, and never moved back.
        #expect(try store.recordedUpTo() == 0)
        let generation = try store.generation()
        try store.markRecorded(upTo: 7)
        try store.markRecorded(upTo: 3)
        #expect(try fixture.open().recordedUpTo() == 7)
        #expect(try store.generation() == generation)
        // Nobody rewrites what was done.
        for sql in ["UPDATE changes SET actor = 'x'", "DELETE FROM changes"] {
            #expect { try fixture.database().execute(sql) } throws: { "\($0)".contains("append-only") }
        }
    }

    @Test func theOutboxIsReadInPages() throws {
        let store = try TestStore().open()
        let many = (0..<StoreLimits.changesPerRead + 20).compactMap { ScopePattern("a/b\($0)") }
        _ = try store.create(KeyDraft(name: "a", grants: many), by: author())
        let first = try store.changes(after: 0)
        #expect(first.count == StoreLimits.changesPerRead)
        #expect(try store.changes(after: try #require(first.last).id).count == 21)
    }

    @Test func noFileHoldsAKeyOrItsPlainDigest() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        var secrets = ["imported-key-of-the-appliance", "nothing-but-a-name-that-was-tried"]
        _ = try store.importKey(secrets[0], KeyDraft(name: "imported"), by: author())
        _ = try? store.find(secrets[1])
        for number in 0..<20 {
            let made = try store.create(KeyDraft(name: "k\(number)", grants: try patterns("*/*")), by: author())
            secrets.append(made.text.secret)
            _ = try? store.find(made.text.secret)
            _ = try store.revoke("k\(number)", by: author())
        }
        // The write-ahead log is still there, as the store is open.
        let names = try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path).sorted()
        #expect(names == ["keys.db", "keys.db-shm", "keys.db-wal", "keys.db.pepper"])
        let bytes = try fixture.rawBytes()
        #expect(bytes.count > 20_000)
        #expect(contains(bytes, Array("imported".utf8)))
        for secret in secrets {
            let key = Array(secret.utf8)
            let digest = try SHA256.digest(key.span)
            #expect(!contains(bytes, key))
            #expect(!contains(bytes, Array(key.dropFirst(4).prefix(16))))
            #expect(!contains(bytes, digest.bytes))
            #expect(!contains(bytes, Array(digest.hexadecimal.utf8)))
        }
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        Data(bytes).range(of: Data(part)) != nil
    }

    @Test func theCurrentUserIsNamedWithItsNumber() {
        let author = Authorship.currentUser(at: 5)
        #expect(author.actor.hasSuffix("(\(geteuid()))"))
        #expect(author.actor.first != "(" || NSUserName().isEmpty)
        #expect(author.time == 5)
    }
}
