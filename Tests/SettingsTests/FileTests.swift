import Cryptography
import Foundation
import Testing
@testable import Settings

@Suite("Files that settings name")
struct FileTests {
    /// Settings in a folder with an operations table.
    private func settings(in folder: TemporaryFolder, _ credential: String, _ rest: String = "") throws -> Settings {
        let text = "upstream:\n  url: http://a.example\n  credential: \(credential)\n" + rest
        return try Settings.load(file: try folder.file("gate.yaml", Array(text.utf8)), environment: [:])
    }

    private func complaint(_ settings: Settings, environment: [String: String] = [:]) -> [String] {
        do throws(SettingsErrors) {
            try settings.verifyFiles(environment: environment)
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test("What is there is accepted")
    func good() throws {
        let folder = try TemporaryFolder()
        try folder.file("operations.csv", [0x61])
        try folder.file("key", Array("abc\n".utf8))
        try folder.file("nodegate.db.pepper", Array("p".utf8), mode: 0o400)
        #expect(complaint(try settings(in: folder, "{mode: passthrough}")) == [])
        #expect(complaint(try settings(in: folder, "{mode: bearer, file: key}")) == [])
    }

    @Test("All that is missing is reported together, where it was written")
    func missing() throws {
        let folder = try TemporaryFolder()
        let settings = try settings(
            in: folder, "{mode: bearer, file: key}", "store: {path: none/keys.db}\naudit: {path: \(folder.path)}\n")
        #expect(complaint(settings) == [
            "`operations.file`: the file \(folder.path)/operations.csv does not exist, or its folder cannot be entered",
            "\(folder.path)/gate.yaml:4:15: `store.path`: the file \(folder.path)/none/keys.db cannot be made: "
                + "the folder \(folder.path)/none does not exist; make it",
            "\(folder.path)/gate.yaml:4:1: `store.pepper`: the file \(folder.path)/none/keys.db.pepper cannot be made: "
                + "the folder \(folder.path)/none does not exist; make it",
            "\(folder.path)/gate.yaml:5:15: `audit.path`: the file \(folder.path) is a directory, not a file",
            "\(folder.path)/gate.yaml:3:36: `upstream.credential.file`: \(folder.path)/key does not exist, or "
                + "its folder cannot be entered",
        ])
    }

