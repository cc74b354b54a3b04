import Foundation
import GatewayTesting

/// A vector of HTTPWireTests, as bytes for a socket; Vectors/README.md there explains the notation.
struct WireVector: Sendable {
    var file = ""
    var name = ""
    var method = "GET"
    var bytes: [UInt8] = []
    var closes = false
    /// Limits other than the defaults: parser tests alone.
    var hasLimits = false
    var expectations: [String] = []

    struct Malformed: Error {
        let line: String
    }

    static func load(_ files: String...) throws -> [WireVector] {
        try files.flatMap { file in
            let url = Command.root.appendingPathComponent("Tests/HTTPWireTests/Vectors/\(file).txt")
            return try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n\n").compactMap { block in
                let lines = block.split(separator: "\n").filter { !$0.hasPrefix("#") }
                return lines.isEmpty ? nil : try WireVector(file, lines)
            }
        }
    }

    private init(_ file: String, _ lines: [Substring]) throws {
        self.file = file
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw Malformed(line: String(line)) }
            let value = parts[1].hasPrefix(" ") ? parts[1].dropFirst() : parts[1]
            switch parts[0] {
            case "name": name = String(value)
            case "limits": hasLimits = true
            case "method": method = String(value)
            case "bytes": bytes += try Self.unescaped(value)
            case "then": closes = true
            case "expect": expectations.append(String(value))
            default: throw Malformed(line: String(line))
            }
        }
    }

    static func unescaped(_ text: Substring) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let next = rest.popFirst() {
            guard next == "\\", let kind = rest.popFirst() else {
                bytes += String(next).utf8
                continue
            }
            switch kind {
            case "r": bytes.append(13)
            case "n": bytes.append(10)
            case "t": bytes.append(9)
            case "0": bytes.append(0)
            case "\\": bytes.append(0x5C)
            case "x":
                guard let value = UInt8(rest.prefix(2), radix: 16) else { throw Malformed(line: String(text)) }
                bytes.append(value)
                rest = rest.dropFirst(2)
            case "{":
                let inner = rest.prefix { $0 != "}" }
                let parts = inner.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, let count = Int(parts[0]) else { throw Malformed(line: String(text)) }
                let unit = try unescaped(parts[1])
                for _ in 0..<count { bytes += unit }
                rest = rest.dropFirst(inner.count + 1)
            default: throw Malformed(line: String(text))
            }
        }
        return bytes
    }
}
