import Foundation
import Testing
@testable import Settings

@Suite("Hostile settings files")
struct HostileTextTests {
    @Test("Syntax errors have a position", arguments: [
        ("lanes: [1", "gate.yaml:6:1: not YAML: while parsing a flow sequence: did not find expected ',' or ']'"),
        ("lanes: \"1", "gate.yaml:5:10: not YAML: while scanning a quoted scalar: found unexpected end of stream"),
        ("lanes: 1\n cookies: drop", "gate.yaml:6:9: not YAML: mapping values are not allowed in this context"),
        ("lanes:\n\t- 1", "gate.yaml:6:1: not YAML: a value cannot start with this character"),
        ("listeners: [*:80]", "gate.yaml:5:14: not YAML: `*` starts a reference; put a value that starts with `*` in quotes"),
        ("---\nlanes: 2", "gate.yaml:5:1: a second document starts here; only one is read"),
        ("lanes: *no", "gate.yaml:5:8: not YAML: found undefined alias"),
        ("lanes: \"\\uD800\"", "gate.yaml:5:11: not YAML: while parsing a quoted scalar: found invalid Unicode character escape code"),
        ("lanes: 1 # \u{7}", "gate.yaml:5:12: the character U+0007 is not allowed here"),
        ("lanes: 1 # \u{FFFE}", "gate.yaml:5:12: the character U+FFFE is not allowed here"),
        ("lanes: 1\0", "gate.yaml:5:9: the character U+0000 is not allowed here"),
        ("lanes: !!int 1", "gate.yaml:5:8: "), ("lanes: !env 3", "gate.yaml:5:8: the tag `!env` is not read"),
        ("? {a: b}\n: c", "gate.yaml:5:3: a key must be a plain word"),
    ])
    func syntax(text: String, expected: String) throws {
        let found = complaintsAfterRequired(text)
        // YAML's own tag for a number changes nothing.
        if text.contains("!!int") { return #expect(found == []) }
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }

    @Test("A root that is no mapping is refused", arguments: ["[1, 2]", "word"])
    func roots(text: String) {
        #expect(complaints(text).first?.hasPrefix("gate.yaml:1:1: the file must have keys (`listeners`, ") == true)
    }

    @Test("Duplicate keys are errors, and the rest is still read")
    func duplicates() {
        let text = """
            lanes: 1
            "lanes": 2
            timeouts:
              head: 10s
              idle: x
              head: 20s
              'head': 30s
            lanes: 3
            """
        #expect(complaintsAfterRequired(text) == [
            "gate.yaml:6:1: `lanes` is set a second time; the first is on line 5",
            "gate.yaml:9:9: `timeouts.idle`: `x` is not a duration from 100ms to 1d; write a whole number and a unit: `30s`, `250ms`",
            "gate.yaml:10:3: `head` is set a second time; the first is on line 8",
            "gate.yaml:11:3: `head` is set a second time; the first is on line 8",
            "gate.yaml:12:1: `lanes` is set a second time; the first is on line 5",
        ])
    }

    @Test("More duplicates than are worth sorting out end in one error")
    func manyDuplicates() {
        let text = String(repeating: "lanes: 1\n", count: 100)
        #expect(complaintsAfterRequired(text).count == 1)
    }

    @Test("References are not read, so none can explode", arguments: [
        "a: &a [1, 1]\nb: &b [*a, *a]\nc: &c [*b, *b]",
        // The keys of a mapping are compared in full: this would take longer than the universe has existed.
        (1...60).reduce("a0: &a0 [1, 1]\n") { $0 + "a\($1): &a\($1) [*a\($1 - 1), *a\($1 - 1)]\n" } + "? *a60\n: 1",
        "lanes: &n 3\nlog: {<<: *n}",
    ])
    func references(text: String) {
        let found = complaintsAfterRequired(text)
        #expect(found.count == 1)
        #expect(found.first?.contains("is not read; write its value out where it is used") == true, "\(found)")
    }

    @Test("An asterisk and an ampersand in a text are no reference")
    func ordinaryText() throws {
        #expect(complaintsAfterRequired("# R&D writes *d*, **bold** &c\nlanes: 1") == [])
    }

    @Test("Deep nesting is refused", arguments: ["[", "{a: ", "- ", "? "])
    func nesting(opening: String) {
        let found = complaints("a: " + (opening == "- " || opening == "? " ? "\n  " : "") + String(repeating: opening, count: 50_000))
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix("nested too deeply") == true, "\(found)")
    }

    @Test("More errors than anybody reads are cut, with a word about it")
    func manyErrors() {
        let found = complaintsAfterRequired((0..<20_000).map { "k\($0): 1\n" }.joined())
        #expect(found.count == 101)
        #expect(found.last == "and more: only 100 errors are shown")
    }

    @Test("A file that is too large is not read")
    func huge() {
        #expect(complaints(String(repeating: "# a\n", count: 70_000)) == ["gate.yaml:1:1: the file has more than 256 KiB"])
    }

    @Test("Texts cut and mangled anywhere give errors, never a crash")
    func mangled() throws {
        let bytes = Array(SettingReference.file(values: [
            "upstream.url": "http://a.example", "upstream.credential.mode": "passthrough",
        ]).utf8)
        var state: UInt64 = 7
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let marks = Array("\"'[]{}:,-&*!|>%@`#?\t\n \\".utf8)
        for _ in 0..<300 {
            var changed = Array(bytes[..<next(bytes.count)])
            for _ in 0..<3 where !changed.isEmpty { changed[next(changed.count)] = marks[next(marks.count)] }
            for error in complaints(String(decoding: changed, as: UTF8.self)) { #expect(error.hasPrefix("gate.yaml:"), "\(error)") }
        }
    }

    @Test("Bytes that are not UTF-8 are refused where they stand", arguments: [
        ([0x61, 0x3A, 0x0A, 0x62, 0xFF], 2, 2), ([0xC3], 1, 1), ([0x0D, 0x0A, 0xED, 0xA0, 0x80], 2, 1), ([0xFF, 0xFE, 0x61, 0x00], 1, 1),
    ] as [([UInt8], Int, Int)])
    func encoding(bytes: [UInt8], line: Int, column: Int) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("gate.yaml", bytes)
        let error = #expect(throws: SettingsErrors.self) { try Settings.load(file: path, environment: [:]) }
        #expect(error?.description == "\(path):\(line):\(column): the file is not UTF-8 from here on; save it as UTF-8")
    }
}
