import Testing
@testable import NodeumSimulator

@Suite struct CredentialTests {
    static let accepted = [
        "Authorization: Bearer demo-appliance-key-5f1c9a", "authorization: bearer demo-appliance-key-5f1c9a",
        "Authorization: demo-appliance-key-5f1c9a",
        "Authorization: Basic YWRtaW46ZGVtby1hcHBsaWFuY2UtcGFzc3dvcmQ=",
        "Authorization: basic YWRtaW46ZGVtby1hcHBsaWFuY2UtcGFzc3dvcmQ",
    ]
    static let refused = [
        "X: y", "Authorization:", "Authorization: Bearer", "Authorization: Bearer ", "Authorization: Bearer wrong",
        "Authorization: Bearer demo-appliance-key-5f1c9", "Authorization: Token demo-appliance-key-5f1c9a",
        "Authorization: Basic YWRtaW46d3Jvbmc=", "Authorization: Basic !!!!",
        "Authorization: Basic demo-appliance-key-5f1c9a", "Cookie: _nodeum_session=simulated",
        "Authorization: Bearer demo-appliance-key-5f1c9a, Bearer demo-appliance-key-5f1c9a",
    ]

    @Test(arguments: accepted) func letsIn(_ field: String) {
        #expect(Appliance().ask("GET", "/pools", [field]).status == 200)
    }

    @Test(arguments: refused) func keepsOut(_ field: String) {
        let appliance = Appliance()
        let response = appliance.ask("GET", "/pools", [field])
        #expect(response.status == 401)
        #expect(response.first("WWW-Authenticate") != nil)
        #expect(response.first("X-Simulator-Action") == nil)
        #expect(appliance.observations.last?.action == "pools#index")
        #expect(appliance.observations.last?.ran == false)
    }

    @Test func keysInTheQueryDoNotCount() {
        #expect(Appliance().ask("GET", "/pools?api_key=demo-appliance-key-5f1c9a").status == 401)
    }

    @Test func anySettingAsksForNothing() { #expect(Appliance.open().ask("GET", "/pools").status == 200) }

    @Test func cookieOnlyWhenSet() {
        #expect(Appliance.open().ask("GET", "/pools").first("Set-Cookie") != nil)
        #expect(Appliance.open { $0.setsSessionCookie = false }.ask("GET", "/pools").first("Set-Cookie") == nil)
    }

    @Test func sharesAndKeysCarrySecrets() {
        let appliance = Appliance.open()
        for path in ["/nas_shares", "/nas/1/nas_shares/2", "/pools/p/nas_shares"] {
            #expect(appliance.ask("GET", path).text.contains(#""password":"SECRET-nas-share-"#))
        }
        #expect(appliance.ask("GET", "/users/me/api_keys").text.contains(#""key":"******************Iwg1""#))
        #expect(appliance.ask("POST", "/users/me/api_keys").text.contains(#""key":"SECRET-api-key-1-Iwg1""#))
        let set = appliance.askJSON("PUT", "/nas_shares/4", #"{"password":"mine"}"#)
        #expect(set.json?["password"] == .string("mine"))
    }

    @Test func downloadsAreFiles() throws {
        let appliance = Appliance.open()
        let traces = appliance.ask("GET", "/systems/download_traces")
        #expect(traces.first("Content-Type") == "application/tar+gzip")
        #expect(traces.body.starts(with: [0x1f, 0x8b]))
        #expect(traces.text.contains("SECRET-in-traces"))
        let id = try #require(appliance.ask("PUT", "/systems/download_traces").json?["job_id"]?.text)
        let polls = (0..<3).map { _ in appliance.ask("GET", "/systems/download_traces?job_id=\(id)") }
        #expect(polls.map(\.status) == [202, 202, 200])
        #expect(polls[2].body == traces.body)
        let yaml = appliance.ask("POST", "/systems/reset/generate_vars")
        #expect(yaml.first("Content-Type") == "application/x-yaml")
        #expect(yaml.first("X-Simulator-Action") == "systems#generate_vars")
    }

    @Test func observationsAreBounded() {
        let appliance = Appliance.open { settings in
            settings.limits.observations = 3
            settings.limits.observedBody = 4
        }
        for number in 1...5 { _ = appliance.ask("POST", "/pools", ["Content-Type: text/plain"], body: "body \(number)") }
        #expect(appliance.observations.map(\.sequence) == [3, 4, 5])
        #expect(appliance.observations.allSatisfy { $0.body == Array("body".utf8) && $0.bodyCount == 6 })
        #expect(appliance.observation(within: 0) { $0.sequence == 4 }?.targetText == "/api/v2/pools")
        #expect(appliance.observation(within: 0) { $0.sequence == 1 } == nil)
        appliance.forgetObservations()
        #expect(appliance.observations.isEmpty)
    }
}
