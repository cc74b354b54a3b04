/// Every operation but those of cloud_connectors: believable JSON that names the controller and the action.
struct PlausibleController {
    static let tracesType = "application/tar+gzip"
    private static let lists = ["index", "systems", "devices", "tapes"]
    private static let jobs = ["cloud_buckets#sync", "nas_shares#test", "tasks#action", "systems#download_traces"]

    let limits: SimulatorLimits

    func run(_ context: ActionContext, _ state: inout ApplianceState) -> Answer {
        let route = "\(context.controller)#\(context.action)"
        if Self.jobs.contains(route) { return job(route, context, &state) }
        if Self.lists.contains(context.action) { return list(context) }
        switch (context.controller, context.action) {
        case ("statistics", _): return .json(200, named(context, [statistics()]))
        case ("systems", _):
            let yaml = "# variables of the demonstration appliance\nnodeum_admin_password: SECRET-yaml-password\n"
            return .file(type: "application/x-yaml", name: "vars.yml", bytes: Array(yaml.utf8))
        case (_, "show"): return .json(200, named(context, item(context, 0, named: context.text("id"))))
        case (_, "create"): return .json(201, named(context, written(context)))
        case (_, "update"): return .json(200, named(context, written(context)))
        case (_, "destroy"), (_, "sync_primary"): return .none(204)
        case (_, "mount"), (_, "mount_status"):
            return .json(200, named(context, [JSONMember("status", .string("mounted"))]))
        case (_, "unmount"): return .json(200, named(context, [JSONMember("status", .string("unmounted"))]))
        default: return .json(200, named(context, item(context, 0, named: context.text("id"))))
        }
    }

    private func named(_ context: ActionContext, _ members: [JSONMember]) -> JSONValue {
        .object(members + [
            JSONMember("controller", .string(context.controller)), JSONMember("action", .string(context.action)),
        ])
    }

    private func list(_ context: ActionContext) -> Answer {
        let items = (0..<2).map { JSONValue.object(item(context, $0, named: nil)) }
        let name = context.action == "index" || context.action == "systems" ? context.controller : context.action
        return .json(200, named(context, [JSONMember("count", .int(items.count)), JSONMember(name, .array(items))]))
    }

    private func statistics() -> JSONMember {
        JSONMember("facets", .array([
            .object([JSONMember("value", .string("first")), JSONMember("count", .int(12))]),
            .object([JSONMember("value", .string("second")), JSONMember("count", .int(7))]),
        ]))
    }

    /// An object with an id, a name, the ids of what it belongs to, and what its controller is known for.
    private func item(_ context: ActionContext, _ index: Int, named id: String?) -> [JSONMember] {
        let singular = Self.singular(context.controller)
        let isNumber = id.map { !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) } ?? true
        let number = isNumber ? id?.leadingInteger ?? index + 1 : 1
        var members = [
            JSONMember("id", .int(number)),
            JSONMember("name", .string(isNumber ? "\(singular)-\(number)" : id ?? "")),
        ]
        for parameter in context.pathParameters where !parameter.name.isSame(as: "id") {
            let text = parameter.value.text ?? ""
            let value = text.utf8.allSatisfy(\.isDigit) && !text.isEmpty
                ? JSONValue.int(text.leadingInteger) : .string(text)
            members.set(parameter.name, value)
        }
        return members + known(context, number)
    }

    private func known(_ context: ActionContext, _ number: Int) -> [JSONMember] {
        switch context.controller {
        case "nas_shares":
            [JSONMember("path", .string("/export/share-\(number)")), JSONMember("username", .string("nodeum")),
             JSONMember("password", .string("SECRET-nas-share-\(number)-Pw5d"))]
        case "api_keys":
            // The appliance's own list masks all but the end; one key shows whole.
            [JSONMember("key", .string(context.action == "index"
                ? "******************Iwg\(number)" : "SECRET-api-key-\(number)-Iwg\(number)")),
             JSONMember("scopes", .array([.object([
                 JSONMember("controller", .string("files")), JSONMember("action", .string("index"))])]))]
        case "cloud_buckets":
            [JSONMember("cloud_connector_id", .int(1)), JSONMember("file_count", .int(number % 1_000)),
             JSONMember("location", .string("eu-west-1")), JSONMember("options", .string("multipart_size=64"))]
        case "files", "import_files", "on_tapes_files":
            [JSONMember("type", .string("file")), JSONMember("size", .int(1024 * (number % 1_000)))]
        case "task_callbacks":
            [JSONMember("type", .string("before_task")), JSONMember("script", .string("#!/bin/sh\ntrue\n"))]
        case "tasks", "task_executions": [JSONMember("status", .string("done"))]
        default: []
        }
    }

    /// The object with what the client sent in place of what would be there.
    private func written(_ context: ActionContext) -> [JSONMember] {
        var members = item(context, 0, named: context.pathParameters.value("id")?.text)
        for attribute in context.attributes(of: Self.singular(context.controller)) {
            let isOwn = ["id", "controller", "action", "format"].contains(where: attribute.name.isSame)
            guard !isOwn, attribute.value.text != nil else { continue }
            members.set(attribute.name, attribute.value)
        }
        return members
    }

    private func job(_ route: String, _ context: ActionContext, _ state: inout ApplianceState) -> Answer {
        if context.method == "PUT" {
            let outcome = route == "systems#download_traces"
                ? JobOutcome.file(type: Self.tracesType, name: "traces.tar.gz", bytes: Archive.traces)
                : .completed(named(context, [JSONMember("status", .string("completed"))]))
            return .json(202, state.jobs.start(route, total: 2, outcome: outcome, limit: limits.jobs))
        }
        if let id = context.text("job_id") {
            return state.jobs.poll(id, of: route) ?? .notFound("Couldn't find job with 'id'=\(id)")
        }
        guard route == "systems#download_traces" else {
            return .json(200, named(context, [JSONMember("status", .string("completed"))]))
        }
        return .file(type: Self.tracesType, name: "traces.tar.gz", bytes: Archive.traces)
    }

    static func singular(_ controller: String) -> String {
        if controller == "nas" { return controller }
        if controller == "task_metadata" { return "task_metadatum" }
        if controller.hasSuffix("ies") { return controller.dropLast(3) + "y" }
        return controller.hasSuffix("s") ? String(controller.dropLast()) : controller
    }
}
