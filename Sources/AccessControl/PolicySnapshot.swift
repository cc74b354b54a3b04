import HTTPWire

/// How the redaction rules look from here: bits of its rule mask, computed once per snapshot. (`Redaction` is not
/// imported; who compiles the snapshot passes its two questions on.)
package struct ProtectionRules {
    /// The rules that look at the answers of a controller.
    package let applying: (_ controller: String) -> UInt64
    /// The rules that the holder of these explicit scopes is released from.
    package let unlocked: (_ holds: (Scope) -> Bool) -> UInt64
    /// The explicit scopes that rules name, beside those of the operations.
    package let scopes: [Scope]

    package init(
        scopes: [Scope], applying: @escaping (String) -> UInt64, unlocked: @escaping ((Scope) -> Bool) -> UInt64
    ) {
        self.scopes = scopes
        self.applying = applying
        self.unlocked = unlocked
    }

    /// No rules.
    package static var none: ProtectionRules { ProtectionRules(scopes: [], applying: { _ in 0 }, unlocked: { _ in 0 }) }
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

    package init(
        generation: UInt64, operations: OperationTable, keys: [(digest: KeyDigest, key: APIKey)],
        rules: ProtectionRules = .none
    ) {
        self.generation = generation
        self.operations = operations
        self.keys = keys.map(\.key)
    }

    package subscript(index: KeyIndex) -> APIKey { keys[Int(index.rawValue)] }
}
