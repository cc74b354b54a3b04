import class Foundation.FileManager
import HTTPWire
import Testing

@testable import AccessControl

/// The shipped operations, from the repository's own file.
let shippedOperations: [Operation] = {
    let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
    guard let bytes = FileManager.default.contents(atPath: root + "/config/operations.csv") else { return [] }
    do {
        return try OperationFile.parse(String(decoding: bytes, as: UTF8.self))
    } catch {
        Issue.record("\(error)")
        return []
    }
}()

struct FixtureError: Error {}

func shippedTable() throws -> OperationTable { try OperationTable(shippedOperations) }

func apiPrefix(_ text: String = "/api/v2") throws -> APIPrefix {
    guard let prefix = APIPrefix(text) else { throw FixtureError() }
    return prefix
}

func scope(_ text: String) throws -> Scope {
    guard let scope = Scope(text) else { throw FixtureError() }
    return scope
}

func patterns(_ texts: String...) throws -> [ScopePattern] {
    try texts.map { text in
        guard let pattern = ScopePattern(text) else { throw FixtureError() }
        return pattern
    }
}

extension CanonicalTarget {
    convenience init() throws { self.init(prefix: try apiPrefix()) }

    func parse(_ text: [UInt8]) throws(TargetRefusal) {
        // With bytes around it, as in a request head.
        let line = Array("GET ".utf8) + text + Array(" HTTP/1.1".utf8)
        try parse(line.span, ByteRange(start: 4, count: text.count))
    }

    func parse(_ text: String) throws(TargetRefusal) { try parse(Array(text.utf8)) }
}

/// What becomes of a target: its route, refusals of its form included.
func route(
    _ method: Method, _ target: String, in table: OperationTable, reading given: CanonicalTarget? = nil
) throws -> Route {
    let canonical = try given ?? CanonicalTarget()
    do {
        try canonical.parse(target)
    } catch {
        return .refused(error)
    }
    return table.route(method, canonical)
}

func operationID(_ method: Method, _ target: String, in table: OperationTable) throws -> String? {
    guard case .operation(let index) = try route(method, target, in: table) else { return nil }
    return table[index].id
}

/// SplitMix64: the same numbers on every machine and run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
