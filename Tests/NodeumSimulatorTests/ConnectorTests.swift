import Testing
@testable import NodeumSimulator

/// show, create, update, destroy and test of cloud_connectors.
@Suite struct ConnectorTests {
    private static let whole = """
        {"name":"new one","url":"https://s3.example","provider":"wasabi","region":"r","access_key":"AK",\
        "secret_key":"SK<&>","options":"a,b","url_proxy":null,"id":99,"unknown":1}
        """

    @Test func showsByIdAndByName() {
        let appliance = Appliance.open()
        for path in ["/cloud_connectors/6", "/cloud_connectors/ecs%20lab%20%2F%202%2End%20floor"] {
            let response = appliance.ask("GET", path)
            #expect(response.status == 200)
            #expect(response.json?["id"] == .int(6))
            #expect(response.json?["secret_key"] == .string("SECRET-6-ecs-lab-\u{e9}\u{20ac}\u{1f511}"))
        }
    }

    @Test(arguments: ["99", "nobody", "0", "5abc", "AWS-archive", "99999999999999999999999", "%20"])
    func showsNothing(_ id: String) throws {
        let response = Appliance.open().ask("GET", "/cloud_connectors/\(id)")
        #expect(response.status == 404)
        guard case .array(let messages)? = response.json?["messages"] else {
            Issue.record("no messages")
            return
        }
        #expect(messages.count == 1)
        #expect(response.first("X-Simulator-Action") == "cloud_connectors#show")
    }

