/// What the appliance demands of a connector, with Rails' messages and details.
struct ConnectorValidation {
    private struct Failure {
        let attribute: ConnectorAttribute
        let error: String
        let message: String
        let value: String?
    }

    private var failures: [Failure] = []

    init(_ connector: CloudConnector, among others: [CloudConnector]) {
        demandPresence(of: .name, "Name", connector)
        let isTaken = others.contains { other in
            other.id != connector.id && connector.name.map { other.name?.isSame(as: $0) == true } == true
        }
        if isTaken {
            failures.append(Failure(
                attribute: .name, error: "taken", message: "Name has already been taken", value: connector.name))
        }
        demandPresence(of: .url, "Url", connector)
        demandPresence(of: .provider, "Provider", connector)
        if let provider = connector.provider, !provider.isBlank,
            !CloudConnector.providers.contains(where: provider.isSame)
        {
            failures.append(Failure(
                attribute: .provider, error: "inclusion", message: "Provider is not included in the list",
                value: provider))
        }
    }

    private mutating func demandPresence(of attribute: ConnectorAttribute, _ title: String, _ connector: CloudConnector) {
        guard connector[attribute]?.isBlank ?? true else { return }
        failures.append(Failure(
            attribute: attribute, error: "blank", message: "\(title) can't be blank", value: nil))
    }

    /// 422, or nil when the connector is as it should be.
    var answer: Answer? {
        guard !failures.isEmpty else { return nil }
        var details: [JSONMember] = []
        for failure in failures {
            var members = [JSONMember("error", .string(failure.error))]
            if let value = failure.value { members.append(JSONMember("value", .string(value))) }
            var held: [JSONValue] = []
            if case .array(let values)? = details.value(failure.attribute.rawValue) { held = values }
            details.set(failure.attribute.rawValue, .array(held + [.object(members)]))
        }
        return .json(422, .object([
            JSONMember("messages", .array(failures.map { .string($0.message) })),
            JSONMember("details", .object(details)),
        ]))
    }
}
