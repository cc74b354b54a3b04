import HTTPWire
import Testing

@testable import AccessControl

/// Promise 1 as a property: what is forwarded is read as what was decided on.
@Suite struct CanonicalTargetProperties {
    private static let fragments = [
        "api", "v2", "nas", "nas_shares", "cloud_connectors", "cloud_buckets", "-", "test", "users", "me",
        "api_keys", "pools", "files", "children", "tasks", "action", "run", "mount", "5", "12345678901234567890",
        "07", "a", "B", "~", ".", "..", "...", "%2e", "%2E%2e", "%252e", "%2D", "%2d", ".json", ".xml", "%2Ejson",
        ".JSON", "json", "/", "//", "%2F", "%252F", "%5C", "\\", ";", "%3B", "#", "%23", "?", "%3F", "&", "=", "+",
        "%2B", "%20", " ", "|", "<", "%25", "%", "%4", "%zz", "%C3%A9", "%C3", "%A9", "%C0%AF", "%00", "%0a",
        "\u{E9}", "'", "\"", "[", "]", "%5B", "format", "_method", "sort_by", "name", "secret_key", ",", "%2C", "é",
        ":", "@", "!", "*", "(", "{", "}",
    ]

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func whatIsForwardedIsWhatWasDecided(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let table = try shippedTable()
        let first = try CanonicalTarget()
        let second = try CanonicalTarget()
        let buffer = ByteBuffer(capacity: 12_288)
        var accepted = 0
        var routed = 0
        var refused = 0
        for _ in 0..<20_000 {
            let text = Self.target(&generator)
            do {
                try first.parse(text)
            } catch {
                refused += 1
                continue
            }
            accepted += 1
            buffer.removeAll()
            #expect(first.emit(into: buffer))
            let bytes = buffer.span
            try second.parse(bytes, ByteRange(start: 0, count: bytes.count))
            #expect(second.text == first.text, "\(text)")
            for method in [Method.get, .post, .put, .delete] {
                let route = table.route(method, first)
                // Only why it leads nowhere may differ: the canonical form has no unescaped dot to blame.
                let again = table.route(method, second)
                #expect(again == route || (route == .refused(.formatSuffix) && again == .unknown), "\(text)")
                if case .operation(let index) = route {
                    routed += 1
                    #expect(Self.matches(table[index], first.text), "\(text) as \(first.text)")
                }
            }
        }
        // The generator must keep producing all three, or this test says nothing.
        #expect(accepted > 2_000 && routed > 1_000 && refused > 2_000)
    }

    private static func target(_ generator: inout SeededGenerator) -> String {
        if Bool.random(using: &generator), let operation = shippedOperations.randomElement(using: &generator) {
            return mutate("/api/v2\(operation.template)", &generator)
        }
        var text = "/api/v2/"
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            if Int.random(in: 0..<3, using: &generator) == 0 { text += "/" }
            text += fragments.randomElement(using: &generator) ?? ""
        }
        return text
    }

    /// Fills in ids, then often puts something odd somewhere.
    private static func mutate(_ template: String, _ generator: inout SeededGenerator) -> String {
        var parts = template.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part.first == "{" ? String(Int.random(in: 0...99, using: &generator)) : String(part)
        }
        for _ in 0..<Int.random(in: 0...2, using: &generator) {
            let index = Int.random(in: 1..<parts.count, using: &generator)
            let odd = fragments.randomElement(using: &generator) ?? ""
            parts[index] = Bool.random(using: &generator) ? parts[index] + odd : odd
        }
        let query = Int.random(in: 0..<3, using: &generator) == 0 ? "?sort_by=name%2Cid&a+b=%25" : ""
        return parts.joined(separator: "/") + query
    }

    /// An oracle without tables: the canonical path, split at slashes, against the template.
    private static func matches(_ operation: Operation, _ canonical: String) -> Bool {
        let path = canonical.split(separator: "?", maxSplits: 1).first ?? ""
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(3)
        guard parts.count == operation.template.segments.count else { return false }
        return zip(parts, operation.template.segments).allSatisfy { part, segment in
            switch segment {
            case .literal(let text): part == text
            case .parameter: part != "-" && !part.isEmpty && !part.contains(".")
            }
        }
    }

    /// Any bytes at all: never a trap, and never a form that is not its own.
    @Test func arbitraryBytes() throws {
        var generator = SeededGenerator(seed: 7)
        let target = try CanonicalTarget()
        let again = try CanonicalTarget()
        let alphabet = Array("/.-%25eE2fF;?&=#+[]\\ aj\u{E9}\u{0}".utf8)
        for _ in 0..<50_000 {
            var bytes = Array("/api/v2".utf8)
            for _ in 0..<Int.random(in: 0...24, using: &generator) {
                let any = UInt8.random(in: 0...255, using: &generator)
                let usual = alphabet.randomElement(using: &generator) ?? any
                bytes.append(Int.random(in: 0..<8, using: &generator) == 0 ? any : usual)
            }
            guard (try? target.parse(bytes)) != nil else { continue }
            try again.parse(target.text)
            #expect(again.text == target.text)
        }
    }
}
