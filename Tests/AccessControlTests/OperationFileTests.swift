import Testing

@testable import AccessControl

@Suite struct OperationFileTests {
    private static let header = OperationFile.columns.joined(separator: ",")

    @Test func serialisedOperationsReadBack() throws {
        #expect(shippedOperations.count == 212)
        let text = OperationFile.serialise(shippedOperations, comment: "one\ntwo")
        #expect(text.hasPrefix("# one\n# two\nmethod,path,"))
        #expect(try OperationFile.parse(text) == shippedOperations)
    }

    @Test func cellsAreRead() throws {
        let line = "PUT,/a/{x}/b/{y}, put_b ,as,put,as/reveal,sensitive,json|multipart,json|file,name|integer,limit|sort_by"
        let text = "# note\r\n\(Self.header)\r\n\r\n\(line)\r\n"
        let operation = try #require(try OperationFile.parse(text).first)
        #expect(operation.id == "put_b")
        #expect(operation.method == .put)
        #expect(operation.template.description == "/a/{x}/b/{y}")
        #expect(operation.scope == (try scope("as/put")))
        #expect(operation.explicitScope == (try scope("as / reveal")))
        #expect(operation.isSensitive)
        #expect(operation.request == [.json, .multipart])
        #expect(operation.response == [.json, .file])
        #expect(operation.identifiers == [.name, .integer])
        #expect(operation.query == ["limit", "sort_by"])
    }

    /// Empty: not known; `-`: none. A file of an earlier release has no such column.
    @Test func queryParametersMayBeUnknown() throws {
        let text = "\(Self.header)\nGET,/a,a,as,index,,,,json,,\nGET,/b,b,as,index,,,,json,,-\n"
        #expect(try OperationFile.parse(text).map(\.query) == [nil, []])
        let earlier = OperationFile.columns.dropLast().joined(separator: ",")
        #expect(try OperationFile.parse("\(earlier)\nGET,/a,a,as,index,,,,json,\n").map(\.query) == [nil])
        let error = #expect(throws: OperationFileErrors.self) {
            _ = try OperationFile.parse("\(earlier)\nGET,/a,a,as,index,,,,json,,\n")
        }
        #expect(error?.errors.first?.message.contains("11 cells instead of 10") == true)
    }

    @Test(arguments: [
        ("GET,/a,a,as,index,,,,json,", "10 cells"),
        ("GET,/a,a,as,index,,,,json,,,", "12 cells"),
        ("get,/a,a,as,index,,,,json,,", "method"),
        ("HEAD,/a,a,as,index,,,,json,,", "method"),
        ("OPTIONS,/a,a,as,index,,,,json,,", "method"),
        ("GET,a,a,as,index,,,,json,,", "path"),
        ("GET,/a/,a,as,index,,,,json,,", "path"),
        ("GET,//a,a,as,index,,,,json,,", "path"),
        ("GET,/a.b,a,as,index,,,,json,,", "path"),
        ("GET,/a/{x,a,as,index,,,,json,name,", "path"),
        ("GET,/a/{x}y,a,as,index,,,,json,name,", "path"),
        ("GET,/a/{},a,as,index,,,,json,name,", "path"),
        ("GET,/a/%41,a,as,index,,,,json,,", "path"),
        ("GET,/1/2/3/4/5/6/7/8/9/10/11/12/13,a,as,index,,,,json,,", "path"),
        ("GET,/a,,as,index,,,,json,,", "operation id"),
        ("GET,/a,a,as,,,,,json,,", "no scope"),
        ("GET,/a,a,,index,,,,json,,", "no scope"),
        ("GET,/a,a,As,index,,,,json,,", "no scope"),
        ("GET,/a,a,*,index,,,,json,,", "no scope"),
        ("GET,/a,a,as,index,as,,,json,,", "explicit scope"),
        ("GET,/a,a,as,index,as/*,,,json,,", "explicit scope"),
        ("GET,/a,a,as,index,,yes,,json,,", "sensitive"),
        ("GET,/a,a,as,index,,,xml,json,,", "request"),
        ("GET,/a,a,as,index,,,file,json,,", "request"),
        ("GET,/a,a,as,index,,,json|,json,,", "request"),
        ("GET,/a,a,as,index,,,,,,", "response"),
        ("GET,/a,a,as,index,,,,text,,", "response"),
        ("GET,/a/{x},a,as,index,,,,json,,", "0 identifiers"),
        ("GET,/a/{x},a,as,index,,,,json,name|name,", "2 identifiers"),
        ("GET,/a/{x},a,as,index,,,,json,number,", "identifier"),
        ("GET,/a,a,as,index,,,,json,,a||b", "query"),
        ("GET,/a,a,as,index,,,,json,,a b", "query"),
    ])
    func refusedLines(line: String, message: String) throws {
        let error = #expect(throws: OperationFileErrors.self) {
            _ = try OperationFile.parse("# first\n\(Self.header)\n\(line)\n")
        }
        #expect(error?.errors.count == 1)
        #expect(error?.errors.first?.line == 3)
        #expect(error?.errors.first?.message.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test func allErrorsAreReportedAtOnce() throws {
        let text = """
            \(Self.header)
            GET,/a,a,as,index,,,,json,,
            GET,/b,a,bs,index,,,,json,,
            BAD,/c,c,cs,index,,,,json,,
            GET,/a,d,ds,index,,,,json,,
            """
        let error = #expect(throws: OperationFileErrors.self) { _ = try OperationFile.parse(text) }
        #expect(error?.errors.map(\.line) == [3, 4, 5])
        #expect(error?.errors.first?.message.contains("already on line 2") == true)
        #expect(error?.errors.last?.message.contains("line 2") == true)
    }

    @Test(arguments: ["", "# only a comment\n", "GET,/a,a,as,index,,,,json,\n", "method,path\n"])
    func theHeaderIsNeeded(text: String) {
        #expect(throws: OperationFileErrors.self) { _ = try OperationFile.parse(text) }
    }
}
