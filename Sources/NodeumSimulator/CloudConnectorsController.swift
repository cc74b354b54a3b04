/// The seven operations of cloud_connectors on the appliance's state.
struct CloudConnectorsController {
    private static let model = "CloudConnector"
    private static let testTotal = 2

    let limits: SimulatorLimits

    func run(_ context: ActionContext, _ state: inout ApplianceState) -> Answer {
        switch context.action {
        case "index": index(context, state)
        case "show": show(context, state)
        case "create": create(context, &state)
        case "update": update(context, &state)
        case "destroy": destroy(context, &state)
        default: test(context, &state)
        }
    }

    private func index(_ context: ActionContext, _ state: ApplianceState) -> Answer {
        let filters = ConnectorAttribute.filters.flatMap { attribute in
            context.texts(attribute.rawValue).map { ListFilter(attribute, $0) }
        }
        let keys = ListOrder.keys(context.texts("sort_by"))
        let found = state.connectors.filter { connector in filters.allSatisfy { $0.matches(connector) } }
            .sorted { ListOrder.precedes($0, $1, by: keys) }
        let offset = max(0, context.text("offset")?.leadingInteger ?? 0)
        let limit = context.text("limit").map(\.leadingInteger).flatMap { $0 > 0 ? $0 : nil } ?? Int.max
        let page = found.dropFirst(offset).prefix(limit)
        return .json(200, .object([
            JSONMember("count", .int(found.count)), JSONMember("cloud_connectors", .array(page.map(\.json))),
        ]))
    }

    /// Digits are an id, all else is a name.
    private func place(_ text: String, _ state: ApplianceState) -> Int? {
        let isNumber = !text.isEmpty && text.utf8.allSatisfy(\.isDigit)
        return state.connectors.firstIndex { connector in
            isNumber ? connector.id == text.leadingInteger : connector.name?.isSame(as: text) == true
        }
    }

    private func show(_ context: ActionContext, _ state: ApplianceState) -> Answer {
        let id = context.text("id") ?? ""
        guard let place = place(id, state) else { return .missing(Self.model, id) }
        return .json(200, state.connectors[place].json)
    }

    private func create(_ context: ActionContext, _ state: inout ApplianceState) -> Answer {
        guard state.connectors.count < limits.connectors else {
            return .json(422, .object([JSONMember("messages", .array([.string("Too many cloud connectors")]))]))
        }
        let connector = assign(context, to: CloudConnector(id: state.nextID, name: nil, url: nil, provider: nil))
        if let refusal = ConnectorValidation(connector, among: state.connectors).answer { return refusal }
        state.nextID += 1
        state.connectors.append(connector)
        return .json(201, connector.json)
    }

    private func update(_ context: ActionContext, _ state: inout ApplianceState) -> Answer {
        let id = context.text("id") ?? ""
        guard let place = place(id, state) else { return .missing(Self.model, id) }
        let connector = assign(context, to: state.connectors[place])
        if let refusal = ConnectorValidation(connector, among: state.connectors).answer { return refusal }
        state.connectors[place] = connector
        return .json(200, connector.json)
    }

    private func destroy(_ context: ActionContext, _ state: inout ApplianceState) -> Answer {
        let id = context.text("id") ?? ""
        guard let place = place(id, state) else { return .missing(Self.model, id) }
        state.connectors.remove(at: place)
        return .none(204)
    }

    /// Scalars are taken, `null` empties, arrays and objects are not permitted.
    private func assign(_ context: ActionContext, to connector: CloudConnector) -> CloudConnector {
        var changed = connector
        let attributes = context.attributes(of: "cloud_connector")
        for attribute in ConnectorAttribute.writable {
            switch attributes.value(attribute.rawValue) {
            case nil, .array, .object: break
            case let value?: changed[attribute] = value.text
            }
        }
        return changed
    }

    /// PUT queues a test of an unsaved connector; GET polls it.
    private func test(_ context: ActionContext, _ state: inout ApplianceState) -> Answer {
        guard context.method == "PUT" else { return poll(context, &state) }
        let candidate = assign(context, to: CloudConnector(id: 0, name: nil, url: nil, provider: nil))
        let url = candidate.url ?? ""
        let name = candidate.name ?? "connector"
        let location = candidate.region.map(JSONValue.string) ?? .null
        let buckets = ["archive", "media", "scratch"].map { suffix in
            JSONValue.object([
                JSONMember("name", .string("\(name)-\(suffix)")), JSONMember("location", location),
            ])
        }
        let outcome = url.isBlank || url.contains("unreachable")
            ? JobOutcome.failed : .completed(.object([JSONMember("cloud_buckets", .array(buckets))]))
        return .json(202, state.jobs.start(
            "cloud_connectors#test", total: Self.testTotal, outcome: outcome, limit: limits.jobs))
    }

    private func poll(_ context: ActionContext, _ state: inout ApplianceState) -> Answer {
        let id = context.text("job_id") ?? ""
        return state.jobs.poll(id, of: "cloud_connectors#test") ?? .notFound("Couldn't find job with 'id'=\(id)")
    }
}
