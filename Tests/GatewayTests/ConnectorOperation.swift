import AccessControl
import GatewayTesting
import NodeumSimulator
import Testing

/// One of the seven operations of cloud_connectors, as a client asks for it.
struct ConnectorOperation: CustomTestStringConvertible, Sendable {
    let name: String
    let method: String
    let path: String
    var body: String?
    /// The action of the scope that it needs.
    let action: String
    let status: Int
    /// The answer holds a secret that is masked for most.
    var hasSecret = false

    var testDescription: String { name }
    var scope: String { "cloud_connectors/\(action)" }
    var changesState: Bool { method != "GET" }

    func request(key: String?) -> Request { Request(method, path, key: key, body: body) }

    /// The simulator's first job.
    static let jobID = "6f4d759d-48e9-43c8-ab24-000000000001"
    private static let draft = #"{"name":"n1","url":"https://s3.example.com","provider":"generic_s3","#
        + #""region":"eu","access_key":"a","secret_key":"SECRET-new-One"}"#

    static let all = [
        ConnectorOperation(
            name: "index", method: "GET", path: "/cloud_connectors?sort_by=name", action: "index", status: 200,
            hasSecret: true),
        ConnectorOperation(
            name: "show", method: "GET", path: "/cloud_connectors/3", action: "show", status: 200, hasSecret: true),
        ConnectorOperation(
            name: "create", method: "POST", path: "/cloud_connectors", body: draft, action: "create", status: 201,
            hasSecret: true),
        ConnectorOperation(
            name: "update", method: "PUT", path: "/cloud_connectors/aws-archive", body: #"{"region":"eu-9"}"#,
            action: "update", status: 200, hasSecret: true),
        ConnectorOperation(
            name: "destroy", method: "DELETE", path: "/cloud_connectors/2", action: "destroy", status: 204),
        ConnectorOperation(
            name: "test", method: "PUT", path: "/cloud_connectors/-/test", body: draft, action: "test", status: 202),
        ConnectorOperation(
            name: "test result", method: "GET", path: "/cloud_connectors/-/test?job_id=\(jobID)", action: "test",
            status: 202),
    ]

    /// What the appliance answers to it in the state of the seed, with the first test job under way.
    func answerOfTheAppliance() -> SimulatedResponse {
        var settings = SimulatorSettings()
        settings.credentials = .any
        let appliance = Appliance(settings)
        Self.startJob(on: appliance, key: nil)
        let target = Array("/api/v2\(path)".utf8)
        var request = SimulatedRequest(method: method, target: target, body: Array((body ?? "").utf8))
        if body != nil { request.fields = [SimulatedField("Content-Type", "application/json")] }
        return appliance.answer(request)
    }

    static func startJob(on appliance: Appliance, key: String?) {
        var fields = [SimulatedField("Content-Type", "application/json")]
        if let key { fields.append(SimulatedField("Authorization", "Bearer \(key)")) }
        _ = appliance.answer(SimulatedRequest("PUT", "/api/v2/cloud_connectors/-/test", fields: fields, body: draft))
    }

    /// Masks by the simplest rule that does it for the simulator's own JSON: from `"secret_key":"` to the next quote
    /// that is not escaped.
    static func masked(_ text: String) -> String {
        var out = ""
        var rest = text[...]
        while let start = rest.firstRange(of: #""secret_key":""#) {
            out += rest[..<start.upperBound]
            rest = rest[start.upperBound...]
            while let character = rest.first, character != "\"" { rest = rest.dropFirst(character == "\\" ? 2 : 1) }
            out += "[censored]"
        }
        // The seed's two other credentials: of a proxy, and of a mount.
        return (out + rest).replacing("proxyuser:SECRET-4-proxy-pass@", with: "[censored]@")
            .replacing("passwd=SECRET-5-mount-option", with: "passwd=[censored]")
    }
}
