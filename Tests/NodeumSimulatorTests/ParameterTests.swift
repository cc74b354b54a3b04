import Testing
@testable import NodeumSimulator

/// What reaches `params`.
@Suite struct ParameterTests {
    private static let json = ["Content-Type: application/json"]
    private static let form = ["Content-Type: application/x-www-form-urlencoded"]

    private func parameters(
        _ method: String, _ path: String, _ fields: [String] = [], body: String = "",
        precedence: ParameterPrecedence = .bodyOverQuery
    ) -> String {
        let appliance = Appliance.open { $0.precedence = precedence }
        _ = appliance.ask(method, path, fields, body: body)
        return String(decoding: appliance.observations.last?.parameters.bytes ?? [], as: UTF8.self)
    }

    @Test(arguments: [
        ("a=1&a=2", #"{"a":"2"}"#),
        ("x=1;sort_by=secret_key", #"{"x":"1","sort_by":"secret_key"}"#),
        ("a[b]=c&a[d][e]=f", #"{"a":{"b":"c","d":{"e":"f"}}}"#),
        ("a[]=1&a[]=2", #"{"a":["1","2"]}"#),
        ("a[][b]=1&a[][c]=2&a[][b]=3", #"{"a":[{"b":"1","c":"2"},{"b":"3"}]}"#),
        ("[a]=1", #"{"a":"1"}"#),
        ("a]=1", #"{"a":"1"}"#),
        ("a[=1", #"{"a[":"1"}"#),
        ("%61=%31+2", #"{"a":"1 2"}"#),
        ("a", #"{"a":null}"#),
        ("a=", #"{"a":""}"#),
        ("=1&[]=2", "{}"),
        ("a=b=c", #"{"a":"b=c"}"#),
        ("&&a=1&;", #"{"a":"1"}"#),
    ]) func query(_ text: String, becomes expected: String) {
        #expect(parameters("GET", "/cloud_connectors?\(text)") == expected)
    }

    @Test func formDoesNotSplitAtSemicolons() {
        #expect(parameters("GET", "/cloud_connectors", Self.form, body: "a=1;b=2") == #"{"a":"1;b=2"}"#)
    }

    @Test func jsonBodyOnGET() {
        let expected = #"{"name":"x","cloud_connector":{"name":"x"}}"#
        #expect(parameters("GET", "/cloud_connectors", Self.json, body: #"{"name":"x"}"#) == expected)
    }

    @Test(arguments: ["application/json", "text/x-json", "application/jsonrequest", "Application/JSON; charset=utf-8"])
    func jsonTypes(_ type: String) {
        let text = parameters("GET", "/pools", ["Content-Type: \(type)"], body: #"{"pool":{"a":1}}"#)
        #expect(text == #"{"pool":{"a":1}}"#)
    }

    @Test func pathWinsOverBodyAndQuery() {
        let text = parameters("PUT", "/cloud_connectors/7?id=8", Self.form, body: "id=9")
        #expect(text == #"{"id":"7"}"#)
    }

    @Test func bodyOrQueryWinsAsConfigured() {
        #expect(parameters("GET", "/pools?a=query", Self.form, body: "a=body") == #"{"a":"body"}"#)
        let other = parameters("GET", "/pools?a=query", Self.form, body: "a=body", precedence: .queryOverBody)
        #expect(other == #"{"a":"query"}"#)
    }

    @Test func lastOfEqualMembersWins() {
        let body = #"{"secret_key":"a","secret\u005fkey":"b"}"#
        let text = parameters("GET", "/pools", Self.json, body: #"{"pool":\#(body)}"#)
        #expect(text == #"{"pool":{"secret_key":"b"}}"#)
    }

    @Test func queryStopsTheWrapping() {
        let text = parameters("PUT", "/pools/1?pool[name]=q", Self.json, body: #"{"name":"b"}"#)
        #expect(text == #"{"pool":{"name":"q"},"name":"b","id":"1"}"#)
    }

    @Test func multipartPartsBecomeParameters() {
        let body = """
            --xyz\r\nContent-Disposition: form-data; name="a[b]"\r\n\r\n1\r\n\
            --xyz\r\nContent-Disposition: form-data; name=plain\r\n\r\ntwo\r\nlines\r\n\
            --xyz\r\nContent-Disposition: form-data; name="f"; filename="x.conf"\r\n\r\ncontent\r\n--xyz--\r\n
            """
        let text = parameters("PUT", "/pools/1", ["Content-Type: multipart/form-data; boundary=xyz"], body: body)
        let expected = #"{"a":{"b":"1"},"plain":"two\r\nlines","f":{"filename":"x.conf","size":7},"id":"1"}"#
        #expect(text == expected)
    }

    @Test(arguments: [
        ("GET", "/pools?a=%zz", [], ""),
        ("GET", "/pools?a=%", [], ""),
        ("GET", "/pools?a[b]=1&a=2&a[c]=3", [], ""),
        ("GET", "/pools?a[]=1&a[b]=2", [], ""),
        ("POST", "/pools", json, "{"),
        ("POST", "/pools", json, #"{"a":NaN}"#),
        ("POST", "/pools", json, #"{"a":1}x"#),
        ("POST", "/pools", json, String(repeating: "[", count: 200) + String(repeating: "]", count: 200)),
        ("POST", "/pools", form, "a=%f"),
    ] as [(String, String, [String], String)])
    func refused(_ method: String, _ path: String, _ fields: [String], _ body: String) {
        let appliance = Appliance.open()
        #expect(appliance.ask(method, path, fields, body: body).status == 400)
        #expect(appliance.observations.last?.ran == false)
    }

    @Test func tooManyParametersAreRefused() {
        let query = (0..<5000).map { "a\($0)=1" }.joined(separator: "&")
        #expect(Appliance.open().ask("GET", "/pools?\(query)").status == 400)
    }

    /// Swift finds U+212A equal to "K"; the appliance must not.
    @Test func namesAreComparedByBytes() {
        #expect(parameters("GET", "/pools?K=1&%E2%84%AA=2") == "{\"K\":\"1\",\"\u{212a}\":\"2\"}")
    }
}
