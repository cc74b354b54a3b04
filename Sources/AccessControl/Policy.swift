import HTTPWire

/// What is known of the client before its key is looked up.
package enum CredentialState: Sendable {
    case none
    /// Refused by its form; one of the credential codes.
    case refused(ReasonCode)
    case digest(KeyDigest)
}

/// Proof that a decision permitted this exchange. Whoever forwards a request consumes one; only `Policy` makes one.
package struct Permit: ~Copyable {
    package let operation: OperationIndex
    package let key: KeyIndex
    package let keyID: Int64
    package let method: Method
    /// The redaction rules that protect the answer from this key (raw value of a rule mask).
    package let protected: UInt64
    /// The rules that would protect it, were it not for an explicit scope that the key holds.
    package let revealed: UInt64
    /// The snapshot that decided.
    package let generation: UInt64
    /// `.allowed`, or why an enforcing gateway would have refused (observe mode).
    package let reason: ReasonCode

    fileprivate init(
        operation: OperationIndex, key: KeyIndex, keyID: Int64, method: Method, protected: UInt64, revealed: UInt64,
        generation: UInt64, reason: ReasonCode
    ) {
        self.operation = operation
        self.key = key
        self.keyID = keyID
        self.method = method
        self.protected = protected
        self.revealed = revealed
        self.generation = generation
        self.reason = reason
    }
}

/// A refusal and what the client and the audit are told about it.
package struct Denial: Sendable {
    package let reason: ReasonCode
    /// The scope that would have been needed, as an index into `OperationTable.scopes`.
    package let missingScope: ScopeIndex?
    /// The methods of the path, for an Allow field (405).
    package let allowed: MethodSet
    package let operation: OperationIndex?
    /// Who it was, where the key is known (revoked and expired ones included). For the audit, not for the client.
    package let key: KeyIndex?
    /// What is wrong with the target, where that is the reason.
    package let target: TargetRefusal?
    package let generation: UInt64
}

package enum Decision: ~Copyable {
    case permit(Permit)
    case denial(Denial)
}

/// Whether lack of scope refuses.
package enum Enforcement: Sendable {
    case enforce
    /// What is denied only for lack of an ordinary scope is permitted and marked. Everything else is refused.
    case observe
}

/// The one place where permission is given.
package enum Policy {
    package static func decide(
        _ method: Method, _ route: Route, credential: CredentialState, under snapshot: PolicySnapshot, at now: Int64,
        enforcement: Enforcement = .enforce
    ) -> Decision {
        .denial(Denial(
            reason: .unknownOperation, missingScope: nil, allowed: [], operation: nil, key: nil, target: nil,
            generation: snapshot.generation))
    }
}
