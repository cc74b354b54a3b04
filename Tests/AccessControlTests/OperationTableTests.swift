import HTTPWire
import Testing

@testable import AccessControl

@Suite struct OperationTableTests {
    @Test func theShippedTableIsComplete() throws {
        let table = try shippedTable()
        #expect(table.operations.count == 212)
        #expect(table.scopes.count == 149)
        #expect(table.operations.filter { $0.scope == nil }.map(\.id) == ["download_reset_vars"])
        let secretKey = try scope("cloud_connectors/get_secret_key")
        let password = try scope("nas_shares/get_password")
        #expect(table.operations.count { $0.explicitScope == secretKey } == 2)
        #expect(table.operations.count { $0.explicitScope == password } == 6)
    }

    @Test func sensitiveOperationsAreMarked() throws {
        let sensitive = Set(try shippedTable().operations.filter(\.isSensitive).map(\.id))
        #expect(sensitive == [
            "result_download_traces", "trigger_download_traces", "download_reset_vars", "create_task_callback",
            "update_task_callback", "update_config_file_cloud_bucket", "create_api_key", "update_api_key",
        ])
    }

    @Test func everyOperationRoutesToItself() throws {
        let table = try shippedTable()
        #expect(!table.operations.isEmpty)
        for operation in table.operations {
            let path = "/api/v2" + path(of: operation, name: "a%20na%2Eme")
            for suffix in ["", ".json", "?limit=5", ".json?limit=5"] {
                #expect(try operationID(operation.method, path + suffix, in: table) == operation.id, "\(path + suffix)")
            }
            if operation.method == .get {
                #expect(try operationID(.head, path, in: table) == operation.id)
            }
        }
    }

    /// The template with ids filled in.
    private func path(of operation: Operation, name: String) -> String {
        var parameter = 0
        return operation.template.segments.map { segment in
            switch segment {
            case .literal(let text): return "/\(text)"
            case .parameter:
                let kind = operation.identifiers[parameter]
                parameter += 1
                return kind == .integer ? "/1542797273225418555" : "/\(name)"
            }
        }.joined()
    }

    @Test(arguments: [
        (Method.get, "/api/v2/cloud_connectors/-/test", "test_result_cloud_connector"),
        (.put, "/api/v2/cloud_connectors/-/test", "test_cloud_connector"),
        (.get, "/api/v2/cloud_connectors/test", "show_cloud_connector"),
        (.get, "/api/v2/%63loud_connectors", "index_cloud_connectors"),
        (.get, "/api/v2/cloud%5Fconnectors.json", "index_cloud_connectors"),
        (.get, "/%61pi/v%32/nas", "index_nas"),
        (.get, "/api/v2/pools/a%20b/nas_shares/c/mount", "mount_status_nas_share_by_pool"),
        (.get, "/api/v2/groups/-/systems", "index_system_groups"),
        (.get, "/api/v2/users/me/api_keys/7", "show_api_key"),
        (.delete, "/api/v2/cloud_connectors/5.json", "destroy_cloud_connector"),
    ])
    func routes(method: Method, target: String, id: String) throws {
        #expect(try operationID(method, target, in: try shippedTable()) == id)
    }

    @Test(arguments: [
        "/api/v2", "/api/v2/cloud_connectors/5/test", "/api/v2/Cloud_connectors",
        "/api/v2/cloud_connectors/-/TEST", "/api/v2/users/5/api_keys", "/api/v2/users/me", "/api/v2/users/-",
        "/api/v2/nothing", "/api/v2/cloud_connectors%2Ejson", "/api/v2/api/v2/nas", "/api/v2/cloud_connectors/5/6/7",
        "/api/v2/tasks/1/action", "/api/v2/tasks/1/action/delete",
        "/api/v2/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o",
    ])
    func unknownPaths(target: String) throws {
        #expect(try route(.get, target, in: try shippedTable()) == .unknown)
    }

    @Test("A dash where an id stands is refused as an id; where no id could stand, nothing is there", arguments: [
        ("/api/v2/cloud_connectors/-", true), ("/api/v2/cloud_connectors/-/cloud_buckets", true), ("/api/v2/pools/-", true),
        ("/api/v2/-", false), ("/api/v2/-/pools", false), ("/api/v2/cloud_connectors/-/test/1", false),
    ])
    func dashes(target: String, isIdentifier: Bool) throws {
        #expect(try route(.get, target, in: try shippedTable()) == (isIdentifier ? .refused(.dashIdentifier) : .unknown))
    }

    @Test func methodsOfAPath() throws {
        let table = try shippedTable()
        let path = "/api/v2/cloud_connectors/5"
        let known: MethodSet = [MethodSet(.get), MethodSet(.head), MethodSet(.put), MethodSet(.delete)]
        for method in [Method.post, .patch, .options, .trace, .connect, .unknown] {
            #expect(try route(method, path, in: table) == .methodNotAllowed(known))
        }
        let buffer = ByteBuffer(capacity: 64)
        #expect(known.emit(into: buffer))
        #expect(String(decoding: (0..<buffer.count).map { buffer.span[$0] }, as: UTF8.self) == "GET, HEAD, PUT, DELETE")
    }

    @Test func patchRunsUpdateOnlyWhereConfigured() throws {
        let table = try OperationTable(shippedOperations, patchRunsUpdate: true)
        #expect(try operationID(.patch, "/api/v2/cloud_connectors/5", in: table) == "update_cloud_connector")
        guard case .methodNotAllowed = try route(.patch, "/api/v2/cloud_connectors/-/test", in: table) else {
            Issue.record("PATCH must run nothing but update")
            return
        }
    }

    @Test func wholeNumbersAreWholeNumbers() throws {
        let table = try shippedTable()
        for id in ["5abc", "abc", "-5", "%2B5", "05", "5%20x", "1e3", "0x5", "5%2E0", "123456789012345678901"] {
            #expect(try route(.get, "/api/v2/files/\(id)", in: table) == .refused(.identifierNotInteger), "\(id)")
        }
        for id in ["0", "5", "18446744073709551615", "%35"] {
            #expect(try operationID(.get, "/api/v2/files/\(id)", in: table) == "show_file", "\(id)")
        }
    }

    @Test func overridesGiveScopesAndRoutes() throws {
        let reset = OperationOverride(
            method: .post, template: try #require(PathTemplate("/systems/reset/generate_vars")),
            scope: try scope("systems/generate_vars"))
        let added = OperationOverride(
            method: .get, template: try #require(PathTemplate("/volumes/{volume_id}")),
            scope: try scope("volumes/show"))
        let table = try OperationTable(shippedOperations, overrides: [try #require(reset), try #require(added)])
        let index = try #require(table.index(id: "download_reset_vars"))
        #expect(table[index].scope == (try scope("systems/generate_vars")))
        #expect(table[index].isSensitive)
        #expect(table.needsExactGrant(try scope("systems/generate_vars")))
        #expect(try operationID(.get, "/api/v2/volumes/x", in: table) == "GET /volumes/{volume_id}")
        #expect(!table.needsExactGrant(try scope("volumes/show")))
    }

    @Test func whatOrderWouldDecideIsRefused() throws {
        func operation(_ template: String, _ id: String) throws -> Operation {
            let template = try #require(PathTemplate(template))
            return try #require(Operation(
                method: .get, template: template, id: id, scope: nil,
                identifiers: Array(repeating: .name, count: template.parameterCount)))
        }
        #expect(throws: OperationTableError.ambiguous("GET /a/{x}", "GET /a/{y}")) {
            _ = try OperationTable([operation("/a/{x}", "one"), operation("/a/{y}", "two")])
        }
        #expect(throws: OperationTableError.ambiguous("GET /a/{x}/c", "GET /a/b/{y}")) {
            _ = try OperationTable([try operation("/a/{x}/c", "one"), try operation("/a/b/{y}", "two")])
        }
        #expect(throws: OperationTableError.duplicateID("one")) {
            _ = try OperationTable([try operation("/a", "one"), try operation("/b", "one")])
        }
        let table = try OperationTable([
            try operation("/a/{x}", "any"), try operation("/a/b", "literal"), try operation("/a/-/c", "dash"),
            try operation("/a/{x}/{y}", "two"),
        ])
        #expect(try operationID(.get, "/api/v2/a/b", in: table) == "literal")
        #expect(try operationID(.get, "/api/v2/a/c", in: table) == "any")
        #expect(try operationID(.get, "/api/v2/a/-/c", in: table) == "dash")
        #expect(try route(.get, "/api/v2/a/-/d", in: table) == .refused(.dashIdentifier))
        // No way back from a literal: `b` is not tried as an id.
        #expect(try route(.get, "/api/v2/a/b/c", in: table) == .unknown)
    }
}
