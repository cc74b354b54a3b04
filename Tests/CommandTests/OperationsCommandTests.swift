import Foundation
import GatewayTesting
import Testing

private let description = """
    openapi: 3.0.1
    info: {title: Nodeum API, version: 9.9.9}
    paths:
      /cloud_connectors:
        get:
          operationId: index_cloud_connectors
          description: "**API Key Scope**: cloud_connectors / index  \\nOptional API Key Explicit Scope: cloud_connectors / get_secret_key"
          responses: {"200": {content: {application/json: {}}}}
        post:
          operationId: create_cloud_connector
          description: "**API Key Scope**: cloud_connectors / build"
          requestBody: {content: {application/json: {}, text/csv: {}}}
          responses: {"201": {content: {application/json: {}}}}
      /robots/{robot_id}/arms/{arm}:
        parameters:
          - $ref: '#/components/parameters/robot'
        put:
          operationId: move_arm
          description: "Moves it.\\n\\n**API Key Scope**: robots / move\\n"
          parameters:
            - {name: arm, in: path, schema: {type: integer}}
          requestBody: {$ref: '#/components/requestBodies/move'}
          responses: {"200": {content: {application/zip: {}}}}
      /api_keys/rotate:
        post:
          operationId: rotate
          description: "**API Key Scope**: api_keys / create"
          responses: {"204": {}}
      /robots/reset:
        delete:
          operationId: reset_robots
          responses: {"204": {}}
      /robots/{a}{b}:
        get: {operationId: odd, responses: {"200": {}}}
    components:
      parameters:
        robot: {name: robot_id, in: path, description: "Numeric ID, serial, or name of robot.", schema: {type: string}}
      requestBodies:
        move: {content: {multipart/form-data: {}}}
    """

@Suite("operations, scopes")
struct OperationsCommandTests {
    @Test("The shipped table lists all 212 operations")
    func list() throws {
        let rows = try Command.run("operations", "list", "--json").objects()
        #expect(rows.count == 212)
        let first = try #require(rows.first { $0["id"] as? String == "index_cloud_connectors" })
        #expect(first["method"] as? String == "GET")
        #expect(first["path"] as? String == "/cloud_connectors")
        #expect(first["scope"] as? String == "cloud_connectors/index")
        #expect(first["explicitScope"] as? String == "cloud_connectors/get_secret_key")
        #expect(rows.filter { $0["scope"] == nil }.compactMap { $0["id"] as? String } == ["download_reset_vars"])
        let table = try Command.run("operations", "list", "--controller", "cloud_connectors")
        #expect(table.lines.count == 8)
        #expect(table.lines[0].hasPrefix("METHOD  PATH"))
    }

