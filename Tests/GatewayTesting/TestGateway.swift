import AuditTrail
import Foundation
import Gateway
import NodeumSimulator

/// A gateway in this process, on a port of its own.
package final class TestGateway {
    package let server: GatewayServer
    /// Of the first listener.
    package let port: UInt16
    private unowned let site: TestSite
    private var isStopped = false

    init(_ server: GatewayServer, site: TestSite) {
        self.server = server
        self.site = site
        port = server.addresses.first?.port ?? 0
    }

    @discardableResult
    package func stop() -> GatewayServer.StopOutcome? {
        guard !isStopped else { return nil }
        isStopped = true
        return server.stop()
    }

    /// A test has stopped `server` itself.
    package func isStoppedAlready() { isStopped = true }

    package func client(receiveBuffer: Int32? = nil, source: UInt8? = nil) throws -> RawClient {
        try RawClient(port: port, receiveBuffer: receiveBuffer, source: source)
    }

    /// One request over a connection of its own.
    package func ask(
        _ method: String, _ path: String, key: String? = nil, fields: [String] = [], body: String? = nil
    ) throws -> Answer {
        let client = try client()
        client.send(Request(method, path, key: key, fields: fields, body: body).bytes)
        return client.answer(to: method)
    }

    /// Waits until the gateway follows the store.
    package func follow() throws {
        let wanted = try site.store.generation()
        let key = "this-key-was-never-issued-000000000000"
        _ = try Patience.holds {
            let answer = try ask("GET", "/cloud_connectors", key: key)
            return try site.records(of: answer).last.map { UInt64($0[.generation]) == wanted } ?? false
        }
    }
}

/// A request as bytes.
package struct Request {
    package var method: String
    /// From the first byte to the last of the request target.
    package var target: String
    package var fields: [String]
    package var body: [UInt8]

    /// - Parameters:
    ///   - path: Below `/api/v2`.
    ///   - body: JSON, sent with its length.
    package init(_ method: String, _ path: String, key: String? = nil, fields: [String] = [], body: String? = nil) {
        self.method = method
        target = "/api/v2" + path
        self.fields = ["Host: nodeum.example"] + fields
        self.body = Array((body ?? "").utf8)
        if let key { self.fields.append("Authorization: Bearer \(key)") }
        if let body { self.fields += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
    }

    package var head: [UInt8] {
        Array(("\(method) \(target) HTTP/1.1\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n").utf8)
    }

    package var bytes: [UInt8] { head + body }
}
