import Testing
@testable import NodeumSimulator

/// Request lines and the action that Rails runs for them; a number is the status when none runs.
@Suite struct RailsRoutingTests {
    static let lines: [(String, String)] = [
        // The plain forms.
        ("GET /api/v2/cloud_connectors", "cloud_connectors#index"),
        ("POST /api/v2/cloud_connectors", "cloud_connectors#create"),
        ("GET /api/v2/cloud_connectors/1", "cloud_connectors#show"),
        ("PUT /api/v2/cloud_connectors/1", "cloud_connectors#update"),
        ("DELETE /api/v2/cloud_connectors/1", "cloud_connectors#destroy"),
        ("PUT /api/v2/cloud_connectors/-/test", "cloud_connectors#test"),
        ("GET /api/v2/cloud_connectors/-/test", "cloud_connectors#test"),
        // Rule 2: PATCH is update, HEAD is GET.
        ("PATCH /api/v2/cloud_connectors/1", "cloud_connectors#update"),
        ("PATCH /api/v2/pools/1/primary_scan", "primary_scans#update"),
        ("PATCH /api/v2/cloud_connectors/-/test", "404"),
        ("PATCH /api/v2/pools/1/mount", "404"),
        ("PATCH /api/v2/cloud_buckets/1/config_file", "404"),
        ("PATCH /api/v2/cloud_connectors", "404"),
        ("HEAD /api/v2/cloud_connectors", "cloud_connectors#index"),
        ("HEAD /api/v2/cloud_connectors/1", "cloud_connectors#show"),
        ("HEAD /api/v2/cloud_connectors/-/test", "cloud_connectors#test"),
        ("HEAD /api/v2/systems/reset/generate_vars", "404"),
        ("OPTIONS /api/v2/cloud_connectors", "404"),
        ("TRACE /api/v2/cloud_connectors", "404"),
        ("DELETE /api/v2/cloud_connectors", "404"),
        ("POST /api/v2/cloud_connectors/1", "404"),
        ("BREW /api/v2/cloud_connectors", "405"),
        ("get /api/v2/cloud_connectors", "405"),
        // Rule 3: slashes and formats.
        ("GET //api//v2///cloud_connectors", "cloud_connectors#index"),
        ("GET /api/v2/cloud_connectors/", "cloud_connectors#index"),
        ("GET /api/v2/cloud_connectors//", "cloud_connectors#index"),
        ("GET /api/v2/cloud_connectors//1//", "cloud_connectors#show"),
        ("GET /api/v2//cloud_connectors/-//test/", "cloud_connectors#test"),
        ("GET /api/v2/cloud_connectors.json", "cloud_connectors#index"),
        ("GET /api/v2/cloud_connectors.xml", "cloud_connectors#index"),
        ("GET /api/v2/cloud_connectors.anything", "cloud_connectors#index"),
        ("GET /api/v2/cloud_connectors.json/", "cloud_connectors#index"),
        ("GET /api/v2/cloud_connectors/1.xml", "cloud_connectors#show"),
        ("GET /api/v2/cloud_connectors/-/test.json", "cloud_connectors#test"),
        ("PUT /api/v2/cloud_connectors/1.json", "cloud_connectors#update"),
        ("GET /api/v2/cloud_connectors.", "404"),
        ("GET /api/v2/cloud_connectors..json", "404"),
        ("GET /api/v2/cloud_connectors.json.xml", "404"),
        ("GET /api/v2/cloud_connectors/.json", "404"),
        ("GET /api/v2.json", "404"),
        ("GET /api/v2/cloud_connectors.json/1", "404"),
        // Rule 4: routing comes before decoding.
        ("GET /api/v2/cloud_connectors/-%2Ftest", "cloud_connectors#show"),
        ("GET /api/v2/cloud_connectors/1%2Fcloud_buckets", "cloud_connectors#show"),
        ("GET /api/v2/cloud_connectors/1/cloud_buckets", "cloud_buckets#index"),
        ("GET /api/v2/cloud_connectors/%2e%2e", "cloud_connectors#show"),
        ("GET /api/v2/cloud_connectors/%2e%2e/cloud_buckets", "cloud_buckets#index"),
        ("GET /api/v2/cloud_connectors/../pools", "404"),
        ("GET /api/v2/./cloud_connectors", "404"),
        ("GET /api/v2/cloud%5Fconnectors", "404"),
        ("GET /api/v2/%63loud_connectors", "404"),
        ("GET /api%2Fv2/cloud_connectors", "404"),
        ("GET /api/v2/cloud_connectors/%2D/test", "404"),
        ("GET /api/v2/cloud_connectors/-", "cloud_connectors#show"),
        ("GET /api/v2/cloud_connectors/-/cloud_buckets", "cloud_buckets#index"),
        ("GET /api/v2/cloud_connectors/%zz", "cloud_connectors#show"),
        ("GET /api/v2/cloud_connectors/%00", "cloud_connectors#show"),
        ("GET /api/v2/cloud_connectors/%ff", "400"),
        ("GET /api/v2/cloud_connectors/%c0%af", "400"),
        ("GET /api/v2/cloud_connectors/\u{e9}", "cloud_connectors#show"),
        ("GET /api/v2/Cloud_Connectors", "404"),
        ("GET /API/v2/cloud_connectors", "404"),
        ("GET /api/v2/cloud_connectors/new", "cloud_connectors#show"),
        ("GET /api/v2/cloud_connectors/1/edit", "404"),
        // Rule 5: dots.
        ("GET /api/v2/cloud_connectors/a.b", "cloud_connectors#show"),
        ("GET /api/v2/cloud_connectors/a.b.c", "404"),
        ("GET /api/v2/cloud_connectors/a%2Eb", "cloud_connectors#show"),
        ("GET /api/v2/cloud_connectors/a.b/cloud_buckets", "404"),
        ("GET /api/v2/cloud_connectors/a%2Eb/cloud_buckets", "cloud_buckets#index"),
        // Rule 6: fragment and absolute form.
        ("GET /api/v2/cloud_connectors#/1", "cloud_connectors#index"),
        ("GET /api/v2/cloud_connectors/1#?x=1", "cloud_connectors#show"),
        ("GET http://elsewhere/api/v2/pools", "pools#index"),
        ("GET http://elsewhere:80/api/v2/pools/1?x#y", "pools#show"),
        ("DELETE HTTPS://user@elsewhere/api/v2/cloud_connectors/1", "cloud_connectors#destroy"),
        ("GET http://elsewhere?/api/v2/pools", "404"),
        ("GET http://elsewhere", "404"),
        ("OPTIONS *", "404"),
        // Semicolons belong to a path segment.
        ("GET /api/v2/cloud_connectors;x=1", "404"),
        ("GET /api/v2/cloud_connectors/1;x=1", "cloud_connectors#show"),
        ("GET /api/v2/cloud_connectors/1?%", "400"),
        ("GET /api/v2/cloud_connectors?a=%ff", "400"),
        ("GET /api/v2/cloud_connectors?a=1&a[b]=2", "400"),
        // Literals before parameters; nested twins.
        ("GET /api/v2/nas/1/nas_shares/-/test", "nas_shares#test"),
        ("GET /api/v2/nas/1/nas_shares/-", "nas_shares#show"),
        ("GET /api/v2/users/-/systems", "users#systems"),
        ("GET /api/v2/users/me/systems", "404"),
        ("GET /api/v2/files/1/children", "files#index"),
        ("GET /api/v2/tasks/1/action/run", "tasks#action"),
        ("PUT /api/v2/tasks/1/action/destroy", "404"),
        ("GET /", "404"),
        ("GET /api/v2", "404"),
        ("GET cloud_connectors", "404"),
    ]

