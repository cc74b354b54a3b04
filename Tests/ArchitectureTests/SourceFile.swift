import Foundation

/// A Swift file of the repository, as the rules of this suite look at it.
struct SourceFile: Sendable {
    /// From the root of the repository: `Sources/HTTPWire/Method.swift`.
    let path: String
    let text: String
    /// `text` without comments, line by line.
    let code: [Substring]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = CommentStripper.stripped(text).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The target that the file belongs to: the directory below Sources or Tests.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    var name: String { path.split(separator: "/").last.map(String.init) ?? "" }

    var lineCount: Int { text.split(separator: "\n", omittingEmptySubsequences: false).count - (text.hasSuffix("\n") ? 1 : 0) }

    /// `path:line` of every line of code that matches.
    func places(of pattern: Regex<some Any>) -> [String] {
        code.enumerated().filter { $0.element.contains(pattern) }.map { "\(path):\($0.offset + 1)" }
    }

    /// The modules that the file imports.
    var imports: [String] {
        // The plain search first: the pattern is slow on lines that have nothing to do with it.
        code.filter { $0.contains("import ") }.compactMap { line in
            line.firstMatch(of: Patterns.importLine).map { String($0.output.1) }
        }
    }
}

/// Regular expressions that several rules need. `Regex` is not `Sendable`, so they are made at each use.
enum Patterns {
    static var importLine: Regex<(Substring, Substring)> {
        #/^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:class|struct|enum|func|protocol|typealias|var|let)\s+)?(\w+)/#
    }
}

/// The repository that this test was built from.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// Every Swift file below Sources or Tests, sorted by path. Read once for all rules.
    static func swiftFiles(below directory: String) throws -> [SourceFile] {
        try directory == "Sources" ? sources.get() : tests.get()
    }

    private static let sources = Result { try read("Sources") }
    private static let tests = Result { try read("Tests") }

    private static func read(_ directory: String) throws -> [SourceFile] {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(directory).path)
        return try paths.filter { $0.hasSuffix(".swift") }.sorted()
            .map { SourceFile(path: "\(directory)/\($0)", text: try text("\(directory)/\($0)")) }
    }
}