    @Test("A settings file that cannot be read says why")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        for (path, reason) in [("/none.yaml", "does not exist, or its folder cannot be entered"), ("", "is a directory, not a file")] {
            let error = #expect(throws: SettingsErrors.self) {
                try Settings.load(file: folder.path + path, environment: [:])
            }
            #expect(error?.description == "the settings file \(folder.path)\(path) \(reason)")
        }
    }

    @Test("A credential's file that others can open is refused, through a link too", arguments: [
        (0o604, "everyone"), (0o644, "everyone"), (0o602, "everyone"), (0o660, "its group for writing"),
        (0o620, "its group for writing"),
    ])
    func openCredential(mode: Int, whom: String) throws {
        let folder = try TemporaryFolder()
        try folder.file("operations.csv", [0x61])
        let key = try folder.file("key", Array("geheim".utf8), mode: mode)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: key)
        for name in ["key", "link"] {
            let found = complaint(try settings(in: folder, "{mode: bearer, file: \(name)}"))
            #expect(found.count == 1)
            #expect(found.first?.hasSuffix("is open to \(whom); run: chmod 640 \(folder.path)/\(name)") == true, "\(found)")
        }
    }

    private func text(_ line: CredentialLine?) -> String? {
        line?.withLine { line in
            var bytes: [UInt8] = []
            for index in 0..<line.count { bytes.append(line[index]) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test("The Authorization field is made of the credential", arguments: [
        ("bearer", "abc", "Authorization: Bearer abc\r\n"), ("bearer", "abc\r\n", "Authorization: Bearer abc\r\n"),
        ("basic", "user:pass\n", "Authorization: Basic dXNlcjpwYXNz\r\n"),
        ("basic", "user:", "Authorization: Basic dXNlcjo=\r\n"), ("basic", "ü: ", "Authorization: Basic w7w6IA==\r\n"),
    ])
    func authorization(mode: String, secret: String, field: String) throws {
        let folder = try TemporaryFolder()
        try folder.file("key", Array(secret.utf8))
        let fromFile = try settings(in: folder, "{mode: \(mode), file: key}")
        #expect(text(try fromFile.upstreamAuthorization(environment: [:])) == field)
        let fromVariable = try settings(in: folder, "{mode: \(mode), environment: SECRET}")
        #expect(text(try fromVariable.upstreamAuthorization(environment: ["SECRET": secret])) == field)
        let fromSystemd = try settings(in: folder, "{mode: \(mode), systemd: key}")
        #expect(text(try fromSystemd.upstreamAuthorization(environment: ["CREDENTIALS_DIRECTORY": folder.path])) == field)
        #expect(try settings(in: folder, "{mode: passthrough}").upstreamAuthorization(environment: [:]) == nil)
    }

    @Test("A credential that would break the field is refused without being shown", arguments: [
        ("bearer", "geheim\r\nX-Evil: 1"), ("bearer", "ge heim"), ("bearer", "geheim\n\n"), ("bearer", "geh\u{7F}eim"),
        ("bearer", "gehéim"), ("bearer", ""), ("bearer", "\n"), ("basic", "geheim"), ("basic", ":geheim"),
        ("basic", "a:geheim\u{0}"), ("bearer", String(repeating: "geheim", count: 400)),
    ])
    func badCredential(mode: String, secret: String) throws {
        let folder = try TemporaryFolder()
        let settings = try settings(in: folder, "{mode: \(mode), environment: SECRET}")
        let error = #expect(throws: SettingsErrors.self) { try settings.upstreamAuthorization(environment: ["SECRET": secret]) }
        #expect(error?.description.contains("upstream.credential.environment") == true)
        #expect(error?.description.contains("geheim") == false && error?.description.contains("heim") == false)
        #expect(throws: SettingsErrors.self) { try settings.upstreamAuthorization(environment: [:]) }
    }

    @Test("A credential of systemd: what it takes is said, and a file that others may read is refused there too")
    func systemd() throws {
        let folder = try TemporaryFolder()
        let settings = try settings(in: folder, "{mode: bearer, systemd: appliance.key}")
        func refusal(_ environment: [String: String]) -> String {
            do throws(SettingsErrors) {
                _ = try settings.upstreamAuthorization(environment: environment)
                return ""
            } catch { return error.description }
        }
        #expect(refusal([:]).contains("`upstream.credential.systemd`: there is no `$CREDENTIALS_DIRECTORY`"))
        #expect(refusal(["CREDENTIALS_DIRECTORY": ""]).contains("LoadCredential=appliance.key:FILE"))
        let handed = ["CREDENTIALS_DIRECTORY": folder.path]
        #expect(refusal(handed).contains("\(folder.path)/appliance.key does not exist"))
        // As systemd hands them over: for the owner, or with an access list that shows as the group's bits.
        for (mode, isTaken) in [(0o400, true), (0o440, true), (0o444, false)] {
            try? FileManager.default.removeItem(atPath: folder.path + "/appliance.key")
            try folder.file("appliance.key", Array("abc\n".utf8), mode: mode)
            #expect(refusal(handed).isEmpty == isTaken, "\(refusal(handed))")
        }
        for name in ["../key", "a/b", ".hidden", "a b"] {
            #expect(throws: SettingsErrors.self, "\(name)") { try self.settings(in: folder, "{mode: bearer, systemd: \"\(name)\"}") }
        }
    }

    @Test("Reading again finds what a file holds by then")
    func readAgain() throws {
        let folder = try TemporaryFolder()
        try folder.file("key", Array("before".utf8))
        let settings = try settings(in: folder, "{mode: bearer, file: key}")
        #expect(text(try settings.upstreamAuthorization(environment: [:])) == "Authorization: Bearer before\r\n")
        try folder.file("key", Array("after".utf8))
        #expect(text(try settings.upstreamAuthorization(environment: [:])) == "Authorization: Bearer after\r\n")
    }
}
