import AccessControl
import Cryptography
import Foundation
import Testing

@testable import Store

@Suite struct PepperTests {
    @Test func itIsMadeOnceForItsOwnerOnlyAndReadBack() throws {
        let store = try TestStore()
        let made = try Pepper.create(path: store.pepperPath)
        #expect(try store.mode(store.pepperPath) == 0o600)
        let text = try String(contentsOfFile: store.pepperPath, encoding: .utf8)
        #expect(text.count == 65 && text.last == "\n")
        let read = try Pepper.load(path: store.pepperPath)
        let key = Array("some-key".utf8)
        #expect(try made.digest(ofKey: key.span) == read.digest(ofKey: key.span))
        #expect(throws: StoreError.pepperExists(path: store.pepperPath)) { try Pepper.create(path: store.pepperPath) }
        #expect(try String(contentsOfFile: store.pepperPath, encoding: .utf8) == text)
        // Nothing is left of how it was written.
        #expect(try FileManager.default.contentsOfDirectory(atPath: store.directory.path) == ["keys.db.pepper"])
        let other = try TestStore()
        #expect(try Pepper.create(path: other.pepperPath).digest(ofKey: key.span) != made.digest(ofKey: key.span))
    }

    @Test func digestsAreHMACSHA256OfTheFilesBytes() throws {
        let store = try TestStore()
        let pepper = try Pepper.create(path: store.pepperPath)
        let text = try String(contentsOfFile: store.pepperPath, encoding: .utf8)
        let secret = try #require(Hexadecimal.decode(String(text.dropLast())))
        let key = Array("ngk_whatever".utf8)
        let expected = KeyDigest(try HMACSHA256(key: secret.span).digest(key.span))
        #expect(try pepper.digest(ofKey: key.span) == expected)
        #expect(KeyDigest(try pepper.hmac().digest(key.span)) == expected)
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o660, 0o610])
    func aFileThatIsOpenToOthersIsRefused(mode: Int) throws {
        let store = try TestStore()
        _ = try Pepper.create(path: store.pepperPath)
        try store.setMode(mode, store.pepperPath)
        let expected = StoreError.pepperExposed(path: store.pepperPath, mode: UInt32(mode))
        #expect(throws: expected) { try Pepper.load(path: store.pepperPath) }
        #expect(expected.description.contains("chmod go= "))
    }

    @Test(arguments: [
        "", "\n", String(repeating: "a", count: 63), String(repeating: "a", count: 65) + "\n",
        String(repeating: "a", count: 66), String(repeating: "g", count: 64),
        String(repeating: "a", count: 64) + "\n\n", String(repeating: "a", count: 62) + "\n",
    ])
    func whatIsNoPepperIsRefused(text: String) throws {
        let store = try TestStore()
        try Data(text.utf8).write(to: URL(fileURLWithPath: store.pepperPath))
        try store.setMode(0o600, store.pepperPath)
        #expect(throws: StoreError.pepperMalformed(path: store.pepperPath)) { try Pepper.load(path: store.pepperPath) }
    }

    @Test func aFolderOrAPipeIsNoPepper() throws {
        let store = try TestStore()
        #expect(throws: StoreError.pepperUnreadable(path: store.directory.path, "it is no regular file")) {
            try Pepper.load(path: store.directory.path)
        }
        #expect(mkfifo(store.pepperPath, 0o600) == 0)
        #expect(throws: StoreError.pepperUnreadable(path: store.pepperPath, "it is no regular file")) {
            try Pepper.load(path: store.pepperPath)
        }
    }

    @Test func aStoreWithoutItsPepperIsAnErrorAndGetsNoNewOne() throws {
        let store = try TestStore()
        _ = try store.open().create(KeyDraft(name: "a"), by: author())
        let saved = try Data(contentsOf: URL(fileURLWithPath: store.pepperPath))
        try FileManager.default.removeItem(atPath: store.pepperPath)
        #expect(throws: StoreError.pepperMissing(path: store.pepperPath)) { try store.open() }
        #expect(!FileManager.default.fileExists(atPath: store.pepperPath))
        // Another pepper is noticed, by administration and by the gateway.
        let other = try Pepper.create(path: store.pepperPath)
        #expect(throws: StoreError.pepperMismatch(store: store.path)) { try store.open() }
        #expect(throws: StoreError.pepperMismatch(store: store.path)) {
            try PolicySource(path: store.path, pepper: other)
        }
        try saved.write(to: URL(fileURLWithPath: store.pepperPath))
        try store.setMode(0o600, store.pepperPath)
        #expect(try store.open().keys().map(\.name) == ["a"])
    }

    @Test func aFolderThatIsNotThereIsNamed() throws {
        let store = try TestStore()
        let nowhere = store.directory.appendingPathComponent("no/such/pepper").path
        #expect(throws: StoreError.pepperUnreadable(path: nowhere, "No such file or directory")) {
            try Pepper.create(path: nowhere)
        }
    }
}
