import Foundation
import Testing
@testable import Cryptography

func bytes(_ hexadecimal: String) throws -> [UInt8] { try #require(Hexadecimal.decode(hexadecimal)) }

func contents(_ secret: borrowing SecretBytes) -> [UInt8] {
    let span = secret.span
    var bytes: [UInt8] = []
    for index in 0..<span.count { bytes.append(span[index]) }
    return bytes
}

@Suite struct GCMTests {
    /// Test cases 13 to 16 of "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega, as submitted to NIST.
    struct Published: Sendable {
        let key, nonce, plaintext, associated, ciphertext, tag: String
    }

    static let published = [
        Published(
            key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12), plaintext: "", associated: "",
            ciphertext: "", tag: "530f8afbc74536b9a963b4f1c4cb738b"),
        Published(
            key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12),
            plaintext: String(repeating: "00", count: 16), associated: "",
            ciphertext: "cea7403d4d606b6e074ec5d3baf39d18", tag: "d0d1c8a799996bf0265b98b5d48ab919"),
        Published(
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", nonce: "cafebabefacedbaddecaf888",
            plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
            associated: "",
            ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
            tag: "b094dac5d93471bdec1a502270e3cc6c"),
        Published(
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", nonce: "cafebabefacedbaddecaf888",
            plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            tag: "76fc6ece0f4e1768cddf8853bb2d551b"),
    ]

    @Test(arguments: published.indices)
    func agreesWithPublishedVectors(index: Int) throws {
        let vector = Self.published[index]
        let keyBytes = try bytes(vector.key), nonce = try bytes(vector.nonce)
        let plaintext = try bytes(vector.plaintext), associated = try bytes(vector.associated)
        let expected = try bytes(vector.ciphertext + vector.tag)
        let key = SecretBytes(copying: keyBytes.span)
        let sealed = AES256GCM.seal(plaintext.span, key: key, at: 0, nonce: nonce, header: [], associated: associated.span)
        #expect(sealed == expected)
        // The header and the associated bytes are authenticated one behind the other.
        let split = associated.count / 2
        let rest = Array(associated[split...])
        let opened = try AES256GCM.open(
            expected.span, key: key, at: 0, nonce: nonce, header: Array(associated[..<split]), associated: rest.span)
        #expect(contents(opened) == plaintext)
    }
}

@Suite struct MasterKeyTests {
    private static let one = "1 " + String(repeating: "11", count: 32)
    private static let two = "2 " + String(repeating: "22", count: 32)

    private func keys(_ text: String) throws(SealingError) -> MasterKeys {
        let bytes = Array(text.utf8)
        return try MasterKeys.read(text: bytes.span, path: "keys")
    }

    private func seal(_ keys: MasterKeys, _ value: String, at place: String = "key:7") throws -> [UInt8] {
        let value = Array(value.utf8), place = Array(place.utf8)
        return try keys.seal(value.span, associated: place.span)
    }

    private func open(_ keys: MasterKeys, _ sealed: [UInt8], at place: String = "key:7") throws(SealingError) -> String {
        let place = Array(place.utf8)
        return String(decoding: contents(try keys.open(sealed.span, associated: place.span)), as: UTF8.self)
    }

    @Test func opensWhatItSealed() throws {
        let keys = try keys(Self.one)
        for value in ["", "s3cret", String(repeating: "x", count: 64 * 1024)] {
            let sealed = try seal(keys, value)
            #expect(sealed.count == value.utf8.count + 33)
            #expect(try open(keys, sealed) == value)
        }
        #expect(try seal(keys, "same") != seal(keys, "same"))
        #expect(throws: SealingError.tooLong) { try seal(keys, String(repeating: "x", count: 64 * 1024 + 1)) }
    }

