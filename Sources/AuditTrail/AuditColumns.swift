/// The integer columns of a record in the order of its canonical form.
///
/// The order, the names and the widths are part of form 2 and never change; see `RecordForm`.
package enum AuditInteger: UInt8, CaseIterable, Sendable {
    case form, sequence, time, lane, listener, clientPort, keyID, generation, status, upstreamStatus
    case bytesIn, bytesOut, gatewayMicroseconds, upstreamMicroseconds, redacted, revealed

    /// The name of the column.
    package var column: StaticString {
        switch self {
        case .form: "form"
        case .sequence: "sequence"
        case .time: "time"
        case .lane: "lane"
        case .listener: "listener"
        case .clientPort: "client_port"
        case .keyID: "key_id"
        case .generation: "generation"
        case .status: "status"
        case .upstreamStatus: "upstream_status"
        case .bytesIn: "bytes_in"
        case .bytesOut: "bytes_out"
        case .gatewayMicroseconds: "gateway_us"
        case .upstreamMicroseconds: "upstream_us"
        case .redacted: "redacted"
        case .revealed: "revealed"
        }
    }

    /// Bytes in the canonical form.
    @inline(__always)
    var width: Int {
        switch self {
        case .form: 1
        case .lane, .listener, .clientPort, .status, .upstreamStatus: 2
        case .redacted, .revealed: 4
        case .bytesIn, .bytesOut, .gatewayMicroseconds, .upstreamMicroseconds: 6
        case .sequence, .time, .keyID, .generation: 8
        }
    }

    /// Where it begins in the canonical form.
    @inline(__always)
    var offset: Int {
        switch self {
        case .form: 0
        case .sequence: 1
        case .time: 9
        case .lane: 17
        case .listener: 19
        case .clientPort: 21
        case .keyID: 23
        case .generation: 31
        case .status: 39
        case .upstreamStatus: 41
        case .bytesIn: 43
        case .bytesOut: 49
        case .gatewayMicroseconds: 55
        case .upstreamMicroseconds: 61
        case .redacted: 67
        case .revealed: 71
        }
    }

    /// Zero means "there is none" and is shown as NULL.
    package var isNullable: Bool {
        switch self {
        case .clientPort, .keyID, .status, .upstreamStatus: true
        case .form, .sequence, .time, .lane, .listener, .generation, .bytesIn, .bytesOut, .gatewayMicroseconds,
            .upstreamMicroseconds, .redacted, .revealed: false
        }
    }

    static let count = 16
}

/// The text columns of a record in the order of its canonical form. Empty is shown as NULL.
package enum AuditText: UInt8, CaseIterable, Sendable {
    case kind, exchange, client, method, path, query, operation, controller, action, principal, principalName
    case decision, reason, upstream, userAgent, clientRequestID, forwarded, tls, detail

    /// The name of the column.
    package var column: StaticString {
        switch self {
        case .kind: "kind"
        case .exchange: "exchange"
        case .client: "client"
        case .method: "method"
        case .path: "path"
        case .query: "query"
        case .operation: "operation"
        case .controller: "controller"
        case .action: "action"
        case .principal: "principal"
        case .principalName: "principal_name"
        case .decision: "decision"
        case .reason: "reason"
        case .upstream: "upstream"
        case .userAgent: "user_agent"
        case .clientRequestID: "client_request_id"
        case .forwarded: "forwarded"
        case .tls: "tls"
        case .detail: "detail"
        }
    }

    static let count = 19
}

/// The texts that a lane sets itself; the others follow from enumerations.
package enum AuditField: UInt8, CaseIterable, Sendable {
    /// The client's address: `192.0.2.7` or `2001:db8::1`.
    case client
    /// The canonical path. For a request without one: empty, and `detail` holds an excerpt.
    case path
    /// The canonical query; values of protected parameters are masked by the caller.
    case query
    case operation, controller, action
    /// The name of the key, the user, or the token's issuer/subject.
    case principalName
    /// Address of the upstream that was asked.
    case upstream
    case userAgent
    /// The client's own X-Request-ID, if it sent a sane one.
    case clientRequestID
    /// The chain of trusted proxies before the client's address.
    case forwarded
    /// Version, cipher and client certificate subject.
    case tls
    /// What else a person needs: the missing scope, an excerpt, how a stream ended. Never a credential.
    case detail

    static let count = 13

    var text: AuditText {
        switch self {
        case .client: .client
        case .path: .path
        case .query: .query
        case .operation: .operation
        case .controller: .controller
        case .action: .action
        case .principalName: .principalName
        case .upstream: .upstream
        case .userAgent: .userAgent
        case .clientRequestID: .clientRequestID
        case .forwarded: .forwarded
        case .tls: .tls
        case .detail: .detail
        }
    }
}
