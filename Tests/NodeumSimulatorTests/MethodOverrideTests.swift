import Testing
@testable import NodeumSimulator

/// Rule 1 of how Rails reads requests: a POST may become anything.
@Suite struct MethodOverrideTests {
    private static let form = "Content-Type: application/x-www-form-urlencoded"
    private static let show = "/api/v2/cloud_connectors/1"

    private static func multipart(_ name: String) -> String {
        "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\ndelete\r\n--b--\r\n"
    }

    @Test(arguments: [
        "X-HTTP-Method-Override: DELETE", "x-http-method-override: delete", "X_HTTP_METHOD_OVERRIDE: DELETE",
        "X_Http-Method_Override: Delete",
    ]) func byField(_ field: String) {
        #expect(Appliance.open().run("POST", Self.show, [field]) == "cloud_connectors#destroy")
    }

    @Test(arguments: [
        ([form], "_method=delete"),
        ([form], "a=1&_method=DELETE"),
        ([form], "_method=get&_method=delete"),
        ([form], "%5fmethod=delete"),
        ([form], "_method=%64elete"),
        ([form], "[_method]=delete"),
        ([form + "; charset=utf-8"], "_method=delete"),
        ([form + ", application/json"], "_method=delete"),
        ([form, "Content-Type: application/json"], "_method=delete"),
        (["Content-Type: APPLICATION/X-WWW-FORM-URLENCODED"], "_method=delete"),
        (["content_type: application/x-www-form-urlencoded"], "_method=delete"),
        ([], "_method=delete"),
        (["Content-Type: multipart/form-data; boundary=b"], multipart("_method")),
        (["Content-Type: multipart/mixed; boundary=\"b\""], multipart("_method")),
        (["Content-Type: multipart/related;boundary=b"], multipart("_method")),
        (["Content-Type: multipart/form-data"], "_method=delete"),
        ([form, "X-HTTP-Method-Override: PUT"], "_method=delete"),
    ] as [([String], String)]) func byBody(_ fields: [String], _ body: String) {
        #expect(Appliance.open().run("POST", Self.show, fields, body: body) == "cloud_connectors#destroy")
    }

    @Test(arguments: [
        ("POST", "/api/v2/cloud_connectors/1?_method=delete", [], "", "404"),
        ("POST", show, ["Content-Type: application/json"], #"{"_method":"delete"}"#, "404"),
        ("POST", show, ["Content-Type: application/json", form], #"_method=delete"#, "404"),
        ("POST", show, ["Content-Type: text/plain"], "_method=delete", "404"),
        ("POST", show, [form], "_method=delete;x=1", "404"),
        ("POST", show, [form], "_method[]=delete", "404"),
        ("POST", show, [form], "_method=steal", "404"),
        ("POST", show, ["X-HTTP-Method-Override: DELETE", "X_HTTP_Method_Override: DELETE"], "", "404"),
        ("GET", show, ["X-HTTP-Method-Override: DELETE"], "", "cloud_connectors#show"),
        ("PUT", show, ["X-HTTP-Method-Override: DELETE"], "", "cloud_connectors#update"),
        ("GET", show, [form], "_method=delete", "cloud_connectors#show"),
    ] as [(String, String, [String], String, String)]) func without(
        _ method: String, _ target: String, _ fields: [String], _ body: String, _ runs: String
    ) {
        #expect(Appliance.open().run(method, target, fields, body: body) == runs)
    }

    @Test func createBecomesDestroyOfASingleton() {
        let fields = ["X-HTTP-Method-Override: DELETE"]
        #expect(Appliance.open().run("POST", "/api/v2/pools/1/primary_scan", fields) == "primary_scans#destroy")
    }

    @Test func createBecomesAListInClear() {
        let response = Appliance.open().ask("POST", "/cloud_connectors", [Self.form], body: "_method=get&sort_by=name")
        #expect(response.status == 200)
        #expect(response.text.contains("SECRET-1-aws-archive-Jq3vT8"))
    }

    @Test func observedWithBothMethods() {
        let appliance = Appliance.open()
        _ = appliance.ask("POST", "/cloud_connectors/1", ["X-HTTP-Method-Override: DELETE"])
        #expect(appliance.observations.last?.method == "POST")
        #expect(appliance.observations.last?.effectiveMethod == "DELETE")
        #expect(appliance.connectors.first?.id == 2)
    }

    @Test func overrideToHEADEmptiesTheBody() {
        let response = Appliance.open().ask("POST", "/cloud_connectors", ["X-HTTP-Method-Override: HEAD"])
        #expect(response.status == 200)
        #expect(response.body.isEmpty)
    }
}
