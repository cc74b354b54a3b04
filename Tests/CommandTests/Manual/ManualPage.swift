import Foundation
import GatewayTesting

/// The README and the articles of the manual, as the tests of this folder read them.
struct ManualPage: Sendable {
    /// From the root of the repository.
    let path: String
    let text: String

    var url: URL { Command.root.appendingPathComponent(path) }

    static let catalogue = "Sources/nodegate/nodegate.docc"

    init(_ path: String) throws {
        self.path = path
        text = try String(contentsOf: Command.root.appendingPathComponent(path), encoding: .utf8)
    }

    static func article(_ name: String) throws -> ManualPage { try ManualPage("\(catalogue)/\(name).md") }

    static func all() throws -> [ManualPage] {
        let articles = try FileManager.default.contentsOfDirectory(atPath: Command.root.appendingPathComponent(catalogue).path)
        return try ["README.md"].map(ManualPage.init)
            + articles.filter { $0.hasSuffix(".md") }.sorted().map { try ManualPage("\(catalogue)/\($0)") }
    }

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    struct Fence {
        /// The word behind the first fence.
        let language: String
        let text: String
        var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
    }

    /// Each fenced block, its margin within a list taken off.
    var fences: [Fence] {
        var fences: [Fence] = []
        var open: (language: String, margin: Int, lines: [Substring])?
        for line in lines {
            let content = line.drop { $0 == " " }
            if content.hasPrefix("```") {
                if let fence = open {
                    fences.append(Fence(language: fence.language, text: fence.lines.joined(separator: "\n")))
                }
                open = open == nil ? (String(content.dropFirst(3)), line.count - content.count, []) : nil
            } else if let margin = open?.margin {
                open?.lines.append(line.dropFirst(min(margin, line.count - content.count)))
            }
        }
        return fences
    }

    /// What stands between backquotes, fenced blocks left out.
    var quotations: [String] {
        var isFenced = false
        return lines.flatMap { line -> [String] in
            if line.drop(while: { $0 == " " }).hasPrefix("```") { isFenced.toggle() }
            guard !isFenced else { return [] }
            return line.matches(of: #/`([^`]+)`/#).map { String($0.output.1) }
        }
    }

    /// The cells of every row of every table, title rows and rules left out.
    var rows: [[String]] {
        var rows: [[String]] = []
        for line in lines where line.hasPrefix("|") {
            let cells = line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            if cells.allSatisfy({ $0.allSatisfy { $0 == "-" } && !$0.isEmpty }) { rows.removeLast() } else { rows.append(cells) }
        }
        return rows
    }

    /// Shell lines that a person would type: whole `sh` blocks, and what stands behind `$ ` in `console` blocks.
    var shellLines: [String] {
        fences.flatMap { fence -> [String] in
            let typed = switch fence.language {
            case "sh": fence.lines
            case "console": fence.lines.filter { $0.hasPrefix("$ ") }.map { String($0.dropFirst(2)) }
            default: [String]()
            }
            return typed.reduce(into: [String]()) { joined, line in
                if let last = joined.last, last.hasSuffix("\\") {
                    joined[joined.count - 1] = last.dropLast() + line
                } else {
                    joined.append(line)
                }
            }
        }
    }
}