    @Test(arguments: [whole, #"{"cloud_connector":\#(whole)}"#]) func createsFlatAndWrapped(_ body: String) {
        let appliance = Appliance.open()
        let response = appliance.askJSON("POST", "/cloud_connectors", body)
        #expect(response.status == 201)
        #expect(response.json?["id"] == .int(9))
        #expect(response.json?["secret_key"] == .string("SK<&>"))
        #expect(response.text.contains(#""secret_key":"SK\u003c\u0026\u003e""#))
        #expect(appliance.connectors.last?.options == "a,b")
        #expect(appliance.connectors.count == 9)
    }

    @Test func createsFromAForm() {
        let appliance = Appliance.open()
        let form = ["Content-Type: application/x-www-form-urlencoded"]
        let body = "cloud_connector[name]=f&cloud_connector[url]=u&cloud_connector[provider]=azure"
        #expect(appliance.ask("POST", "/cloud_connectors", form, body: body).status == 201)
        #expect(appliance.ask("POST", "/cloud_connectors", form, body: "name=g&url=u&provider=azure").status == 201)
        #expect(appliance.connectors.suffix(2).map(\.name) == ["f", "g"])
    }

    @Test func refusesWithMessagesAndDetails() {
        let appliance = Appliance.open()
        let empty = appliance.askJSON("POST", "/cloud_connectors", "{}")
        #expect(empty.status == 422)
        #expect(empty.text == """
            {"messages":["Name can't be blank","Url can't be blank","Provider can't be blank"],"details":\
            {"name":[{"error":"blank"}],"url":[{"error":"blank"}],"provider":[{"error":"blank"}]}}
            """)
        let wrong = appliance.askJSON(
            "POST", "/cloud_connectors", #"{"name":"azure-backup","url":"u","provider":"ftp"}"#)
        #expect(wrong.status == 422)
        #expect(wrong.json?["details"]?["name"] == .array([
            .object([JSONMember("error", .string("taken")), JSONMember("value", .string("azure-backup"))])]))
        #expect(wrong.json?["details"]?["provider"] == .array([
            .object([JSONMember("error", .string("inclusion")), JSONMember("value", .string("ftp"))])]))
        #expect(appliance.connectors.count == 8)
    }

    @Test func takesAllElevenProviders() {
        let appliance = Appliance.open()
        #expect(CloudConnector.providers.count == 11)
        for provider in CloudConnector.providers {
            let body = #"{"name":"p-\#(provider)","url":"u","provider":"\#(provider)"}"#
            #expect(appliance.askJSON("POST", "/cloud_connectors", body).status == 201)
        }
    }

    @Test(arguments: ["PUT", "PATCH"]) func updates(_ method: String) {
        let appliance = Appliance.open()
        let response = appliance.askJSON(method, "/cloud_connectors/aws-archive", #"{"region":"eu-south-2","id":5}"#)
        #expect(response.status == 200)
        #expect(response.json?["id"] == .int(1))
        #expect(response.json?["region"] == .string("eu-south-2"))
        #expect(response.json?["secret_key"] == .string("SECRET-1-aws-archive-Jq3vT8"), "what is not named stays")
        #expect(appliance.askJSON(method, "/cloud_connectors/1", #"{"name":"azure-backup"}"#).status == 422)
        #expect(appliance.askJSON(method, "/cloud_connectors/1", #"{"name":"aws-archive"}"#).status == 200)
        #expect(appliance.askJSON(method, "/cloud_connectors/99", "{}").status == 404)
        #expect(appliance.askJSON(method, "/cloud_connectors/1", #"{"region":null}"#).json?["region"] == .null)
        #expect(appliance.askJSON(method, "/cloud_connectors/1", #"{"url":["x"]}"#).status == 200)
        #expect(appliance.connectors.first?.url == "https://s3.eu-west-1.amazonaws.com")
    }

    @Test func writesBackAMaskWithoutAWord() {
        let appliance = Appliance.open()
        _ = appliance.askJSON("PUT", "/cloud_connectors/1", #"{"secret_key":"[censored]"}"#)
        #expect(appliance.connectors.first?.secretKey == "[censored]")
    }

    @Test func destroysOnce() {
        let appliance = Appliance.open()
        let response = appliance.ask("DELETE", "/cloud_connectors/3")
        #expect(response.status == 204)
        #expect(response.body.isEmpty)
        #expect(appliance.ask("DELETE", "/cloud_connectors/3").status == 404)
        #expect(appliance.connectors.map(\.id) == [1, 2, 4, 5, 6, 7, 8])
        _ = appliance.ask("DELETE", "/cloud_connectors/8")
        let next = appliance.askJSON("POST", "/cloud_connectors", Self.whole)
        #expect(next.json?["id"] == .int(9), "ids are not used again")
    }

    @Test func testJobGoesFromQueuedToBuckets() throws {
        let appliance = Appliance.open()
        let started = appliance.askJSON("PUT", "/cloud_connectors/-/test", Self.whole)
        #expect(started.status == 202)
        #expect(started.json?["status"] == .string("queued"))
        #expect(started.json?["total"] == .int(2))
        let id = try #require(started.json?["job_id"]?.text)
        let path = "/cloud_connectors/-/test?job_id=\(id)"
        let polls = (0..<4).map { _ in appliance.ask("GET", path) }
        #expect(polls.map(\.status) == [202, 202, 200, 200])
        #expect(polls[0].json?["status"] == .string("queued"))
        #expect(polls[1].json?["status"] == .string("working"))
        #expect(polls[1].json?["progress"] == .int(1))
        #expect(polls[2].text.contains(#"{"cloud_buckets":[{"name":"new one-archive","location":"r"}"#))
        #expect(polls[3].body == polls[2].body)
    }

    @Test func unreachableConnectorFails() throws {
        let appliance = Appliance.open()
        let body = #"{"cloud_connector":{"name":"x","url":"http://unreachable.example"}}"#
        let id = try #require(appliance.askJSON("PUT", "/cloud_connectors/-/test", body).json?["job_id"]?.text)
        let polls = (0..<4).map { _ in appliance.ask("GET", "/cloud_connectors/-/test?job_id=\(id)") }
        #expect(polls.map(\.status) == [202, 202, 202, 202])
        #expect(polls.map { $0.json?["status"]?.text } == ["queued", "working", "failed", "failed"])
    }

    @Test func jobsAreKnownOnlyToTheirAction() throws {
        let appliance = Appliance.open()
        let id = try #require(appliance.askJSON("PUT", "/cloud_connectors/-/test", "{}").json?["job_id"]?.text)
        #expect(appliance.ask("GET", "/tasks/1/action/run?job_id=\(id)").status == 404)
        #expect(appliance.ask("GET", "/cloud_connectors/-/test?job_id=nothing").status == 404)
        #expect(appliance.ask("GET", "/cloud_connectors/-/test").status == 404)
    }

    @Test func oldestJobsFallOut() throws {
        let appliance = Appliance.open { $0.limits.jobs = 2 }
        let ids = (0..<3).compactMap { _ in
            appliance.askJSON("PUT", "/cloud_connectors/-/test", "{}").json?["job_id"]?.text
        }
        #expect(Set(ids).count == 3)
        #expect(ids.map { appliance.ask("GET", "/cloud_connectors/-/test?job_id=\($0)").status } == [404, 202, 202])
    }

    @Test func resetBringsTheSeedBack() {
        let appliance = Appliance.open()
        _ = appliance.ask("DELETE", "/cloud_connectors/1")
        appliance.reset()
        #expect(appliance.connectors == ApplianceSeed.demo.connectors)
        #expect(appliance.observations.isEmpty)
    }

    @Test func seedSecretsAreDistinctAndRecognisable() {
        let connectors = ApplianceSeed.demo.connectors
        let secrets = connectors.compactMap(\.secretKey)
        #expect(secrets.count == 8)
        #expect(Set(secrets).count == 8)
        #expect(secrets.allSatisfy { $0.hasPrefix("SECRET-") })
        #expect(Set(connectors.map(\.provider)).count == 8)
    }
}
