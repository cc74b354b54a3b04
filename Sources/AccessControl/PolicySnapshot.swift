import HTTPWire

/// How the redaction rules look from here: bits of a rule mask, computed once per snapshot. (`Redaction` is not
/// imported; who compiles the snapshot passes its two questions on.)
package struct ProtectionRules {
    /// The rules that look at the answers of operations that need a scope; nil: of an operation without one.
    package let applying: (_ scope: Scope?) -> UInt64
    /// The rules that the holder of these explicit scopes is released from.
    package let unlocked: (_ holds: (Scope) -> Bool) -> UInt64
    /// The field that each rule protects, in the order of bits.
    package let fields: [String]

    package init(
        fields: [String], applying: @escaping (Scope?) -> UInt64, unlocked: @escaping ((Scope) -> Bool) -> UInt64
    ) {
        self.fields = fields
        self.applying = applying
        self.unlocked = unlocked
    }

    /// No rules.
    package static var none: ProtectionRules {
        ProtectionRules(fields: [], applying: { _ in 0 }, unlocked: { _ in 0 })
    }
}

/// The place of a key in its snapshot.
package struct KeyIndex: Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// Keys, scopes and operations as lanes read them: immutable, one generation, shared.
package final class PolicySnapshot: Sendable {
    /// Counts up with every change of the policy.
    package let generation: UInt64
    package let operations: OperationTable
    package let keys: [APIKey]

    /// What a decision looks at of a key.
    struct Record {
        var id: Int64 = 0
        /// Unix seconds; `Int64.max`: never.
        var expires = Int64.max
        var revoked = Int64.max
        /// Redaction rules that its explicit scopes release it from.
        var unlocked: UInt64 = 0
        var isObserved = false
        var needsCertificate = false
    }

    private let table: KeyTable
    /// The names of the keys as bytes, for records.
    private let names: [[UInt8]]
    /// One per key, and one more for unknown keys, so that those cost the same.
    private let records: [Record]
    /// Per key (and for unknown keys) `words` words of scopes it may use, then as many of scopes it is denied.
    private let bits: [UInt64]
    private let words: Int
    /// Per operation: the redaction rules that look at its answers.
    private let rules: [UInt64]
    let parameters: ProtectedParameters

    /// A digest that several keys share belongs to none of them.
    package init(
        generation: UInt64, operations: OperationTable, keys: [(digest: KeyDigest, key: APIKey)],
        rules: ProtectionRules = .none
    ) {
        self.generation = generation
        self.operations = operations
        self.keys = keys.map(\.key)
        names = keys.map { Array($0.key.name.utf8) }
        table = KeyTable(keys.map(\.digest))
        records = keys.map { entry in
            Record(
                id: entry.key.id, expires: entry.key.expires ?? .max, revoked: entry.key.revoked ?? .max,
                unlocked: rules.unlocked(entry.key.holdsExplicitly), isObserved: entry.key.isObserved,
                needsCertificate: entry.key.requiredCertificate != nil)
        } + [Record()]
        words = (operations.scopes.count + 63) / 64
        var bits: [UInt64] = []
        bits.reserveCapacity((keys.count + 1) * words * 2)
        for entry in keys { PolicySnapshot.append(entry.key, operations, words: words, to: &bits) }
        bits += [UInt64](repeating: 0, count: words * 2)
        self.bits = bits
        parameters = ProtectedParameters(fields: rules.fields, operations: operations.operations)
        self.rules = operations.operations.map { rules.applying($0.scope) }
    }

    /// The same policy for one key alone, which the store does not have: operations, rules and generation are `base`'s.
    ///
    /// - Parameter rules: Those that `base` was made with.
    package init(of base: PolicySnapshot, for key: APIKey, digest: KeyDigest, rules: ProtectionRules) {
        generation = base.generation
        operations = base.operations
        keys = [key]
        names = [Array(key.name.utf8)]
        table = KeyTable([digest])
        records = [
            Record(
                id: key.id, expires: key.expires ?? .max, revoked: key.revoked ?? .max,
                unlocked: rules.unlocked(key.holdsExplicitly), isObserved: key.isObserved),
            Record(),
        ]
        words = base.words
        var bits: [UInt64] = []
        PolicySnapshot.append(key, operations, words: words, to: &bits)
        bits += [UInt64](repeating: 0, count: words * 2)
        self.bits = bits
        parameters = base.parameters
        self.rules = base.rules
    }

    package subscript(index: KeyIndex) -> APIKey { keys[Int(index.rawValue)] }

    /// Its name in UTF-8.
    package func name(of index: KeyIndex) -> [UInt8] { names[Int(index.rawValue)] }

    /// The key with that id; not for the hot path.
    package func index(id: Int64) -> KeyIndex? {
        keys.firstIndex { $0.id == id }.map { KeyIndex(rawValue: UInt32($0)) }
    }

    /// The redaction rules that look at the answers of an operation.
    package func rules(of operation: OperationIndex) -> UInt64 { rules[Int(operation.rawValue)] }

    var unknownKey: KeyIndex { KeyIndex(rawValue: table.unknown) }

    /// Whether a key has that digest, be it good for anything or not.
    package func holds(_ digest: KeyDigest) -> Bool { find(digest) != unknownKey }

    func find(_ digest: KeyDigest) -> KeyIndex { KeyIndex(rawValue: table.find(digest)) }

    func record(_ key: KeyIndex) -> Record { records[Int(key.rawValue)] }

    func isAllowed(_ key: KeyIndex, scope: UInt16) -> Bool { bit(key, scope, in: 0) }

    func isDenied(_ key: KeyIndex, scope: UInt16) -> Bool { bit(key, scope, in: words) }

    @inline(__always)
    private func bit(_ key: KeyIndex, _ scope: UInt16, in part: Int) -> Bool {
        let word = bits[Int(key.rawValue) &* words &* 2 &+ part &+ Int(scope >> 6)]
        return word >> UInt64(scope & 63) & 1 != 0
    }

    private static func append(_ key: APIKey, _ operations: OperationTable, words: Int, to bits: inout [UInt64]) {
        let start = bits.count
        bits += [UInt64](repeating: 0, count: words * 2)
        for (number, scope) in operations.scopes.enumerated() {
            let bit: UInt64 = 1 << UInt64(number % 64)
            switch key.standing(on: scope, exactOnly: operations.exactOnly[number]) {
            case .granted: bits[start + number / 64] |= bit
            case .denied: bits[start + words + number / 64] |= bit
            case .exactGrantRequired, .missing: break
            }
        }
    }
}
