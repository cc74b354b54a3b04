import Testing

@Suite("Style")
struct StyleTests {
    private static let longestFile = 400

    @Test("No Swift file has more than 400 lines", arguments: ["Sources", "Tests"])
    func sizes(directory: String) throws {
        let long = try Repository.swiftFiles(below: directory).filter { $0.lineCount > Self.longestFile }
        #expect(long.map { "\($0.path): \($0.lineCount) lines" } == [])
    }

    @Test("Nothing in Sources stops the process or hides an error")
    func traps() throws {
        try expectNowhere(#/\btry!|\bas!|\bfatalError\b|\bassertionFailure\b/#)
    }

    @Test("Nothing in Sources is unwrapped by force")
    func forcedUnwraps() throws {
        // A mark behind a name, a call, a subscript or an optional's `?`, but not `!=` and `!==`.
        try expectNowhere(#/[\w\)\]\?>]!(?!=)/#, exceptInStrings: true)
    }

    @Test("No work is left behind as a note", arguments: ["Sources", "Tests"])
    func notes(directory: String) throws {
        let pattern = #/\b(TO DO|TODO|FIXME|XXX|HACK)\b/#
        let places = try Repository.swiftFiles(below: directory)
            .filter { $0.target != "ArchitectureTests" }
            .flatMap { file in
                file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
                    .filter { $0.element.contains(pattern) }.map { "\(file.path):\($0.offset + 1)" }
            }
        #expect(places == [])
    }

    @Test("No type is named after its vagueness", arguments: ["Sources", "Tests"])
    func names(directory: String) throws {
        let pattern = #/\b(?:class|struct|enum|actor|protocol|typealias)\s+(\w*(?:Managers?|Helpers?|Utils?|Utility|Utilities|Info|Data))\b/#
        let names = try Repository.swiftFiles(below: directory).flatMap { file in
            file.code.compactMap { line in
                line.firstMatch(of: pattern).map { "\(file.path): \($0.output.1)" }
            }
        }
        #expect(names == [])
    }

    private func expectNowhere(_ pattern: Regex<Substring>, exceptInStrings: Bool = false) throws {
        let places = try Repository.swiftFiles(below: "Sources").flatMap { file in
            file.code.enumerated()
                .filter { (exceptInStrings ? Substring(withoutStrings($0.element)) : $0.element).contains(pattern) }
                .map { "\(file.path):\($0.offset + 1): \($0.element)" }
        }
        #expect(places == [])
    }

    /// Good for literals of one line; the text of longer ones must not look like code anyway.
    private func withoutStrings(_ line: Substring) -> String {
        line.replacing(#/"(?:\\.|[^"\\])*"/#, with: "\"\"").description
    }
}
