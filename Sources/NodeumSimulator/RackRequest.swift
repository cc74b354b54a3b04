/// A request as Puma and Rack hand it to Rails.
struct RackRequest {
    private static let overridable = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "LINK", "UNLINK"]
    private static let formTypes = ["application/x-www-form-urlencoded", "multipart/form-data"]
    private static let parseableTypes = ["multipart/related", "multipart/mixed"]
    private static let jsonTypes = ["application/json", "text/x-json", "application/jsonrequest"]

    /// As sent.
    let originalMethod: String
    /// After method override.
    private(set) var method: String
    let path: [UInt8]
    let query: [UInt8]
    let body: [UInt8]
    /// True when the body is longer than what was kept of it.
    let isTruncated: Bool
    private let environment: [(name: String, value: [UInt8])]

    init(_ request: SimulatedRequest) {
        (path, query) = Self.parts(of: request.target)
        environment = Self.environment(of: request.fields)
        body = request.body
        isTruncated = request.bodyCount > UInt64(request.body.count)
        originalMethod = request.method
        method = request.method
        guard originalMethod.isSame(as: "POST") else { return }
        let parameter = ((try? formParameters())?.value("_method"))?.text
        let wanted = (parameter ?? self["x-http-method-override"]?.asText ?? "").asciiUppercased
        guard Self.overridable.contains(where: { $0.isSame(as: wanted) }) else { return }
        method = wanted
    }

    /// A field by its name in lower case with dashes. Puma makes one variable of all spellings and joins repetitions.
    subscript(_ name: String) -> [UInt8]? { environment.first { $0.name.isSame(as: name) }?.value }

    private static func environment(of fields: [SimulatedField]) -> [(name: String, value: [UInt8])] {
        var folded: [(name: String, value: [UInt8])] = []
        for field in fields {
            let name = Self.folded(field.name)
            if let index = folded.firstIndex(where: { $0.name.isSame(as: name) }) {
                folded[index].value += ", ".utf8 + field.value
            } else {
                folded.append((name, field.value))
            }
        }
        return folded
    }

    /// `X_HTTP_Method-Override` and `x-http-method-override` are one variable.
    static func folded(_ name: String) -> String {
        name.utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0.lowercased }.asText
    }

    /// Drops a fragment, honours the absolute form.
    private static func parts(of target: [UInt8]) -> (path: [UInt8], query: [UInt8]) {
        var rest = target.prefix { $0 != UInt8(ascii: "#") }
        if rest.first != UInt8(ascii: "/"), let scheme = Array(rest).place(of: Array("://".utf8)) {
            rest = rest[scheme.upperBound...].drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        }
        guard let mark = rest.firstIndex(of: UInt8(ascii: "?")) else { return (Array(rest), []) }
        return (Array(rest[..<mark]), Array(rest[(mark + 1)...]))
    }

    /// Rack's media type: up to the first comma or semicolon, so the first of two types counts.
    private var mediaType: String? {
        guard let value = self["content-type"], !value.trimmed.isEmpty else { return nil }
        return value.prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: ";") }.trimmed.asText.asciiLowercased
    }

    /// What Rack reads from the body: forms, and everything that a POST carries without a type.
    private func formParameters() throws(ParameterError) -> [JSONMember] {
        let type = mediaType
        let isForm = type.map(Self.formTypes.contains) ?? originalMethod.isSame(as: "POST")
        guard isForm || type.map(Self.parseableTypes.contains) == true else { return [] }
        if let boundary = self["content-type"].flatMap(MultipartReader.boundary) {
            return try MultipartReader.read(body, boundary: boundary).members
        }
        // Old browsers closed a form with NUL.
        let text = body.last == 0 ? body.dropLast() : body[...]
        return try RackParameters(Array(text), separators: [UInt8(ascii: "&")]).members
    }

    /// JSON as Rails reads it, on any method; other bodies as Rack does.
    func bodyParameters() throws(ParameterError) -> [JSONMember] {
        guard !body.isEmpty, let type = mediaType, Self.jsonTypes.contains(type) else { return try formParameters() }
        // What was not kept cannot be read; the answer says so.
        guard !isTruncated else { return [] }
        do {
            let value = try JSONReader.read(body)
            guard case .object(let members) = value else { return [JSONMember("_json", value)] }
            return members
        } catch {
            throw .badBody
        }
    }

    func queryParameters() throws(ParameterError) -> [JSONMember] {
        try RackParameters(query, separators: [UInt8(ascii: "&"), UInt8(ascii: ";")]).members
    }

    /// A JSON body without the resource's name around it is wrapped by Rails.
    var wrapsParameters: Bool { mediaType.map(Self.jsonTypes.contains) ?? false }
}
