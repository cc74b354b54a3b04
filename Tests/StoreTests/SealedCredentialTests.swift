import AccessControl
import Cryptography
import Foundation
import SQLite
import Testing

@testable import Store

@Suite struct SealedCredentialTests {
    private func line(_ secret: String) throws -> CredentialLine {
        let bytes = Array(secret.utf8)
        return try CredentialLine(.bearer, bytes.span)
    }

    private func value(_ line: CredentialLine) -> String {
        line.withValue { value in
            var bytes: [UInt8] = []
            for index in 0..<value.count { bytes.append(value[index]) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private func masterKeys(_ fixture: TestStore) -> String { fixture.path + ".master-keys" }

    @Test func isSealedOpenedAndTakenAway() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        _ = try store.create(KeyDraft(name: "a"), by: author())
        let keys = try MasterKeyFile.open(masterKeys(fixture), store: store)
        #expect(try fixture.mode(masterKeys(fixture)) == 0o600)
        let before = try store.generation()
        var bound = try store.bind(try line("appliance-key-one"), to: "a", under: keys, by: author())
        #expect(bound.changed && bound.key.isBound)
        bound = try store.bind(try line("appliance-key-two"), to: "1", under: keys, by: author())
        #expect(!bound.changed && bound.key.isBound)
        #expect(try store.generation() == before + 2)
        let sealed = try #require(try store.sealedCredentials().first)
        #expect(sealed.keyID == 1 && sealed.keyName == "a" && sealed.masterKey == 1)
        #expect(try value(sealed.open(under: keys)) == "Bearer appliance-key-two")
        #expect(try fixture.source().compile().sealed == [sealed])
        #expect(try store.changes(after: 0).suffix(2).map { "\($0.what) \($0.before) -> \($0.after)" } == [
            "key.bind none -> bound under master key 1", "key.bind bound -> bound under master key 1",
        ])
        let removed = try store.unbind("a", by: author())
        #expect(removed.changed && !removed.key.isBound)
        #expect(try !store.unbind("a", by: author()).changed)
        #expect(try store.changes(after: 0).last?.what == "key.unbind")
        #expect(try store.sealedCredentials().isEmpty)
        #expect(throws: StoreError.noSuchKey("b")) { try store.bind(try line("k"), to: "b", under: keys, by: author()) }
    }

