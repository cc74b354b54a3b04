import Foundation
import Redaction
import Testing

/// One vector; see Vectors/README.md for the format.
struct Vector: CustomTestStringConvertible {
    enum Outcome: Equatable {
        case output([UInt8])
        case refused(RedactionError)
    }

    var name = ""
    var rules = ["secret_key", "password"]
    var input: [UInt8] = []
    var outcome = Outcome.output([])

    var testDescription: String { name }
}

enum VectorFile {
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    static let all = ["wellformed", "masked", "refused-cut", "refused-structure", "refused-tokens"]

    static func load(_ name: String) throws -> [Vector] {
        guard let file = Bundle.module.url(forResource: name, withExtension: "txt", subdirectory: "Vectors") else {
            throw Malformed(description: "there is no vector file \(name).txt")
        }
        var vectors: [Vector] = []
        for block in try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n\n") {
            let lines = block.split(separator: "\n").filter { !$0.hasPrefix("#") }
            if !lines.isEmpty { vectors.append(try vector(lines)) }
        }
        return vectors
    }

    private static func vector(_ lines: [Substring]) throws -> Vector {
        var vector = Vector()
        var hasOutcome = false
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { throw Malformed(description: "no field: \(line)") }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            switch line[..<colon] {
            case "name": vector.name = String(value)
            case "rules":
                vector.rules = try value.split(separator: " ").map { String(decoding: try bytes($0), as: UTF8.self) }
            case "input": vector.input = try bytes(value)
            case "output":
                vector.outcome = .output(value == "unchanged" ? vector.input : try bytes(value))
                hasOutcome = true
            case "refused":
                let words = value.components(separatedBy: " at ")
                guard words.count == 2, let reason = RedactionError.Reason(rawValue: words[0]),
                    let offset = Int(words[1])
                else { throw Malformed(description: "no refusal: \(line)") }
                vector.outcome = .refused(RedactionError(reason, at: offset))
                hasOutcome = true
            default: throw Malformed(description: "unknown field: \(line)")
            }
        }
        guard hasOutcome else { throw Malformed(description: "no outcome: \(vector.name)") }
        return vector
    }

    /// `%XX` is a byte; everything else stands for itself.
    private static func bytes(_ text: Substring) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: Array(rest.prefix(2)), as: UTF8.self), radix: 16) else {
                throw Malformed(description: "not %XX: \(text)")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
