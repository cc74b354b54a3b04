import Foundation
import HTTPWire
import Testing

/// One vector; Vectors/README.md explains the format.
struct Vector: CustomTestStringConvertible, Sendable {
    var name = ""
    var limits = HTTPLimits()
    var method = Method.get
    var bytes: [UInt8] = []
    var closes = false
    var expectations: [String] = []

    var testDescription: String { name }

    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    static func load(_ files: String...) -> [Vector] {
        files.flatMap { file in
            do {
                return try read(file)
            } catch {
                Issue.record(error, "\(file)")
                return []
            }
        }
    }

    private static func read(_ name: String) throws -> [Vector] {
        guard let file = Bundle.module.url(forResource: name, withExtension: "txt", subdirectory: "Vectors") else {
            throw Malformed(description: "there is no vector file \(name).txt")
        }
        return try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n\n").compactMap { block in
            let lines = block.split(separator: "\n").filter { !$0.hasPrefix("#") }
            return lines.isEmpty ? nil : try Vector(lines)
        }
    }

    private init(_ lines: [Substring]) throws {
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { throw Malformed(description: "no colon: \(line)") }
            var value = line[line.index(after: colon)...]
            if value.hasPrefix(" ") { value = value.dropFirst() }
            switch line[..<colon] {
            case "name": name = String(value)
            case "limits": try setLimits(value)
            case "method": method = Method(Array(value.utf8).span)
            case "bytes": bytes += try Vector.unescape(value)
            case "then" where value == "close": closes = true
            case "expect": expectations.append(String(value))
            default: throw Malformed(description: "unknown line: \(line)")
            }
        }
        guard !name.isEmpty, !expectations.isEmpty else { throw Malformed(description: "incomplete: \(lines)") }
    }

    private mutating func setLimits(_ text: Substring) throws {
        for pair in text.split(separator: " ") {
            let parts = pair.split(separator: "=")
            guard parts.count == 2, let value = Int(parts[1]) else { throw Malformed(description: "limits: \(text)") }
            switch parts[0] {
            case "startLineBytes": limits.startLineBytes = value
            case "fieldCount": limits.fieldCount = value
            case "fieldBytes": limits.fieldBytes = value
            case "connectionOptions": limits.connectionOptions = value
            case "chunkLineBytes": limits.chunkLineBytes = value
            case "chunkExtensionBytes": limits.chunkExtensionBytes = value
            case "trailerCount": limits.trailerCount = value
            case "trailerBytes": limits.trailerBytes = value
            default: throw Malformed(description: "unknown limit: \(pair)")
            }
        }
    }

    static func unescape(_ text: Substring) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "0"): bytes.append(0)
            case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "x"):
                guard let value = UInt8(String(decoding: Array(rest.prefix(2)), as: UTF8.self), radix: 16) else {
                    throw Malformed(description: "not \\xHH: \(text)")
                }
                bytes.append(value)
                rest = rest.dropFirst(2)
            case UInt8(ascii: "{"):
                guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
                    let brace = rest.firstIndex(of: UInt8(ascii: "}")), colon < brace,
                    let count = Int(String(decoding: Array(rest[..<colon]), as: UTF8.self))
                else { throw Malformed(description: "not \\{N:text}: \(text)") }
                let unit = try unescape(Substring(rest[rest.index(after: colon)..<brace]))
                for _ in 0..<count { bytes += unit }
                rest = rest[rest.index(after: brace)...]
            default: throw Malformed(description: "unknown escape: \(text)")
            }
        }
        return bytes
    }

    /// The notation of `bytes:` for what was read, so that both can be compared as text.
    static func escape(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            switch byte {
            case 13: "\\r"
            case 10: "\\n"
            case 9: "\\t"
            case 0: "\\0"
            case UInt8(ascii: "\\"): "\\\\"
            case 0x20..<0x7f: String(UnicodeScalar(byte))
            default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }.joined()
    }
}