    @Test("A change of any byte, and every shorter or longer value, is refused")
    func tampering() throws {
        let keys = try keys(Self.one)
        let sealed = try seal(keys, "a secret")
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << bit
                // The number of the key is looked up before anything is opened.
                let isNumber = (1...4).contains(index)
                do throws(SealingError) {
                    _ = try open(keys, changed)
                    Issue.record("byte \(index) was changed unnoticed")
                } catch {
                    if isNumber, case .unknownKey = error { continue }
                    #expect(error == .notAuthentic)
                }
            }
            #expect(throws: SealingError.notAuthentic) { try open(keys, Array(sealed[..<index])) }
        }
        #expect(throws: SealingError.notAuthentic) { try open(keys, sealed + [0]) }
        #expect(throws: SealingError.notAuthentic) { try open(keys, sealed, at: "key:8") }
        #expect(throws: SealingError.notAuthentic) { try open(keys, sealed, at: "") }
        let other = try self.keys("1 " + String(repeating: "33", count: 32))
        #expect(throws: SealingError.notAuthentic) { try open(other, sealed) }
    }

    @Test func rotates() throws {
        let old = try keys(Self.one)
        let sealed = try seal(old, "old")
        let both = try keys("# current first\n\(Self.two)\n\n  \(Self.one)  \r\n")
        #expect(both.currentNumber == 2)
        #expect(try open(both, sealed) == "old")
        let renewed = try seal(both, "new")
        #expect(MasterKeys.number(of: renewed.span) == 2)
        let new = try keys(Self.two)
        #expect(try open(new, renewed) == "new")
        #expect(throws: SealingError.unknownKey(id: 1)) { try open(new, sealed) }
    }

    private static func digits(_ pair: String, _ count: Int) -> String { String(repeating: pair, count: count) }

    private static let refused: [(String, SealingError)] = [
        ("", .noKey("keys")), ("# nothing\n\n", .noKey("keys")),
        ("1", .badLine("keys", line: 1)), ("1 ", .badLine("keys", line: 1)),
        ("x " + digits("11", 32), .badLine("keys", line: 1)), ("\n1 " + digits("11", 31), .badLine("keys", line: 2)),
        ("1 " + digits("11", 33), .badLine("keys", line: 1)), ("1 " + digits("1g", 32), .badLine("keys", line: 1)),
        ("4294967296 " + digits("11", 32), .badLine("keys", line: 1)),
        ("99999999999999999999999 " + digits("11", 32), .badLine("keys", line: 1)),
        ("-1 " + digits("11", 32), .badLine("keys", line: 1)), (one + "\n" + one, .repeatedID("keys", id: 1)),
    ]

    @Test(arguments: refused)
    func refusesWhatIsNoKeyFile(text: String, expected: SealingError) {
        #expect(throws: expected) { try keys(text) }
    }

    @Test func makesLinesThatItReads() throws {
        let line = try MasterKeys.newLine(number: 42)
        #expect(try keys(line).currentNumber == 42)
        #expect(try MasterKeys.newLine(number: 42) != line)
    }
}

@Suite struct SecretFileTests {
    private func scratch(_ text: String, mode: Int) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("nodegate-secret-\(UUID().uuidString)").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    @Test("Who may read a secret", arguments: [
        (0o600, true, true), (0o400, true, true), (0o640, false, true), (0o440, false, true), (0o660, false, false),
        (0o644, false, false), (0o604, false, false), (0o602, false, false), (0o777, false, false), (0o700, true, true),
    ])
    func modes(mode: Int, owner: Bool, group: Bool) throws {
        let path = try scratch("hush", mode: mode)
        defer { try? FileManager.default.removeItem(atPath: path) }
        for (access, allowed) in [(SecretFile.Access.owner, owner), (.ownerAndGroup, group), (.everyone, true)] {
            do throws(SecretFileError) {
                let secret = try SecretFile.read(path, atMost: 100, access: access)
                #expect(allowed)
                #expect(contents(secret) == Array("hush".utf8))
            } catch {
                #expect(!allowed)
                #expect(error.description.contains("chmod 6"))
            }
        }
    }

    @Test func readsUpToItsLimit() throws {
        let path = try scratch("12345", mode: 0o600)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(contents(try SecretFile.read(path, atMost: 5)) == Array("12345".utf8))
        #expect(throws: SecretFileError.tooLong(path, limit: 4)) { _ = try SecretFile.read(path, atMost: 4) }
        #expect(throws: SecretFileError.missing(path + "x")) { _ = try SecretFile.read(path + "x", atMost: 5) }
        #expect(throws: SecretFileError.notRegular("/dev/zero")) { _ = try SecretFile.read("/dev/zero", atMost: 5) }
    }

    @Test func createsOnceAndSecret() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("nodegate-secret-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = Array("hush".utf8)
        try SecretFile.create(path, text.span)
        #expect(contents(try SecretFile.read(path, atMost: 5)) == text)
        #expect(throws: SecretFileError.exists(path)) { try SecretFile.create(path, text.span) }
    }

    @Test func comparesWholeSecrets() {
        func equal(_ left: String, _ right: String) -> Bool {
            let left = Array(left.utf8), right = Array(right.utf8)
            return ConstantTime.equal(left.span, right.span)
        }
        #expect(equal("", "") && equal("secret", "secret"))
        #expect(!equal("secret", "secreT") && !equal("Secret", "secret") && !equal("secret", "secre") && !equal("", "s"))
    }
}
