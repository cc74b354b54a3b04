import AccessControl
import Foundation
import Testing
@testable import Settings

@Suite("Descriptions of the appliance's API")
struct OperationsDescriptionTests {
    private func fixture() throws -> String {
        let path = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/description.yaml")
        return try String(contentsOf: path, encoding: .utf8)
    }

    private func described(current: [AccessControl.Operation] = []) throws -> OperationsDescription {
        try OperationsDescription.parse(text: try fixture(), file: "api.yaml", current: current)
    }

    private func complaint(_ text: String) -> String? {
        do throws(SettingsErrors) {
            _ = try OperationsDescription.parse(text: text, file: "api.yaml", current: [])
            return nil
        } catch {
            return error.description
        }
    }

    @Test("Scopes, bodies, answers and ids are read; the table can be written and read back")
    func operations() throws {
        let description = try described()
        #expect(description.version == "7.1.0")
        let lines = OperationFile.serialise(description.operations).split(separator: "\n").map(String.init)
        #expect(Array(lines.dropFirst()) == [
            "GET,/cloud_connectors,index_cloud_connectors,cloud_connectors,index,cloud_connectors/get_secret_key,,,json,,-",
            "POST,/cloud_connectors,create_cloud_connector,cloud_connectors,build,,,json,json,,-",
            "PUT,/cloud_connectors/-/test,test_cloud_connector,cloud_connectors,test,,,json,json,,-",
            "GET,/cloud_connectors/{cloud_connector_id},show_cloud_connector,cloud_connectors,show,,,,json,name,-",
            "GET,/libraries/{library_id}/executions/{execution_id}/files/{file},show_file,files,show,,,,json|file,"
                + "serial|integer|integer,file",
            "PUT,/uploads/{name},upload,uploads,update,,,multipart|octet-stream,json,name,-",
            "POST,/systems/reset/generate_vars,generate_vars,,,,,,json,,-",
            "GET,/odd/unreadable,unreadable,,,,,,json,,-",
            "GET,/odd/contradiction,contradiction,,,,,,json,,-",
            "GET,/odd/{any},any_odd,,,,,,json,name,-",
            "DELETE,/nameless/{id},DELETE /nameless/{id},nameless,destroy,,,,json,name,-",
        ])
        #expect(try OperationFile.parse(OperationFile.serialise(description.operations)) == description.operations)
        _ = try OperationTable(description.operations)
    }

    @Test("Query parameters are listed for all operations of a description that has any, and for none otherwise")
    func queries() throws {
        let path = "/a: {parameters: [{name: limit, in: query}, {name: a, in: header}], get: {operationId: a, parameters: [%]}}"
        func operations(_ parameters: String) throws -> (queries: [[String]?], remarks: [String]) {
            let text = "openapi: 3.0.1\npaths: {\(path.replacing("%", with: parameters)), /b: {get: {operationId: b}}}"
            let description = try OperationsDescription.parse(text: text, file: "api.yaml", current: [])
            #expect(try OperationFile.parse(OperationFile.serialise(description.operations)) == description.operations)
            return (description.operations.map(\.query), description.remarks.map(\.message))
        }
        #expect(try operations("").queries == [["limit"], []])
        let named = try operations("{name: id, in: query}, {name: 'q[x]', in: query}, {name: limit, in: query}, {name: id, in: query}")
        #expect(named.queries == [["id", "q[x]", "limit"], []])
        let odd = try operations("{name: 'a|b', in: query}, {name: '-', in: query}, {name: '', in: query}, {name: c, in: query}")
        #expect(odd.queries == [["c", "limit"], []] && odd.remarks.count == 3)
        #expect(odd.remarks[0] == "GET /a: its query parameter `a|b` is left out: no table can hold the name")
        let unknown = "openapi: 3.0.1\npaths: {/a: {get: {operationId: a, parameters: [{name: x, in: header}]}}}"
        #expect(try OperationsDescription.parse(text: unknown, file: "api.yaml", current: []).operations.map(\.query) == [nil])
    }

    @Test("What is left out or odd is said, with its line")
    func remarks() throws {
        let remarks = try described().remarks
        #expect(remarks.map(\.message) == [
            "PUT /uploads/{name}: bodies of the type `text/csv` will be refused",
            "GET /odd/{a}{b}: left out: its path is not made of plain segments and {parameters}",
            "GET /odd/quote: left out: its operationId holds characters that no table can hold",
            "GET /odd/twice: left out: its operationId `upload` is taken by another",
            "GET /odd/unreadable: its line `API Key Scope` cannot be read, so it counts as not stated",
            "GET /odd/contradiction: its lines `API Key Scope` contradict each other, so none counts",
            "GET /{any}/twin: left out: some paths match it and /cloud_connectors/{cloud_connector_id} alike",
            "OPTIONS /odd/{any} is left out: the gateway never forwards that method as an operation",
            "/odd/away is left out: its reference leads nowhere",
        ])
        let lines = try fixture().split(separator: "\n", omittingEmptySubsequences: false)
        let first = try #require(remarks.first)
        #expect(lines[first.line - 1] == "    put:" && lines[first.line - 2] == "  /uploads/{name}:")
    }

    @Test("Whether an operation is sensitive is carried over by its id and by its scope")
    func sensitivity() throws {
        let current = try OperationFile.parse("""
            method,path,operation_id,controller,action,explicit_scope,sensitive,request,response,identifiers
            PUT,/old/{a},upload,old,update,,sensitive,,json,name
            GET,/old,old,files,show,,sensitive,,json,
            GET,/open,show_cloud_connector,cloud_connectors,show,,,,json,
            """)
        let operations = try described(current: current).operations
        #expect(operations.filter(\.isSensitive).map(\.id) == ["show_file", "upload"])
    }

    @Test("A scope is read from every spelling of its line", arguments: [
        ("**API Key Scope**: files / index", "files/index"), ("API Key Scope : files/index", "files/index"),
        ("**API Key Scope:** `files / index`.", "files/index"), ("a\r\nAPI Key Scope: file\\_names / index  \r\nb", "file_names/index"),
        ("API Key Scope: a / b\nAPI Key Scope: a / b", "a/b"), ("API Key Scope: ?\nAPI Key Scope: a / b", "a/b"),
    ])
    func scopes(text: String, expected: String) throws {
        #expect(ScopeLabel.required.read(text) == .stated(try #require(Scope(expected))))
    }

    @Test("What is no scope is none", arguments: [
        ("", ScopeLabel.Statement.absent), ("the API Key Scope of this", .absent),
        ("Optional API Key Explicit Scope: a / b", .absent), ("api key scope: a / b", .absent),
        ("API Key Scope: a", .unreadable), ("API Key Scope: a / b / c", .unreadable), ("API Key Scope: A / b", .unreadable),
        ("API Key Scope: a / b or c / d", .unreadable), ("API Key Scope: * / b", .unreadable), ("API Key Scope:", .unreadable),
        ("API Key Scope: a / b\nAPI Key Scope: a / c\nAPI Key Scope: a / b", .contradictory),
    ])
    func noScopes(text: String, expected: ScopeLabel.Statement) {
        #expect(ScopeLabel.required.read(text) == expected)
    }

    @Test("JSON is read as well")
    func json() throws {
        let text = #"{"openapi":"3.0.1","paths":{"/a":{"get":{"operationId":"a","description":"x\n**API Key Scope**: a \/ index"}}}}"#
        let operations = try OperationsDescription.parse(text: text, file: "api.json", current: []).operations
        #expect(operations.map(\.scope?.description) == ["a/index"])
    }

    @Test("What is no description is refused", arguments: [
        ("", "api.yaml:1:1: the file is no OpenAPI 3 description"), ("[]", "api.yaml:1:1: the file is no OpenAPI 3"),
        ("swagger: '2.0'\npaths: {}", "api.yaml:1:1: the file is no OpenAPI 3 description: it lacks `openapi: 3...` or `paths` (it is Swagger 2"),
        ("openapi: 3.0.1", "api.yaml:1:1: the file is no OpenAPI 3"),
        ("openapi: 3.0.1\npaths: {}", "api.yaml:2:8: the description has no operation"),
        ("openapi: 3.0.1\npaths: {/a: {get: {operationId: 'a,b'}}}", "api.yaml:2:8: the description has no operation"),
        ("openapi: 3.0.1\npaths: {/a: {get: {}}, /a: {get: {}}}", "api.yaml:2:24: `/a` is set a second time; the first is on line 2"),
        ("{\"openapi\": \"3.0.1\", ", "api.yaml:2:1: not YAML"), ("openapi: &a 3.0.1\npaths: *a", "api.yaml:2:8: the reference `*a` is not read"),
    ])
    func refused(text: String, expected: String) throws {
        let found = try #require(complaint(text))
        #expect(found.hasPrefix(expected), "\(found)")
    }

    @Test("References in circles or away lead to nothing, not to endless work")
    func circles() throws {
        let text = """
            openapi: 3.0.1
            paths:
              /a: {get: {operationId: a, requestBody: {$ref: '#/components/b'}, parameters: [{$ref: '#'}]}}
            components:
              b: {$ref: '#/components/c'}
              c: {$ref: '#/components/b'}
            """
        let operations = try OperationsDescription.parse(text: text, file: "api.yaml", current: []).operations
        #expect(operations.map(\.request) == [[]])
    }

    @Test("More operations than a table holds are cut with a remark, and a file that is too large is refused")
    func limits() throws {
        var text = "openapi: 3.0.1\npaths:\n"
        let ending = ["", "/a", "/a/a", "/a/a/a", "/a/a/a/a", "/a/a/a/a/a"]
        for number in 0..<(OperationTable.maximumOperations + 3) {
            let method = ["get", "put", "post", "patch", "delete"][number % 5]
            text += "  /p\(number)\(ending[number % 6]): {\(method): {}}\n"
        }
        let description = try OperationsDescription.parse(text: text, file: "api.yaml", current: [])
        #expect(description.operations.count == OperationTable.maximumOperations)
        #expect(description.remarks.map(\.message) == ["more than 4096 operations; the rest is left out"])
        let huge = String(repeating: "#\n", count: OperationsDescription.byteLimit / 2 + 1)
        #expect(complaint(huge) == "api.yaml:1:1: the file has more than 16 MiB")
    }
}
