import Foundation
import Settings
import Testing

@Suite("The tables of settings in the manual")
struct ConfigurationArticleTests {
    private static var start: Regex<(Substring, Substring)> { #/<!-- settings: ([a-z_]+) -->/# }

    @Test("They are what the program's own list of settings gives, and leave nothing out")
    func tables() throws {
        let page = try ManualPage.article("Configuration")
        let written = try Self.filled(page.text)
        // Set to 1 to write the tables anew after a change of the settings.
        if ProcessInfo.processInfo.environment["NODEGATE_TEST_WRITE_DOCS"] == "1" {
            try written.write(to: page.url, atomically: true, encoding: .utf8)
        }
        #expect(try ManualPage.article("Configuration").text == written)
        let sections = page.text.matches(of: Self.start).map { String($0.output.1) }
        #expect(Set(sections) == Set(SettingReference.rows.map { Self.section($0.setting) }))
        #expect(Set(sections).count == sections.count)
    }

    private static func section(_ setting: String) -> String {
        String(setting.prefix { $0 != "." && $0 != "[" })
    }

    /// The article with each table between its marks made anew.
    private static func filled(_ text: String) throws -> String {
        var result = ""
        var isTable = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "<!-- end -->" { isTable = false }
            if !isTable { result += line + "\n" }
            if let section = line.wholeMatch(of: start)?.output.1 {
                isTable = true
                result += table(String(section))
            }
        }
        result.removeLast()
        return result
    }

    private static func table(_ section: String) -> String {
        let rows = SettingReference.rows.filter { Self.section($0.setting) == section }
        return (["| setting | default | meaning |", "| --- | --- | --- |"] + rows.map { row in
            "| `\(row.setting)` | \(row.standard.map { "`\($0)`" } ?? "must be set") | \(row.meaning) Allowed: \(row.allowed). |"
        }).joined(separator: "\n") + "\n"
    }
}