    @Test("Scopes that unlock a secret or open a sensitive operation are marked exact")
    func scopes() throws {
        let rows = try Command.run("scopes", "list", "--json").objects()
        let exact = Set(rows.filter { $0["exact"] as? Bool == true }.compactMap { $0["scope"] as? String })
        #expect(exact.isSuperset(of: [
            "cloud_connectors/get_secret_key", "nas_shares/get_password", "api_keys/create", "systems/download_traces",
        ]))
        #expect(!exact.contains("cloud_connectors/index"))
        #expect(rows.count == Set(rows.compactMap { $0["scope"] as? String }).count)
    }

    @Test("An import says what is new, gone, changed and without a scope, and writes nothing unasked")
    func changes() throws {
        let scratch = try ScratchDirectory()
        let file = try scratch.write(description, to: "api.yaml")
        let result = try Command.run("operations", "import", file, "--json")
        #expect(result.status == 0)
        let report = try #require(try result.objects().first)
        func paths(_ member: String) -> [String] {
            (report[member] as? [[String: Any]] ?? []).map { "\($0["method"] ?? "") \($0["path"] ?? "")" }
        }
        #expect(report["operations"] as? Int == 5)
        #expect(Set(paths("new")) == [
            "PUT /robots/{robot_id}/arms/{arm}", "POST /api_keys/rotate", "DELETE /robots/reset",
        ])
        #expect(paths("gone").count == 210)
        #expect(paths("changedScope") == ["POST /cloud_connectors"])
        #expect(paths("changedExplicitScope") == [])
        #expect(report["version"] as? String == "9.9.9")
        #expect(paths("withoutScope") == ["DELETE /robots/reset"])
        let remarks = report["remarks"] as? [[String: Any]] ?? []
        func remark(_ text: String) -> [String: Any]? {
            remarks.first { ($0["message"] as? String)?.contains(text) == true }
        }
        #expect(remark("text/csv") != nil)
        #expect(remark("/robots/{a}{b}: left out")?["line"] as? Int == 34)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["api.yaml"])
    }

    @Test("What an import writes is a table, with ids, bodies and sensitivity read from the description")
    func output() throws {
        let scratch = try ScratchDirectory()
        let file = try scratch.write(description, to: "api.yaml")
        let table = scratch.path("new.csv")
        #expect(try Command.run("operations", "import", file, "--output", table).status == 0)
        let lines = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n")
        #expect(lines.contains(
            "PUT,/robots/{robot_id}/arms/{arm},move_arm,robots,move,,,multipart,json|file,serial|integer"))
        #expect(lines.contains("POST,/api_keys/rotate,rotate,api_keys,create,,sensitive,,json,"))
        let rows = try Command.run("operations", "list", "--table", table, "--json").objects()
        #expect(rows.count == 5)
        // Against itself nothing has changed.
        let again = try Command.run("operations", "import", file, "--table", table)
        #expect(again.output.contains("new: none\ngone: none\nchanged scope: none\nchanged explicit scope: none\n"))
    }

    @Test("JSON is read like YAML, also from standard input")
    func json() throws {
        let text = """
            {"openapi": "3.0.0", "paths": {"/x": {"get": {"operationId": "x",
            \t"description": "**API Key Scope**: x / index", "responses": {}}}}}
            """
        let result = try Command.run("operations", "import", "-", "--json", input: text)
        #expect(try result.objects().first?["operations"] as? Int == 1)
    }

    @Test("What is no description is refused with a reason", arguments: [
        ("", "no OpenAPI 3 description"), ("{\"a\": ", "standard input:"), ("a: 1", "no OpenAPI 3 description"),
        ("openapi: 3.0.0\npaths: {}", "has no operation"), ("openapi: 3.0.0\npaths: []", "has no operation"),
        ("swagger: '2.0'\npaths: {}", "Swagger 2"), ("openapi: 3.0.0\npaths: {}\nx: *unknown", "standard input:3:"),
    ])
    func refused(text: String, reason: String) throws {
        let result = try Command.run("operations", "import", "-", input: text)
        #expect(result.status == 1)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains(reason), "\(result.errors)")
    }

    @Test("What no table can hold is left out with a remark, and the rest is taken", arguments: [
        ("openapi: 3.0.0\npaths:\n  /x: {get: {operationId: a}}\n  /y: {get: {operationId: a}}", "is taken by another"),
        ("openapi: 3.0.0\npaths:\n  /{a}/y: {get: {operationId: a}}\n  /x/{b}: {get: {operationId: b}}", "alike"),
    ])
    func leftOut(text: String, reason: String) throws {
        let result = try Command.run("operations", "import", "-", input: text)
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("1 operations read") && result.output.contains("line 4: GET /"))
        #expect(result.output.contains(reason), "\(result.output)")
    }

    @Test("A file that cannot be read and a broken table are errors that name them")
    func unreadable() throws {
        let missing = try Command.run("operations", "import", "no-such-file.yaml")
        #expect(missing.status == 1)
        #expect(missing.errors.contains("no-such-file.yaml cannot be read: No such file"))
        let scratch = try ScratchDirectory()
        let table = try scratch.write("method,path\nGET,/x\n", to: "broken.csv")
        let broken = try Command.run("operations", "list", "--table", table)
        #expect(broken.status == 1)
        #expect(broken.errors.contains("line 1"))
    }
}
