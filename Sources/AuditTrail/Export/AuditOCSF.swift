import Cryptography

/// Records as OCSF 1.3 API Activity events (class 6003, https://schema.ocsf.io), with the profile Security Control.
/// One JSON object a line, ASCII only.
///
/// | record | event |
/// | --- | --- |
/// | method | `activity_id`: POST 1 Create; GET, HEAD, OPTIONS 2 Read; PUT, PATCH 3 Update; DELETE 4 Delete; else 99 |
/// | decision | `action_id` and `disposition_id`: permit 1 Allowed; deny 2 Denied, Blocked; would_deny 1 with 15 Detected |
/// | reason, status | `status_id` 1 Success or 2 Failure, `status_code`, `status_detail` |
/// | principal | `actor.user`: `name`, `uid`, `type` |
/// | operation, controller/action | `api.operation`, `api.service.name`; `api.request.uid` is the exchange |
/// | everything else | `http_request`, `http_response`, `src_endpoint`, `dst_endpoint`, `metadata`, `unmapped` |
package enum AuditOCSF {
    private static let version = "1.3.0"

    package static func line(_ record: AuditRecord) -> String {
        let activity = activity(record)
        let isFailure = isFailure(record)
        var event = JSONObject()
        event.add("class_uid", 6003)
        event.add("class_name", "API Activity")
        event.add("category_uid", 6)
        event.add("category_name", "Application Activity")
        event.add("activity_id", activity.id)
        event.add("activity_name", activity.name)
        event.add("type_uid", 600_300 + activity.id)
        // Milliseconds since 1970 UTC.
        event.add("time", record.time / 1_000)
        event.add("severity_id", isFailure ? 3 : 1)
        event.add("severity", isFailure ? "Medium" : "Informational")
        event.add("status_id", isFailure ? 2 : 1)
        event.add("status", isFailure ? "Failure" : "Success")
        event.add("status_code", record.value(.status).map(String.init) ?? "")
        event.add("status_detail", record[.reason])
        addDecision(record, to: &event)
        event.add("duration", record[.gatewayMicroseconds] / 1_000)
        event.add("message", record[.detail])
        event.add("actor", actor(record))
        event.add("api", api(record))
        event.add("src_endpoint", source(record))
        event.add("dst_endpoint", destination(record))
        event.add("http_request", request(record))
        if let status = record.value(.status) {
            event.add("http_response", JSONObject(("code", status), ("length", record[.bytesOut])))
        }
        event.add("metadata", metadata(record))
        event.add("unmapped", unmapped(record))
        return event.text
    }

    private static func activity(_ record: AuditRecord) -> (id: Int64, name: String) {
        switch record[.kind] {
        case "intent", "outcome", "completion", "exposure":
            switch record[.method] {
            case "POST": (1, "Create")
            case "GET", "HEAD", "OPTIONS": (2, "Read")
            case "PUT", "PATCH": (3, "Update")
            case "DELETE": (4, "Delete")
            default: (99, record[.method])
            }
        default: (99, record[.kind])
        }
    }

    private static func isFailure(_ record: AuditRecord) -> Bool {
        record[.decision] == "deny" || (record.value(.status) ?? 0) >= 400
    }

    private static func addDecision(_ record: AuditRecord, to event: inout JSONObject) {
        let (action, disposition): ((Int64, String), (Int64, String))
        switch record[.decision] {
        case "permit": (action, disposition) = ((1, "Allowed"), (1, "Allowed"))
        case "deny": (action, disposition) = ((2, "Denied"), (2, "Blocked"))
        case "would_deny": (action, disposition) = ((1, "Allowed"), (15, "Detected"))
        default: return
        }
        event.add("action_id", action.0)
        event.add("action", action.1)
        event.add("disposition_id", disposition.0)
        event.add("disposition", disposition.1)
    }

    private static func actor(_ record: AuditRecord) -> JSONObject {
        var user = JSONObject()
        // One of name and uid is required.
        let isNameless = record[.principalName].isEmpty && record.value(.keyID) == nil
        user.add("name", isNameless ? record[.principal] : record[.principalName])
        user.add("uid", record.value(.keyID).map(String.init) ?? "")
        user.add("type", record[.principal])
        return JSONObject(("user", user))
    }

    private static func api(_ record: AuditRecord) -> JSONObject {
        var api = JSONObject()
        api.add("operation", record[.operation].isEmpty ? record[.kind] : record[.operation])
        if !record[.controller].isEmpty {
            api.add("service", JSONObject(("name", "\(record[.controller])/\(record[.action])")))
        }
        api.add("request", JSONObject(("uid", record[.exchange])))
        if let status = record.value(.upstreamStatus) { api.add("response", JSONObject(("code", status))) }
        return api
    }

    private static func source(_ record: AuditRecord) -> JSONObject {
        var endpoint = JSONObject()
        endpoint.add("ip", record[.client])
        // Required, also of what the gateway does by itself.
        if record[.client].isEmpty { endpoint.add("name", "nodegate") }
        if let port = record.value(.clientPort) { endpoint.add("port", port) }
        return endpoint
    }

    private static func destination(_ record: AuditRecord) -> JSONObject {
        var endpoint = JSONObject()
        let upstream = record[.upstream]
        if let colon = upstream.lastIndex(of: ":"), let port = Int64(upstream[upstream.index(after: colon)...]) {
            endpoint.add("hostname", String(upstream[..<colon]))
            endpoint.add("port", port)
        } else {
            endpoint.add("hostname", upstream)
        }
        return endpoint
    }

    private static func request(_ record: AuditRecord) -> JSONObject {
        guard !record[.method].isEmpty, !record[.path].isEmpty else { return JSONObject() }
        var url = JSONObject()
        url.add("path", record[.path])
        url.add("query_string", record[.query])
        var request = JSONObject()
        request.add("uid", record[.clientRequestID])
        request.add("http_method", record[.method])
        request.add("url", url)
        request.add("user_agent", record[.userAgent])
        request.add("length", record[.bytesIn])
        if !record[.forwarded].isEmpty { request.add("x_forwarded_for", [record[.forwarded]]) }
        return request
    }

    private static func metadata(_ record: AuditRecord) -> JSONObject {
        var metadata = JSONObject()
        metadata.add("version", version)
        metadata.add("product", JSONObject(("name", "nodegate"), ("vendor_name", "nodegate")))
        metadata.add("profiles", ["security_control"])
        metadata.add("log_name", "audit")
        metadata.add("sequence", record.sequence)
        metadata.add("uid", Hexadecimal.encode(record.hash.span))
        return metadata
    }

    /// What OCSF has no place for, under the names of the columns.
    private static func unmapped(_ record: AuditRecord) -> JSONObject {
        var unmapped = JSONObject(("kind", record[.kind]))
        for column in [AuditInteger.form, .lane, .listener, .generation, .upstreamMicroseconds, .redacted, .revealed] {
            unmapped.add(column.column.description, record[column])
        }
        unmapped.add("tls", record[.tls])
        return unmapped
    }
}

/// A JSON object as it grows. Empty texts and empty objects are left out.
struct JSONObject {
    private var members: [String] = []

    init() {}

    init(_ texts: (String, String)...) { for (name, value) in texts { add(name, value) } }
    init(_ numbers: (String, Int64)...) { for (name, value) in numbers { add(name, value) } }
    init(_ object: (String, JSONObject)) { add(object.0, object.1) }

    var text: String { "{" + members.joined(separator: ",") + "}" }

    mutating func add(_ name: String, _ value: Int64) { members.append("\"\(name)\":\(value)") }

    mutating func add(_ name: String, _ value: String) {
        if !value.isEmpty { members.append("\"\(name)\":\(AuditJSON.quoted(value))") }
    }

    mutating func add(_ name: String, _ values: [String]) {
        members.append("\"\(name)\":[\(values.map(AuditJSON.quoted).joined(separator: ","))]")
    }

    mutating func add(_ name: String, _ value: JSONObject) {
        if !value.members.isEmpty { members.append("\"\(name)\":\(value.text)") }
    }
}
