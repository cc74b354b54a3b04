import Foundation
import GatewayTesting
import Testing

@Suite("Clients that know nothing of the gateway complete all seven operations through it")
struct ClientTests {
    private let site: TestSite
    private let gateway: TestGateway
    private let key: String

    init() throws {
        site = try TestSite()
        key = try site.key(granted: ["index", "show", "create", "update", "destroy", "test"].map { "cloud_connectors/\($0)" })
        gateway = try site.gateway()
    }

    private var url: String { "http://127.0.0.1:\(gateway.port)/api/v2" }

    private func complete(_ program: String, _ script: String, _ arguments: String...) throws {
        let result = try Command.run(program: program, [try Python.script(script), url, key] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasSuffix("completed\n"), "\(result.output)")
        let ran = Set(site.appliance.appliance.observations.filter(\.ran).compactMap(\.action))
        #expect(ran == Set(["index", "show", "create", "update", "destroy", "test"].map { "cloud_connectors#\($0)" }))
        #expect(!result.output.contains("SECRET"))
    }

    @Test("The vendor's Python SDK, with and without the prefix Bearer", arguments: ["Bearer", ""])
    func sdk(prefix: String) throws { try complete(try Python.interpreter, "sdk.py", prefix) }

    @Test("Python requests")
    func requests() throws { try complete(try Python.interpreter, "by_requests.py") }

    @Test("curl")
    func curl() throws { try complete("/bin/bash", "curl.sh") }
}
