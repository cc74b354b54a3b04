/// What an action answers, before it is rendered.
enum Answer {
    case json(Int, JSONValue)
    case file(type: String, name: String, bytes: [UInt8])
    case none(Int)

    static func notFound(_ message: String) -> Answer {
        .json(404, .object([JSONMember("messages", .array([.string(message)]))]))
    }

    static func missing(_ model: String, _ id: String) -> Answer {
        .notFound("Couldn't find \(model) with 'id'=\(id)")
    }
}

/// What an action works with: the route, the parameters as Rails merges them, and the body's alone.
struct ActionContext {
    let controller: String
    let action: String
    let method: String
    let parameters: [JSONMember]
    let pathParameters: [JSONMember]

    func text(_ name: String) -> String? { parameters.value(name)?.text }

    /// Every text given for a parameter: one, or the elements of `name[]=`.
    func texts(_ name: String) -> [String] {
        switch parameters.value(name) {
        case .array(let values): values.compactMap(\.text)
        case let value?: value.text.map { [$0] } ?? []
        case nil: []
        }
    }

    /// The attributes of a resource: under its name, or flat.
    func attributes(of resource: String) -> [JSONMember] {
        guard case .object(let members)? = parameters.value(resource) else { return parameters }
        return members
    }
}
