import HTTPWire
import Testing

@testable import AccessControl

/// Without its scope a caller must not find out a secret by filtering or sorting.
@Suite struct ProtectedParameterTests {
    private static let list = "/api/v2/cloud_connectors"
    private static let grants = ["cloud_connectors/*", "nas_shares/*", "pools/*", "nas/*"]

    @Test(arguments: [
        "secret_key=~a%25", "secret_key", "secret_key=", "secret%5Fkey=a", "SECRET_KEY=a", "Secret_Key=~a%25",
        "secret_key[]=a", "secret_key[=a", "cloud_connector[secret_key]=a", "q[secret_key_cont]=a",
        "cloud_connector.secret_key=a", "order[secret_key]=asc", "name=a&secret_key=b", "name=a&name=b&%73ecret_key=c",
        "sort_by=secret_key", "sort_by=name|secret_key:desc", "sort_by=name%7Csecret_key%3Adesc", "sort_by=name,secret_key",
        "sort_by=name%2Csecret%5Fkey", "sort_by=SECRET_KEY", "sort_by=%20secret_key", "sort_by=name&sort_by=secret_key",
        "sort_by=cloud_connectors.secret_key", "sort_by=-secret_key", "sort_by=length(secret_key)",
    ])
    func aProtectedFieldIsNotAskedFor(query: String) throws {
        let fixture = try PolicyFixture(grants: Self.grants)
        #expect(try fixture.reason(.get, Self.list + "?" + query) == .protectedField)
        #expect(try fixture.reason(.head, Self.list + "?" + query) == .protectedField)
        // With the scope there is nothing to find out.
        let holder = try PolicyFixture(grants: Self.grants + ["cloud_connectors/get_secret_key"])
        #expect(try holder.decide(.get, Self.list + "?" + query).isPermitted)
    }

