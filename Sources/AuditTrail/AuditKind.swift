/// What a record says of its exchange.
package enum AuditKind: UInt8, CaseIterable, Sendable {
    /// The gateway is about to forward a request that changes state or reveals a secret.
    case intent
    /// The exchange was answered or refused.
    case outcome
    /// A streamed body ended, with its true counts; follows the outcome.
    case completion
    /// A secret left in clear, in the exchange that it belongs to: `detail` says which; see `AuditExposure`. An answer
    /// that shows just one, and is there whole, says so in its outcome.
    case exposure
    /// Keys, scopes, policy, settings or retention were changed.
    case administration
    /// The gateway itself: started, drained, stopped.
    case lifecycle
    /// A signed statement of the chain's end before this record; see `SignedCheckpoint`.
    case checkpoint

    /// False for what the gateway, its administrators and the log itself record: no exchange and no method belong to
    /// it, and those columns are empty.
    package var isOfExchange: Bool {
        switch self {
        case .intent, .outcome, .completion, .exposure: true
        case .administration, .lifecycle, .checkpoint: false
        }
    }

    /// The stable name, as stored.
    package var text: StaticString {
        switch self {
        case .intent: "intent"
        case .outcome: "outcome"
        case .completion: "completion"
        case .exposure: "exposure"
        case .administration: "administration"
        case .lifecycle: "lifecycle"
        case .checkpoint: "checkpoint"
        }
    }
}

/// Who acted.
package enum AuditPrincipal: UInt8, CaseIterable, Sendable {
    /// Nobody was identified.
    case none
    /// An API key: `keyID` and `principalName` say which.
    case key
    /// A user of the appliance by HTTP Basic.
    case basic
    /// A verified token: `principalName` is issuer/subject.
    case jwt
    /// A user of the operating system, at the command line.
    case system

    /// The stable name, as stored.
    package var text: StaticString {
        switch self {
        case .none: "none"
        case .key: "key"
        case .basic: "basic"
        case .jwt: "jwt"
        case .system: "system"
        }
    }
}

/// What was decided.
package enum AuditDecision: UInt8, CaseIterable, Sendable {
    case permit
    case deny
    /// Permitted only because the gateway observes; `reason` says why it would have been denied.
    case wouldDeny
    /// There was nothing to decide: the request was malformed, or the record is not of an exchange.
    case none

    /// The stable name, as stored.
    package var text: StaticString {
        switch self {
        case .permit: "permit"
        case .deny: "deny"
        case .wouldDeny: "would_deny"
        case .none: "none"
        }
    }
}
