import AccessControl
import Foundation
import GatewayTesting
import NodeumSimulator
import Testing

@Suite("Every operation of config/operations.csv")
struct EveryOperationTests {
    /// Read by the test's own code, not by the gateway's.
    struct Line: Sendable {
        let method, path, controller, action, request: String

        static func all() throws -> [Line] {
            let file = Command.root.appendingPathComponent("config/operations.csv")
            return try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
                .filter { !$0.hasPrefix("#") }.dropFirst().map { line in
                    let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                    return Line(
                        method: cells[0], path: cells[1].replacing(#/\{[a-z_]+\}/#, with: "7"), controller: cells[3],
                        action: cells[4], request: cells[7])
                }
        }

        var scope: String { "\(controller)/\(action)" }

        func bytes(key: String) -> [UInt8] {
            guard request == "multipart" else {
                return Request(method, path, key: key, body: request.isEmpty ? nil : #"{"name":"x"}"#).bytes
            }
            let body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n"
            let fields = ["Content-Type: multipart/form-data; boundary=b", "Content-Length: \(body.utf8.count)"]
            return Request(method, path, key: key, fields: fields).bytes + Array(body.utf8)
        }
    }

    @Test("A key with exactly its scope runs exactly its action; a key with every scope but that one runs nothing")
    func all() throws {
        let site = try TestSite { $0.limits.observations = 4_096 }
        let lines = try Line.all()
        #expect(lines.count == 212)
        let scopes = Set(lines.map(\.scope)).subtracting(["/"]).sorted()
        #expect(scopes.count == 147)
        var holders: [String: String] = [:]
        var lackers: [String: String] = [:]
        let sensitive = ["api_keys/create", "api_keys/update", "task_callbacks/create", "task_callbacks/update"]
        for scope in scopes {
            holders[scope] = try site.key(scope)
            lackers[scope] = try site.key(granted: ["*/*", scope], denials: [scope])
        }
        let wildcard = try site.key("*/*")
        let gateway = try site.gateway()
        let client = try gateway.client()
        let appliance = site.appliance.appliance
        for line in lines where line.scope != "/" {
            client.send(line.bytes(key: try #require(lackers[line.scope])))
            let refusal = client.answer(to: line.method)
            #expect(refusal.status == 403 && refusal.code == "denied_scope", "\(line)")
            #expect(appliance.observations.isEmpty, "\(line)")
            client.send(line.bytes(key: try #require(holders[line.scope])))
            let answer = client.answer(to: line.method)
            #expect(answer.status != 0 && answer.code == nil, "\(line): \(answer.status) \(answer.text)")
            let seen = appliance.observations
            #expect(seen.count == 1, "\(line)")
            // The simulator's controller of an operation is its own; the scope's names come from the vendor's text.
            #expect(seen.first?.action == "\(line.controller)#\(line.action)", "\(line)")
            #expect(seen.first?.ran == true && seen.first?.effectiveMethod == line.method, "\(line)")
            #expect(seen.first?.values("X-Request-ID") == [answer.exchange], "\(line)")
            appliance.forgetObservations()
        }
        for line in lines where sensitive.contains(line.scope) {
            client.send(line.bytes(key: wildcard))
            #expect(client.answer().code == "explicit_grant_required", "\(line)")
        }
        for line in lines where line.scope == "/" {
            client.send(line.bytes(key: wildcard))
            #expect(client.answer().code == "operation_without_scope", "\(line)")
        }
        #expect(appliance.observations.isEmpty)
    }
}
