import Foundation
import GatewayTesting

/// One line of `Attempts`, whose README explains it.
struct Attempt: Sendable, CustomStringConvertible {
    enum Outcome: Sendable, Equatable {
        /// `controller#action`.
        case runs(String)
        case refused(status: Int, reason: String)
    }

    struct Malformed: Error {
        let line: String
    }

    /// File and line.
    let place: String
    let line: String
    let key: String
    let method: String
    let target: String
    let fields: String
    let body: String
    let outcome: Outcome

    var description: String { "\(place): \(line)" }

    static func all() throws -> [Attempt] {
        try ["targets", "methods", "parameters", "credentials"].flatMap { file in
            let url = Command.root.appendingPathComponent("Tests/GatewayTests/Attempts/\(file).txt")
            return try String(contentsOf: url, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated().filter { !$0.element.hasPrefix("#") && !$0.element.isEmpty }
                .map { try Attempt("\(file).txt:\($0.offset + 1)", String($0.element)) }
        }
    }

    private init(_ place: String, _ line: String) throws {
        self.place = place
        self.line = line
        guard let arrow = line.range(of: "=> ", options: .backwards) else { throw Malformed(line: line) }
        var columns = line[..<arrow.lowerBound].components(separatedBy: "  ")
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        guard (3...5).contains(columns.count) else { throw Malformed(line: line) }
        columns += Array(repeating: "-", count: 5 - columns.count)
        key = columns[0] == "-" ? "" : columns[0]
        method = columns[1]
        target = columns[2]
        fields = columns[3] == "-" ? "" : columns[3]
        body = columns[4] == "-" ? "" : columns[4]
        let words = line[arrow.upperBound...].split(separator: " ").map(String.init)
        guard words.count == 2 else { throw Malformed(line: line) }
        if words[0] == "runs" {
            outcome = .runs(words[1])
        } else if let status = Int(words[0]) {
            outcome = .refused(status: status, reason: words[1])
        } else {
            throw Malformed(line: line)
        }
    }

    /// The request as sent.
    ///
    /// - Parameter keys: Texts of keys, by name.
    func bytes(_ keys: [String: String]) throws -> [UInt8] {
        var fields = self.fields
        for (name, text) in keys { fields = fields.replacing("<\(name)>", with: text) }
        var head = try WireVector.unescaped(Substring("\(method) \(target)")) + " HTTP/1.1\r\nHost: nodeum.example\r\n".utf8
        if !key.isEmpty { head += "Authorization: Bearer \(keys[key] ?? "")\r\n".utf8 }
        if !fields.isEmpty { head += try WireVector.unescaped(Substring(fields)) + "\r\n".utf8 }
        let payload = try WireVector.unescaped(Substring(body))
        let isFramed = fields.contains("Content-Length:") || fields.contains("Transfer-Encoding:")
        if !isFramed, !payload.isEmpty { head += "Content-Length: \(payload.count)\r\n".utf8 }
        return head + "\r\n".utf8 + payload
    }

    /// The key whose scopes count: that of the column, or the one that the fields bring.
    var holder: AttemptKey? {
        if let known = AttemptKey.named(key) { return known }
        return AttemptKey.all.first { fields.contains("<\($0.name)>") }
    }
}
