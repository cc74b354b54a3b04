import HTTPWire

/// What is known of the client before its key is looked up.
package enum CredentialState: Sendable, Equatable {
    /// Refused by its form (`Credential.refusal`), or absent: one of the credential codes.
    case refused(ReasonCode)
    case digest(KeyDigest)

    /// No Authorization field.
    package static var none: CredentialState { .refused(.noCredential) }
}

/// Proof that a decision permitted this exchange. Whoever forwards a request consumes one; only `Policy` makes one.
package struct Permit: ~Copyable {
    package let operation: OperationIndex
    package let key: KeyIndex
    package let keyID: Int64
    /// As the client sent it (HEAD stays HEAD).
    package let method: Method
    /// The redaction rules that protect the answer from this key (raw value of a rule mask).
    package let protected: UInt64
    /// The rules that would protect it, were it not for an explicit scope that the key holds.
    package let revealed: UInt64
    /// The snapshot that decided; indices are its.
    package let generation: UInt64
    /// `.allowed`, or why an enforcing gateway would have refused (observe mode).
    package let reason: ReasonCode

    fileprivate init(_ verdict: Verdict.Permission, generation: UInt64) {
        operation = verdict.operation
        key = verdict.key
        keyID = verdict.keyID
        method = verdict.method
        protected = verdict.protected
        revealed = verdict.revealed
        reason = verdict.reason
        self.generation = generation
    }
}

/// A refusal and what the client and the audit are told about it.
package struct Denial: Sendable, Equatable {
    /// For the audit. A client gets `reason.disclosed`.
    package let reason: ReasonCode
    /// The scope that would have been needed.
    package var missingScope: ScopeIndex?
    /// The methods of the path, for an Allow field (405).
    package var allowed: MethodSet = []
    package var operation: OperationIndex?
    /// Whose key it was, revoked and expired ones included; nil for an unknown one. For the audit, not the client.
    package var key: KeyIndex?
    /// What is wrong with the target, where that is the reason.
    package var target: TargetRefusal?
    /// The snapshot that decided; indices are its.
    package var generation: UInt64 = 0

    package var status: UInt16 { reason.disclosed.status }

    fileprivate init(_ reason: ReasonCode) { self.reason = reason }
}

package enum Decision: ~Copyable {
    case permit(Permit)
    case denial(Denial)
}

/// Whether lack of scope refuses.
package enum Enforcement: Sendable {
    case enforce
    /// For this listener or all: what would be denied only because no grant covers an ordinary scope is permitted and marked. Denials of a
    /// key, explicit and sensitive scopes, and all the rest are refused as ever.
    case observe
}

/// The outcome of a decision before it becomes a permit; explanations read it, nobody can forward with it.
enum Verdict {
    struct Permission {
        var operation: OperationIndex
        var key: KeyIndex
        var keyID: Int64
        var method: Method
        var protected: UInt64
        var revealed: UInt64
        var reason: ReasonCode
    }

    case permitted(Permission)
    case denied(Denial)
}

/// The one place where permission is given.
package enum Policy {
    /// Decides on one exchange.
    ///
    /// Refusals in this order: a target without a canonical form, the credential, the route, the scope, the query. So
    /// a client without a valid key learns nothing about operations, and one without a scope nothing about fields.
    ///
    /// - Parameters:
    ///   - route: from `snapshot.operations`, for the same method and target.
    ///   - target: what was routed; for its query parameters.
    ///   - certificate: the names of the certificate that the client has shown; empty without one.
    ///   - now: Unix seconds.
    package static func decide(
        _ method: Method, _ route: Route, of target: CanonicalTarget, credential: CredentialState,
        certificate: [CertificateName] = [], under snapshot: PolicySnapshot, at now: Int64,
        enforcement: Enforcement = .enforce
    ) -> Decision {
        let key: KeyIndex
        let refusal: ReasonCode?
        switch credential {
        case .refused(let reason):
            key = snapshot.unknownKey
            refusal = reason
        case .digest(let digest):
            key = snapshot.find(digest)
            refusal = nil
        }
        let verdict = judge(
            method, route, of: target, key: key, refusal: refusal, certificate: certificate, under: snapshot, at: now,
            enforcement: enforcement)
        switch verdict {
        case .permitted(let permission): return .permit(Permit(permission, generation: snapshot.generation))
        case .denied(let denial): return .denial(denial)
        }
    }

    /// The decision itself, for a key that has been looked up (`snapshot.unknownKey` for none).
    static func judge(
        _ method: Method, _ route: Route, of target: CanonicalTarget, key: KeyIndex, refusal: ReasonCode?,
        certificate: [CertificateName], under snapshot: PolicySnapshot, at now: Int64, enforcement: Enforcement
    ) -> Verdict {
        let record = snapshot.record(key)
        let isKnown = key != snapshot.unknownKey
        func denied(_ reason: ReasonCode, _ change: (inout Denial) -> Void = { _ in }) -> Verdict {
            var denial = Denial(reason)
            denial.key = isKnown ? key : nil
            denial.generation = snapshot.generation
            change(&denial)
            return .denied(denial)
        }
        if case .refused(let target) = route { return denied(target.reason) { $0.target = target } }
        if let refusal { return denied(refusal) }
        guard isKnown else { return denied(.unknownKey) }
        if now >= record.revoked { return denied(.revokedKey) }
        if now >= record.expires { return denied(.expiredKey) }
        if record.needsCertificate {
            let isShown = snapshot[key].requiredCertificate.map(certificate.contains) ?? false
            guard isShown else { return denied(.certificateRequired) }
        }
        let operation: OperationIndex
        switch route {
        case .operation(let index): operation = index
        case .methodNotAllowed(let methods): return denied(.methodNotAllowed) { $0.allowed = methods }
        case .unknown: return denied(.unknownOperation)
        case .refused(let target): return denied(target.reason) { $0.target = target }
        }
        let scope = snapshot.operations.entry(operation).scope
        guard scope != OperationTable.noScope else {
            return denied(.operationWithoutScope) { $0.operation = operation }
        }
        var reason = ReasonCode.allowed
        if !snapshot.isAllowed(key, scope: scope) {
            reason = lack(of: scope, key, under: snapshot)
            guard enforcement == .observe || record.isObserved, reason == .missingScope else {
                return denied(reason) {
                    $0.operation = operation
                    $0.missingScope = ScopeIndex(rawValue: scope)
                }
            }
        }
        let rules = snapshot.rules(of: operation)
        let hidden = rules & ~record.unlocked
        if let refusal = snapshot.parameters.refusal(of: target, to: operation, protected: hidden) {
            return denied(refusal) { $0.operation = operation }
        }
        return .permitted(Verdict.Permission(
            operation: operation, key: key, keyID: record.id, method: method, protected: hidden,
            revealed: rules & record.unlocked, reason: reason))
    }

    /// Why a key may not use a scope.
    private static func lack(of scope: UInt16, _ key: KeyIndex, under snapshot: PolicySnapshot) -> ReasonCode {
        if snapshot.isDenied(key, scope: scope) { return .deniedScope }
        return snapshot.operations.exactOnly[Int(scope)] ? .explicitGrantRequired : .missingScope
    }
}
