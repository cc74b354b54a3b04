@testable import NodeumSimulator

extension Appliance {
    /// An appliance that asks for no credential.
    static func open(_ change: (inout SimulatorSettings) -> Void = { _ in }) -> Appliance {
        var settings = SimulatorSettings()
        settings.credentials = .any
        change(&settings)
        return Appliance(settings)
    }

    /// One request below `/api/v2`; `fields` as `Name: value` lines.
    func ask(_ method: String, _ path: String, _ fields: [String] = [], body: String = "") -> SimulatedResponse {
        answer(SimulatedRequest(method, "/api/v2" + path, fields: fields.map(SimulatedField.init(line:)), body: body))
    }

    func askJSON(_ method: String, _ path: String, _ body: String) -> SimulatedResponse {
        ask(method, path, ["Content-Type: application/json"], body: body)
    }

    /// What ran, or the status when nothing did.
    func run(_ method: String, _ target: String, _ fields: [String] = [], body: String = "") -> String {
        let request = SimulatedRequest(method, target, fields: fields.map(SimulatedField.init(line:)), body: body)
        let response = answer(request)
        return response.first("X-Simulator-Action") ?? String(response.status)
    }
}

extension SimulatedField {
    init(line: String) {
        let parts = line.split(separator: ":", maxSplits: 1)
        self.init(String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
    }
}

extension SimulatedResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue? { try? JSONReader.read(body) }

    /// The names in a list of connectors.
    var names: [String] {
        guard case .array(let items)? = json?["cloud_connectors"] else { return [] }
        return items.compactMap { $0["name"]?.text }
    }

    var ids: [Int] {
        guard case .array(let items)? = json?["cloud_connectors"] else { return [] }
        return items.compactMap { $0["id"]?.text.flatMap { Int($0) } }
    }
}