    @Test func isNowhereInTheFilesAsItIs() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        _ = try store.create(KeyDraft(name: "a"), by: author())
        let secret = "appliance-key-that-is-secret"
        _ = try store.bind(
            try line(secret), to: "a", under: try MasterKeyFile.open(masterKeys(fixture), store: store), by: author())
        let bytes = try fixture.rawBytes()
        #expect(!bytes.isEmpty && bytes.firstRange(of: Array(secret.utf8)) == nil)
    }

    @Test("A row moved to another key, or altered, opens nothing")
    func isForOneKeyAlone() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        let keys = try MasterKeyFile.open(masterKeys(fixture), store: store)
        for name in ["a", "b"] {
            _ = try store.create(KeyDraft(name: name), by: author())
            _ = try store.bind(try line("key-of-\(name)"), to: name, under: keys, by: author())
        }
        try fixture.database().execute("""
            UPDATE key_credentials SET key = 3 WHERE key = 1; UPDATE key_credentials SET key = 1 WHERE key = 2;
            UPDATE key_credentials SET key = 2 WHERE key = 3
            """)
        for sealed in try store.sealedCredentials() {
            #expect(throws: SealingError.notAuthentic) { try sealed.open(under: keys) }
        }
        let other = try TestStore()
        let others = try MasterKeyFile.open(masterKeys(other), store: try other.open())
        _ = try store.bind(try line("k"), to: "a", under: keys, by: author())
        #expect(throws: SealingError.notAuthentic) { try store.sealedCredentials().first?.open(under: others) }
    }

    @Test("A lost file of master keys is never made anew, nor one that others may read taken")
    func masterKeyFile() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        let path = masterKeys(fixture)
        _ = try store.create(KeyDraft(name: "a"), by: author())
        _ = try store.bind(try line("k"), to: "a", under: try MasterKeyFile.open(path, store: store), by: author())
        try fixture.setMode(0o640, path)
        let open = #expect(throws: StoreError.self) { try MasterKeyFile.open(path, store: store) }
        #expect(open?.description.contains("chmod 600 \(path)") == true)
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: StoreError.masterKeysMissing(path: path)) { try MasterKeyFile.open(path, store: store) }
        #expect(!FileManager.default.fileExists(atPath: path))
        _ = try store.unbind("a", by: author())
        #expect(try MasterKeyFile.open(path, store: store).currentNumber == 1)
    }

    @Test("Rotation: a new key above the old one, everything sealed anew, then the old one may go")
    func rotation() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        let path = masterKeys(fixture)
        let old = try MasterKeyFile.open(path, store: store)
        for name in ["a", "b"] {
            _ = try store.create(KeyDraft(name: name), by: author())
            _ = try store.bind(try line("key-of-\(name)"), to: name, under: old, by: author())
        }
        let both = try MasterKeyFile.addKey(to: path)
        #expect(both.currentNumber == 2)
        #expect(try fixture.mode(path) == 0o600)
        #expect(try store.rebind(under: both, by: author()) == (2, 2))
        #expect(try store.rebind(under: both, by: author()) == (0, 2))
        #expect(try store.changes(after: 0).suffix(2).map { "\($0.what) \($0.keyName) \($0.before) -> \($0.after)" } == [
            "key.rebind a master key 1 -> master key 2", "key.rebind b master key 1 -> master key 2",
        ])
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.split(separator: "\n").first).write(toFile: path, atomically: false, encoding: .utf8)
        let new = try MasterKeys.read(path)
        let sealed = try store.sealedCredentials()
        #expect(try sealed.map { try value($0.open(under: new)) } == ["Bearer key-of-a", "Bearer key-of-b"])
        // All or nothing: one that the keys do not open leaves the others as they are.
        _ = try store.bind(try line("old"), to: "b", under: old, by: author())
        let third = try MasterKeyFile.addKey(to: path)
        #expect(throws: StoreError.sealing(.unknownKey(id: 1))) { try store.rebind(under: third, by: author()) }
        #expect(try store.sealedCredentials().map(\.masterKey) == [2, 1])
    }

    @Test("What root makes is the store's owner's", .enabled(if: geteuid() == 0))
    func ownership() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        let path = masterKeys(fixture)
        #expect(chown(fixture.path, 64_123, 64_124) == 0)
        for _ in 0..<2 {
            if FileManager.default.fileExists(atPath: path) {
                _ = try MasterKeyFile.addKey(to: path)
            } else {
                _ = try MasterKeyFile.open(path, store: store)
            }
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.ownerAccountID] as? Int == 64_123 && attributes[.groupOwnerAccountID] as? Int == 64_124)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test("Certificates: enrolled as keys, wanted beside keys, and in no way to be had as a key's text")
    func certificates() throws {
        let fixture = try TestStore()
        let store = try fixture.open()
        let name = try #require(CertificateName("uri:spiffe://site/backup"))
        let key = try store.enrol(name, KeyDraft(name: "backup", grants: try patterns("pools/*")), by: author())
        #expect(key.enrolledCertificate?.text == "URI:spiffe://site/backup")
        #expect(throws: StoreError.certificateKnown(id: 1, name: "backup")) {
            try store.enrol(name, KeyDraft(name: "again"), by: author())
        }
        #expect(throws: StoreError.malformedKey) {
            try store.importKey("cert:URI:spiffe://site/backup", KeyDraft(name: "trick"), by: author())
        }
        let pepper = try Pepper.load(path: fixture.pepperPath)
        let snapshot = try fixture.source().snapshot()
        #expect(snapshot.holds(try CertificatePrincipal.digest(name, try pepper.hmac())))
        #expect(!snapshot.holds(try CertificatePrincipal.digest(
            try #require(CertificateName("URI:spiffe://site/backup2")), try pepper.hmac())))

        let wanted = try #require(CertificateName("CN=reporting,O=Example"))
        let made = try store.create(
            KeyDraft(name: "r", grants: try patterns("pools/*"), requiredCertificate: wanted), by: author())
        #expect(made.key.requiredCertificate == wanted)
        var changed = try store.setRequiredCertificate(name, of: "r", by: author())
        #expect(changed.changed && changed.key.requiredCertificate == name)
        changed = try store.setRequiredCertificate(nil, of: "r", by: author())
        #expect(changed.changed && changed.key.requiredCertificate == nil)
        #expect(try !store.setRequiredCertificate(nil, of: "r", by: author()).changed)
        #expect(try store.changes(after: 0).filter { $0.what == "key.require" }.map { "\($0.before) -> \($0.after)" } == [
            " -> subject:CN=reporting,O=Example", "subject:CN=reporting,O=Example -> URI:spiffe://site/backup",
            "URI:spiffe://site/backup -> none",
        ])
        // A name that no command would have stored makes no policy.
        try fixture.database().execute("UPDATE keys SET required_certificate = 'nonsense' WHERE id = 2")
        #expect(throws: StoreError.self) { try fixture.source().snapshot() }
    }
}

extension PolicySource {
    func compile() throws -> Compiled {
        try compile(operations: try smallTable(), rules: try .compile([]))
    }
}
