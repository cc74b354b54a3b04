import Foundation
import Redaction
import Testing
@testable import Settings

@Suite("The settings file that ships")
struct ReferenceTests {
    private let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("config/nodegate.yaml")

    @Test("config/nodegate.yaml is what the table of settings says")
    func file() throws {
        // Set to 1 to write the file anew after a change of the table.
        if ProcessInfo.processInfo.environment["NODEGATE_TEST_WRITE_CONFIG"] == "1" {
            try SettingReference.file().write(to: shipped, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: shipped, encoding: .utf8) == SettingReference.file())
    }

    @Test("With what must be chosen it gives exactly the defaults, and without it only that is missing")
    func defaults() throws {
        let text = SettingReference.file()
        let least = ["NODEGATE_UPSTREAM_URL": "http://appliance.example:8081", "NODEGATE_UPSTREAM_CREDENTIAL_MODE": "passthrough"]
        #expect(try settings(text, environment: least) == settings(required))
        #expect(complaints(text).count == 2)
        let filled = SettingReference.file(values: [
            "upstream.url": "http://appliance.example:8081", "upstream.credential.mode": "passthrough",
        ])
        #expect(try settings(filled) == settings(required))
    }

    @Test("A value that is given stands in place of the default, quoted where YAML needs it")
    func given() throws {
        let path = "/etc/a: b #c"
        let written = try settings(SettingReference.file(values: [
            "upstream.url": "http://a.example", "upstream.credential.mode": "bearer",
            "upstream.credential.file": path, "lanes": "3",
        ]))
        #expect(written.upstream.credential == .bearer(.file(path)))
        #expect(written.lanes == 3)
    }

    @Test("It holds every setting that has a value")
    func complete() throws {
        let written = try settings(SettingReference.file(values: [
            "upstream.url": "http://a.example", "upstream.credential.mode": "passthrough",
        ])).origins.places
        #expect(SettingIndex.leaves.map(\.setting).filter { written[$0] == nil } == [])
    }

    @Test("Every setting is described")
    func described() {
        for row in SettingReference.rows {
            #expect(row.meaning.hasSuffix(".") && row.meaning.count > 10, "\(row.setting)")
            #expect(!row.allowed.isEmpty, "\(row.setting)")
        }
        #expect(SettingReference.rows.filter { $0.standard == nil && $0.variable != nil }.map(\.setting) == [
            "upstream.url", "upstream.credential.mode",
        ])
        #expect(SettingReference.text.contains("Environment: NODEGATE_UPSTREAM_CREDENTIAL_MODE"))
    }

    @Test("Keys of examples of items are read when they are no longer comments")
    func examples() throws {
        let text = SettingReference.file(values: ["upstream.url": "http://a.example", "upstream.credential.mode": "passthrough"])
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            let content = line.drop { $0 == " " }
            let margin = String(line.prefix(line.count - content.count))
            guard content.hasPrefix("#   ") else {
                let isList = ["additional: []", "rules: []", "exporters: []", "grants: []"].contains(content)
                return isList ? margin + content.dropLast(3) : String(line)
            }
            return margin + "  " + content.dropFirst(4)
        }
        let settings = try settings(lines.joined(separator: "\n"))
        #expect(settings.operations.additional.count == 1)
        #expect(settings.authentication.tokens.grants.map(\.claim) == ["roles"])
        #expect(settings.audit.exporters.map(\.target) == [.tcp(host: "siem.example", port: 601)])
        #expect(settings.redaction.rules.map(\.field) == RedactionRule.shipped.map(\.field) + ["url_proxy"])
    }
}
