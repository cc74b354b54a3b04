import HTTPWire

/// What a request would meet, stage by stage, for a person. Made by the decision code itself; nothing is sent and no
/// permit comes out of it.
package struct Explanation: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        case pass
        case refuse(ReasonCode)
    }

    /// One stage and its verdict. Stages after a refusal are left out.
    package struct Stage: Equatable, Sendable {
        /// target, key, operation, scope, query, redaction or decision.
        package let name: String
        package let outcome: Outcome
        package let text: String
    }

    package internal(set) var stages: [Stage] = []
    /// `.allowed`, or why not.
    package internal(set) var reason: ReasonCode = .allowed

    mutating func pass(_ name: String, _ text: String) {
        stages.append(Stage(name: name, outcome: .pass, text: text))
    }

    mutating func refuse(_ name: String, _ code: ReasonCode, _ text: String) {
        stages.append(Stage(name: name, outcome: .refuse(code), text: text))
    }
}

extension Policy {
    /// Explains what `decide` would say.
    ///
    /// - Parameters:
    ///   - target: path and query, or the absolute form, as a client would send them.
    ///   - key: nil explains a request without a credential, or with one that is refused by itself.
    ///   - refusal: why, where `key` is nil.
    ///   - certificate: the names of the certificate that the client would show.
    ///   - now: Unix seconds.
    ///   - ruleName: a person's name for bit n of the redaction rule mask.
    package static func explain(
        _ method: Method, _ target: String, key: KeyIndex?, refusal: ReasonCode = .noCredential,
        certificate: [CertificateName] = [], under snapshot: PolicySnapshot, prefix: APIPrefix,
        limits: TargetLimits = TargetLimits(), wire: HTTPLimits = HTTPLimits(), at now: Int64, enforcement: Enforcement = .enforce,
        ruleName: (Int) -> String = { "rule \($0)" }
    ) -> Explanation {
        var explanation = Explanation()
        let path: String
        do { path = try RequestTarget(method, target, limits: wire).path } catch {
            explanation.reason = ReasonCode(error)
            explanation.refuse("target", explanation.reason, "the request line is refused: \(error.reason)")
            return explanation
        }
        let canonical = CanonicalTarget(prefix: prefix, limits: limits)
        var route = Route.unknown
        do {
            let bytes = path.utf8.span
            try canonical.parse(bytes, ByteRange(start: 0, count: bytes.count))
            route = snapshot.operations.route(method, canonical)
        } catch {
            route = .refused(error)
        }
        let verdict = judge(
            method, route, of: canonical, key: key ?? snapshot.unknownKey, refusal: key == nil ? refusal : nil,
            certificate: certificate, under: snapshot, at: now, enforcement: enforcement)
        switch verdict {
        case .permitted(let permission):
            describe(permission.operation, canonical, under: snapshot, in: &explanation)
            describe(permission, under: snapshot, ruleName, in: &explanation)
        case .denied(let denial):
            describe(denial, canonical, route, under: snapshot, in: &explanation)
        }
        return explanation
    }

    private static func describe(
        _ index: OperationIndex, _ target: CanonicalTarget, under snapshot: PolicySnapshot,
        in explanation: inout Explanation
    ) {
        let operation = snapshot.operations[index]
        explanation.pass("target", target.text)
        explanation.pass("operation", "\(operation.id): \(operation.method.name) \(operation.template)")
    }

    private static func describe(
        _ permission: Verdict.Permission, under snapshot: PolicySnapshot, _ ruleName: (Int) -> String,
        in explanation: inout Explanation
    ) {
        let key = snapshot[permission.key]
        explanation.pass("key", text(key))
        if let scope = snapshot.operations[permission.operation].scope {
            explanation.pass("scope", "\(scope): \(text(key.standing(on: scope, in: snapshot.operations)))")
        }
        let masked = names(permission.protected, ruleName)
        let clear = names(permission.revealed, ruleName)
        explanation.pass("redaction", "masked: \(masked); in clear by an explicit scope: \(clear)")
        explanation.reason = permission.reason
        let mark = permission.reason == .allowed ? "" : " (observed only: \(permission.reason.text))"
        explanation.pass("decision", "permitted\(mark)")
    }

    private static func describe(
        _ denial: Denial, _ target: CanonicalTarget, _ route: Route, under snapshot: PolicySnapshot,
        in explanation: inout Explanation
    ) {
        explanation.reason = denial.reason
        let why = denial.reason.explanation.description
        if let refusal = denial.target {
            return explanation.refuse("target", denial.reason, refusal.explanation.description)
        }
        explanation.pass("target", target.text)
        if denial.status == 401 || denial.reason == .tokenKeysUnavailable {
            let wanted = denial.key.flatMap { snapshot[$0].requiredCertificate }
            let whose = denial.reason == .certificateRequired ? wanted.map { " Needed: \($0)." } ?? "" : ""
            return explanation.refuse("key", denial.reason, why + whose)
        }
        if let key = denial.key { explanation.pass("key", text(snapshot[key])) }
        guard let index = denial.operation else {
            let methods = Method.allCases.filter(denial.allowed.contains).map(\.name.description)
            let hint = methods.isEmpty ? "" : " Allowed: \(methods.joined(separator: ", "))."
            return explanation.refuse("operation", denial.reason, why + hint)
        }
        let operation = snapshot.operations[index]
        explanation.pass("operation", "\(operation.id): \(operation.method.name) \(operation.template)")
        if denial.reason == .protectedField || denial.reason == .unknownParameter {
            if let scope = operation.scope, let key = denial.key {
                let standing = snapshot[key].standing(on: scope, in: snapshot.operations)
                explanation.pass("scope", "\(scope): \(text(standing))")
            }
            return explanation.refuse("query", denial.reason, why)
        }
        guard let missing = denial.missingScope, let key = denial.key else {
            return explanation.refuse("scope", denial.reason, why)
        }
        let scope = snapshot.operations[missing]
        let standing = snapshot[key].standing(on: scope, in: snapshot.operations)
        explanation.refuse("scope", denial.reason, "\(scope): \(text(standing))")
    }

    /// Who it is, by what it is known, and what it is to the appliance. Keys of the configuration have no id that
    /// anybody knows.
    private static func text(_ key: APIKey) -> String {
        var text = key.id < 0 ? key.name : "\(key.id) \(key.name)"
        if let name = key.enrolledCertificate { text += ", known by the client certificate \(name)" }
        if let name = key.requiredCertificate { text += ", with the client certificate \(name)" }
        if key.isBound { text += "; the appliance sees its own bound credential" }
        return text
    }

    private static func text(_ standing: ScopeStanding) -> String {
        switch standing {
        case .granted(let pattern): "granted by \(pattern)"
        case .denied(let pattern): "denied by \(pattern)"
        case .exactGrantRequired(nil): "no grant; needs one of exactly this scope"
        case .exactGrantRequired(let wildcard?): "\(wildcard) does not cover it; needs a grant of exactly this scope"
        case .missing: "no grant covers it"
        }
    }

    private static func names(_ mask: UInt64, _ ruleName: (Int) -> String) -> String {
        let names = (0..<64).filter { mask >> UInt64($0) & 1 != 0 }.map(ruleName)
        return names.isEmpty ? "nothing" : names.joined(separator: ", ")
    }
}

extension APIKey {
    fileprivate func standing(on scope: Scope, in operations: OperationTable) -> ScopeStanding {
        standing(on: scope, exactOnly: operations.needsExactGrant(scope))
    }
}
