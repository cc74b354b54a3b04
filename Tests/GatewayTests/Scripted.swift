import GatewayTesting
import NodeumSimulator
import Settings

/// A gateway before an appliance that answers every request by one script, and a key for it.
struct Scripted {
    /// Its answers hold no secret, so that nothing is redacted.
    static let plain = "/pools/1"
    /// Its answers are redacted.
    static let protected = "/cloud_connectors/1"

    let site: TestSite
    let gateway: TestGateway
    let key: String

    init(
        _ settings: (inout Settings) -> Void = { _ in }, scenario: @escaping ScenarioChoice
    ) throws {
        site = try TestSite()
        site.appliance.setScenario(scenario)
        key = try site.key("pools/*", "cloud_connectors/*")
        gateway = try site.gateway(settings)
    }

    init(_ settings: (inout Settings) -> Void = { _ in }, _ scenario: Scenario) throws {
        try self.init(settings) { _ in scenario }
    }

    func ask(
        _ method: String = "GET", _ path: String = plain, fields: [String] = [], body: String? = nil
    ) throws -> Answer {
        try gateway.ask(method, path, key: key, fields: fields, body: body)
    }

    func request(_ method: String = "GET", _ path: String = plain, fields: [String] = [], body: String? = nil) -> [UInt8] {
        Request(method, path, key: key, fields: fields, body: body).bytes
    }

    var seen: [ObservedRequest] { site.appliance.appliance.observations }
}