    @Test(arguments: lines) func requestLine(_ line: String, runs action: String) {
        let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
        #expect(Appliance.open().run(parts[0], parts[1]) == action)
    }

    @Test func thereAreEnoughOfThem() { #expect(Self.lines.count >= 60) }

    /// The id that reaches the action.
    @Test(arguments: [
        ("a%20b", "a b"), ("a+b", "a+b"), ("-%2Ftest", "-/test"), ("%2e%2e", ".."), ("a.b", "a"), ("a%2Eb", "a.b"),
        ("%zz", "\0"), ("%4g", "\u{4}"), ("%252F", "%2F"), ("100%", "100%"), ("%c3%a9", "\u{e9}"), ("1;x=1", "1;x=1"),
    ]) func decodes(_ raw: String, to id: String) {
        let appliance = Appliance.open()
        _ = appliance.ask("GET", "/cloud_connectors/\(raw)")
        #expect(appliance.observations.last?.parameters["id"]?.text?.utf8.elementsEqual(id.utf8) == true)
    }

    @Test func nothingRunsWithoutACredential() {
        let appliance = Appliance()
        for line in Self.lines.map(\.0) {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            let response = appliance.answer(SimulatedRequest(parts[0], parts[1]))
            #expect([400, 401, 404, 405].contains(response.status), "\(line)")
            #expect(response.first("X-Simulator-Action") == nil)
        }
        #expect(appliance.observations.allSatisfy { !$0.ran })
        #expect(appliance.connectors.count == 8)
    }
}
