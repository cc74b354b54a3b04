import AccessControl
import Testing
@testable import Settings

@Suite("Differences between tables of operations")
struct OperationsDifferenceTests {
    private static let header = "method,path,operation_id,controller,action,explicit_scope,sensitive,request,response,identifiers\n"

    private func difference(_ current: String, _ described: String) throws -> OperationsDifference {
        OperationsDifference(
            from: try OperationFile.parse(Self.header + current), to: try OperationFile.parse(Self.header + described))
    }

    private let current = """
        GET,/a,index_a,a,index,,,,json,
        GET,/a/{a_id},show_a,a,show,a/get_secret,,,json,name
        PUT,/a/{a_id},update_a,a,update,,,json,json,name
        POST,/b,create_b,b,create,,,json,json,
        """

    @Test("Each kind of change is told apart; names of parameters and ids do not count")
    func kinds() throws {
        let difference = try difference(current, """
            GET,/a,list_a,a,index,,,,json,
            GET,/a/{id},show_a,a,show,a/get_all,,,json,integer
            PUT,/a/{id},update_a,a,change,,,json,json,name
            DELETE,/a/{id},destroy_a,a,destroy,,,,json,name
            GET,/c,index_c,,,,,,json,
            """)
        #expect(difference.new.map(\.id) == ["destroy_a", "index_c"])
        #expect(difference.gone.map(\.id) == ["create_b"])
        #expect(difference.changedScope.map(\.id) == ["update_a"])
        #expect(difference.changedScope.first?.previousScope == "a/update" && difference.changedScope.first?.scope == "a/change")
        #expect(difference.changedExplicitScope.map(\.id) == ["show_a"])
        #expect(difference.withoutScope.map(\.id) == ["index_c"])
        #expect(!difference.isEmpty)
        #expect(difference.text == """
            new: 2
              DELETE /a/{id}  a/destroy
              GET /c  no scope
            gone: 1
              POST /b  b/create
            changed scope: 1
              PUT /a/{id}  a/update -> a/change
            changed explicit scope: 1
              GET /a/{id}  a/get_secret -> a/get_all
            no scope stated, denied to every key: 1
              GET /c

            """)
    }

    @Test("A scope that comes or goes is a change")
    func appearing() throws {
        let before = "GET,/a,a,,,,,,json,\nGET,/b,b,b,index,b/secret,,,json,\n"
        let after = "GET,/a,a,a,index,a/secret,,,json,\nGET,/b,b,,,,,,json,\n"
        let difference = try difference(before, after)
        #expect(difference.changedScope.map(\.previousScope) == [nil, "b/index"])
        #expect(difference.changedExplicitScope.map(\.explicitScope) == ["a/secret", nil])
        #expect(difference.text.contains("  GET /a  none -> a/index\n  GET /b  b/index -> none\n"))
    }

    @Test("The same table is no difference")
    func same() throws {
        let difference = try difference(current, current)
        #expect(difference.isEmpty)
        #expect(difference.json == #"{"changedExplicitScope":[],"changedScope":[],"gone":[],"new":[],"withoutScope":[]}"#)
    }
}