    /// One field is theirs, another is not: what the table describes they may ask for.
    @Test func holdersOfOneFieldAskForIt() throws {
        let table = try OperationTable(try OperationFile.parse("""
            method,path,operation_id,controller,action,explicit_scope,sensitive,request,response,identifiers,query
            GET,/nas_shares,index_nas_shares,nas_shares,index,nas_shares/get_password,,,json,,sort_by|name|password
            """))
        let asked = ["password=~a%25", "sort_by=password", "sort_by=name%2Cpassword:desc", "name=password"]
        let other = try PolicyFixture(grants: ["nas_shares/*"], table: table)
        let holder = try PolicyFixture(grants: ["nas_shares/*", "nas_shares/get_password"], table: table)
        for query in asked {
            let target = "/api/v2/nas_shares?" + query
            if query != "name=password" { #expect(try other.reason(.get, target) == .protectedField, "\(query)") }
            let outcome = try holder.decide(.get, target)
            #expect(outcome.isPermitted && outcome.protected != 0 && outcome.revealed != 0, "\(query)")
        }
        for query in ["sort_by=secret_key", "secret_key=a", "sort_by=password%7Csecret_key"] {
            #expect(try holder.reason(.get, "/api/v2/nas_shares?" + query) == .protectedField, "\(query)")
        }
        #expect(try holder.reason(.get, "/api/v2/nas_shares?passwords=a") == .unknownParameter)
    }

    /// A semicolon has no canonical form at all.
    @Test func semicolonsAreRefusedBefore() throws {
        let fixture = try PolicyFixture(grants: Self.grants)
        #expect(try fixture.reason(.get, Self.list + "?name=a;sort_by=secret_key") == .ambiguousTarget)
        #expect(try fixture.reason(.get, Self.list + "?name=a%3Bsort_by=secret_key").status < 400)
    }

    @Test(arguments: [
        (Method.get, "/api/v2/cloud_connectors?foo=1"), (.get, "/api/v2/cloud_connectors?Sort_By=name"),
        (.get, "/api/v2/cloud_connectors?order=name"), (.get, "/api/v2/cloud_connectors?id[]=1"),
        (.get, "/api/v2/cloud_connectors?limit=1&q=x"), (.get, "/api/v2/cloud_connectors/5?limit=1"),
        (.put, "/api/v2/cloud_connectors/5?url=https://evil"), (.put, "/api/v2/cloud_connectors/5?cloud_connector[url]=x"),
        (.post, "/api/v2/cloud_connectors?url=https://evil"), (.put, "/api/v2/cloud_connectors/-/test?url=x"),
        (.get, "/api/v2/nas_shares?offset=1&secret=a"),
    ])
    func whatIsNotDescribedIsRefused(method: Method, target: String) throws {
        let fixture = try PolicyFixture(grants: Self.grants)
        #expect(try fixture.reason(method, target) == .unknownParameter)
    }

    @Test(arguments: [
        "/api/v2/cloud_connectors", "/api/v2/cloud_connectors?limit=5&offset=0&sort_by=name%2Cid%3Adesc",
        "/api/v2/cloud_connectors?name=~secret_key%25", "/api/v2/cloud_connectors?access_key=a&id=%3E%3C1%7C2",
        "/api/v2/cloud_connectors/-/test?job_id=5", "/api/v2/nas_shares?username=a&options=b",
        // Where the description is not known, all but protected names passes.
        "/api/v2/pools?foo=1&name=a",
    ])
    func theRestIsPermitted(target: String) throws {
        let fixture = try PolicyFixture(grants: Self.grants)
        #expect(try fixture.decide(.get, target).isPermitted)
    }

    @Test(arguments: [
        "/api/v2/pools?secret_key=a", "/api/v2/pools?foo=secret_key", "/api/v2/pools?sort_by=cloud_connectors.secret_key",
        "/api/v2/nas_shares?password=a", "/api/v2/nas/5/nas_shares?sort_by=name%7Cpassword",
        "/api/v2/pools/5/nas_shares?sort_by=PASSWORD:asc",
    ])
    func everywhereARuleLooks(target: String) throws {
        let fixture = try PolicyFixture(grants: Self.grants)
        #expect(try fixture.reason(.get, target) == .protectedField)
    }

    /// A caller without the scope of the operation does not learn what is protected; observing does not reveal.
    @Test func theOrderOfRefusals() throws {
        let fixture = try PolicyFixture(grants: [])
        #expect(try fixture.reason(.get, Self.list + "?secret_key=a") == .missingScope)
        let outcome = try fixture.decide(.get, Self.list + "?secret_key=a", enforcement: .observe)
        #expect(outcome == Outcome(reason: .protectedField, operation: "index_cloud_connectors", keyID: 42))
        #expect(ReasonCode.protectedField.status == 403 && ReasonCode.unknownParameter.status == 403)
    }

    @Test func anExplanationSaysTheSame() throws {
        let fixture = try PolicyFixture(grants: Self.grants)
        for (query, reason) in [("sort_by=secret_key", ReasonCode.protectedField), ("foo=1", .unknownParameter)] {
            let explanation = Policy.explain(
                .get, Self.list + "?" + query, key: fixture.snapshot.index(id: 42), under: fixture.snapshot,
                prefix: try apiPrefix(), at: PolicyFixture.now)
            #expect(explanation.reason == reason)
            #expect(explanation.stages.map(\.name) == ["target", "key", "operation", "scope", "query"])
            #expect(explanation.stages.last?.outcome == .refuse(reason))
        }
    }

    /// Every described parameter can be in a file, and none is protected on its own list but those that carry secrets.
    @Test func theShippedDescription() throws {
        let described = shippedOperations.filter { $0.query != nil }
        #expect(described.count > 30)
        let index = try #require(shippedOperations.first { $0.id == "index_cloud_connectors" })
        #expect(index.query?.contains("sort_by") == true && index.query?.contains("secret_key") == false)
        #expect(shippedOperations.first { $0.id == "create_cloud_connector" }?.query == [])
    }
}
