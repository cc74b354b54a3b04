import GatewayTesting
import NodeumSimulator
import Settings

/// A gateway before an appliance that answers every request by one script, and keys for it.
struct Scripted {
    /// Asked for with a key that sees secrets, so that answers pass as they are.
    static let plain = "/pools/1"
    /// Asked for with a key that sees none, so that answers are redacted.
    static let protected = "/cloud_connectors/1"

    let site: TestSite
    let gateway: TestGateway
    /// Sees no secret.
    let key: String
    /// Sees every secret.
    let openKey: String

    init(
        settings: (inout Settings) -> Void = { _ in }, scenario: @escaping ScenarioChoice
    ) throws {
        site = try TestSite()
        site.appliance.setScenario(scenario)
        key = try site.key("pools/*", "cloud_connectors/*")
        openKey = try site.key("pools/*", "cloud_connectors/*", "cloud_connectors/get_secret_key")
        gateway = try site.gateway(settings)
    }

    init(_ scenario: Scenario, settings: (inout Settings) -> Void = { _ in }) throws {
        try self.init(settings: settings) { _ in scenario }
    }

    func ask(
        _ method: String = "GET", _ path: String = plain, fields: [String] = [], body: String? = nil
    ) throws -> Answer {
        try gateway.ask(method, path, key: self.key(for: path), fields: fields, body: body)
    }

    func key(for path: String) -> String { path.hasPrefix(Self.plain) ? openKey : key }

    func request(_ method: String = "GET", _ path: String = plain, fields: [String] = [], body: String? = nil) -> [UInt8] {
        Request(method, path, key: key(for: path), fields: fields, body: body).bytes
    }

    var seen: [ObservedRequest] { site.appliance.appliance.observations }
}
