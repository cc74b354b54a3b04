import Cryptography
import Dispatch
import Synchronization

/// The simulated appliance: requests in, responses out, state in memory. May be called from any thread.
///
/// It reads requests as Rails, Rack and Puma do and shares no parser and no router with the gateway, so it is an
/// independent witness of which action a request really runs.
package final class Appliance: Sendable {
    private struct Memory {
        var state: ApplianceState
        var observations: [ObservedRequest] = []
        var sequence = 0
        var waiting: [DispatchSemaphore] = []
    }

    /// What Rails knows; other methods are 405.
    private static let methods = [
        "GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "LINK", "UNLINK", "PROPFIND",
        "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "MKCALENDAR", "PURGE",
    ]

    package let settings: SimulatorSettings
    private let routes = RouteMatcher()
    private let memory: Mutex<Memory>

    package init(_ settings: SimulatorSettings = SimulatorSettings()) {
        self.settings = settings
        memory = Mutex(Memory(state: ApplianceState(settings.seed)))
    }

    // MARK: Answering

    /// What is known of a request by the time it is answered.
    private struct Course {
        var effectiveMethod: String
        var route: MatchedRoute?
        var ran = false
        var parameters: [JSONMember] = []
        var isTruncated = false
    }

    /// Routes, runs and answers one request, and records it.
    package func answer(_ request: SimulatedRequest) -> SimulatedResponse {
        let rack = RackRequest(request)
        var course = Course(effectiveMethod: rack.method)
        course.isTruncated = rack.isTruncated
        let answer = run(rack, &course)
        let response = render(answer, rack, course)
        record(
            request, effectiveMethod: rack.method, action: course.route?.name, ran: course.ran,
            status: response.status, parameters: .object(course.parameters))
        return response
    }

    private func run(_ rack: RackRequest, _ course: inout Course) -> Answer {
        guard Self.methods.contains(where: rack.method.isSame) else { return Self.failure(405, "Method Not Allowed") }
        guard let route = routes.match(method: rack.method, path: rack.path) else {
            return Self.failure(404, "Not Found")
        }
        course.route = route
        let context: ActionContext
        do {
            context = try self.context(rack, route)
        } catch {
            return Self.failure(400, "Bad Request")
        }
        course.parameters = context.parameters
        guard settings.credentials.accepts(rack["authorization"]) else {
            return .json(401, .object([JSONMember("messages", .array([.string("Unauthorized")]))]))
        }
        course.ran = true
        return memory.withLock { memory in
            route.controller == "cloud_connectors"
                ? CloudConnectorsController(limits: settings.limits).run(context, &memory.state)
                : PlausibleController(limits: settings.limits).run(context, &memory.state)
        }
    }

    /// Ids are decoded here, after routing.
    private func context(_ rack: RackRequest, _ route: MatchedRoute) throws(ParameterError) -> ActionContext {
        var path: [JSONMember] = []
        for capture in route.captures + (route.format.map { [("format", $0)] } ?? []) {
            guard let text = String(validating: PercentDecoding.path(capture.value), as: UTF8.self) else {
                throw .badEncoding
            }
            path.set(capture.name, .string(text))
        }
        let query = try rack.queryParameters()
        var body = try rack.bodyParameters()
        // Rails wraps a flat JSON body in the resource's name, unless a parameter of that name came from anywhere.
        let resource = PlausibleController.singular(route.controller)
        if rack.wrapsParameters, body.value(resource) == nil, query.value(resource) == nil, !body.isEmpty {
            body.append(JSONMember(resource, .object(body)))
        }
        let merged = switch settings.precedence {
        case .bodyOverQuery: query.merging(body)
        case .queryOverBody: body.merging(query)
        }
        return ActionContext(
            controller: route.controller, action: route.action, method: rack.method,
            parameters: merged.merging(path), pathParameters: path)
    }

    private static func failure(_ status: Int, _ text: String) -> Answer {
        .json(status, .object([JSONMember("status", .int(status)), JSONMember("error", .string(text))]))
    }

    // MARK: Rendering

    private func render(_ answer: Answer, _ rack: RackRequest, _ course: Course) -> SimulatedResponse {
        var response = SimulatedResponse(status: 204, action: course.route?.name)
        switch answer {
        case .none(let status): response.status = status
        case .json(let status, let value):
            response.status = status
            let isXML = course.ran && asksForXML(rack, course)
            response.body = isXML ? value.xml : value.bytes
            response.fields.append(SimulatedField(
                "Content-Type", isXML ? "application/xml; charset=utf-8" : "application/json; charset=utf-8"))
        case .file(let type, let name, let bytes):
            response.status = 200
            response.body = bytes
            response.fields += [
                SimulatedField("Content-Type", type),
                SimulatedField("Content-Disposition", "attachment; filename=\"\(name)\""),
            ]
        }
        if response.status == 401 {
            response.fields.append(SimulatedField("WWW-Authenticate", "Basic realm=\"Nodeum\""))
        }
        if course.ran, let action = course.route?.name {
            response.fields.append(SimulatedField("X-Simulator-Action", action))
        }
        if course.isTruncated { response.fields.append(SimulatedField("X-Simulator-Body-Truncated", "true")) }
        if settings.setsSessionCookie, course.ran {
            response.fields.append(SimulatedField("Set-Cookie", "_nodeum_session=simulated; path=/; HttpOnly"))
        }
        if let id = rack["x-request-id"] { response.fields.append(SimulatedField(name: "X-Request-Id", bytes: id)) }
        addETag(to: &response, rack)
        // Rack empties the body after an override to HEAD; for a HEAD as sent the server keeps the length.
        if rack.method == "HEAD", rack.originalMethod != "HEAD" { response.body = [] }
        return response
    }

    /// `.xml`, `format=xml`, or an Accept that names XML alone.
    private func asksForXML(_ rack: RackRequest, _ course: Course) -> Bool {
        if let format = course.parameters.value("format")?.text { return format.isSame(as: "xml") }
        let accepted = (rack["accept"] ?? []).prefix { $0 != UInt8(ascii: ";") }.trimmed.asText.asciiLowercased
        return ["application/xml", "text/xml"].contains(accepted)
    }

    /// The ETag is a hash of the body with its secrets, and confirms a guess of them.
    private func addETag(to response: inout SimulatedResponse, _ rack: RackRequest) {
        guard response.status == 200 || response.status == 201, !response.body.isEmpty,
            let digest = try? SHA256.digest(response.body.span)
        else {
            response.fields.append(SimulatedField("Cache-Control", "no-cache"))
            return
        }
        let tag = "W/\"\(digest.hexadecimal.prefix(32))\""
        response.fields += [
            SimulatedField("ETag", tag), SimulatedField("Cache-Control", "max-age=0, private, must-revalidate"),
        ]
        guard response.status == 200, rack.method == "GET" || rack.method == "HEAD", let known = rack["if-none-match"]
        else { return }
        let tags = known.split(separator: UInt8(ascii: ",")).map { $0.trimmed.asText }
        let bare = String(tag.dropFirst(2))
        guard tags.contains(where: { $0 == tag || $0 == bare || $0 == "*" }) else { return }
        response.status = 304
        response.body = []
        response.fields.removeAll { $0.name == "Content-Type" || $0.name == "Content-Disposition" }
    }

    // MARK: Observing

    /// Keeps what was seen of a request; the server calls it for the requests that a scenario answers.
    func record(
        _ request: SimulatedRequest, effectiveMethod: String, action: String?, ran: Bool, status: Int,
        parameters: JSONValue
    ) {
        let waiting = memory.withLock { memory in
            memory.sequence += 1
            if memory.observations.count >= max(1, settings.limits.observations) { memory.observations.removeFirst() }
            memory.observations.append(ObservedRequest(
                sequence: memory.sequence, connection: request.connection, method: request.method,
                effectiveMethod: effectiveMethod, target: request.target, fields: request.fields,
                bodyCount: request.bodyCount, bodyDigest: request.bodyDigest,
                body: Array(request.body.prefix(settings.limits.observedBody)), action: action, ran: ran,
                status: status, parameters: parameters))
            let waiting = memory.waiting
            memory.waiting = []
            return waiting
        }
        for semaphore in waiting { semaphore.signal() }
    }

    /// The requests seen, oldest first, at most ``SimulatorLimits/observations``.
    package var observations: [ObservedRequest] { memory.withLock(\.observations) }

    package func forgetObservations() { memory.withLock { $0.observations = [] } }

    /// Waits until a recorded request matches and returns the oldest that does; nil after `milliseconds`.
    package func observation(
        within milliseconds: Int = 5_000, where matches: @escaping @Sendable (ObservedRequest) -> Bool
    ) -> ObservedRequest? {
        let deadline = DispatchTime.now() + .milliseconds(milliseconds)
        while true {
            let semaphore = DispatchSemaphore(value: 0)
            let found = memory.withLock { memory in
                let found = memory.observations.first(where: matches)
                if found == nil { memory.waiting.append(semaphore) }
                return found
            }
            if let found { return found }
            guard semaphore.wait(timeout: deadline) == .success else { return observations.first(where: matches) }
        }
    }

    /// The connectors as stored, by id.
    package var connectors: [CloudConnector] { memory.withLock(\.state.connectors) }

    /// Back to the seed: connectors and jobs as at the start, observations gone.
    package func reset() {
        memory.withLock { memory in
            memory.state = ApplianceState(settings.seed)
            memory.observations = []
        }
    }
}
