import Testing
@testable import NodeumSimulator

/// `cloud_connectors#index`: paging, order, filters. Ids are those of the demonstration seed.
@Suite struct ConnectorListTests {
    private func ids(_ query: String) -> [Int] { Appliance.open().ask("GET", "/cloud_connectors?\(query)").ids }

    @Test func listsEverythingWithSecretsInClear() {
        let response = Appliance.open().ask("GET", "/cloud_connectors")
        #expect(response.status == 200)
        #expect(response.json?["count"] == .int(8))
        #expect(response.ids == Array(1...8))
        #expect(response.text.contains(#""secret_key":"SECRET-1-aws-archive-Jq3vT8""#))
        #expect(response.text.contains(#"SECRET-3-gcs-media-p9Xe\"quoted\""#))
        #expect(response.first("Content-Type") == "application/json; charset=utf-8")
        #expect(response.first("X-Simulator-Action") == "cloud_connectors#index")
    }

    @Test func everyMemberIsThereInOrder() {
        guard case .array(let items)? = Appliance.open().ask("GET", "/cloud_connectors").json?["cloud_connectors"],
            case .object(let members)? = items.first
        else {
            Issue.record("no list")
            return
        }
        #expect(members.map(\.name) == [
            "id", "name", "url", "url_proxy", "provider", "region", "access_key", "secret_key", "options",
        ])
    }

    @Test(arguments: [
        ("limit=3", [1, 2, 3]), ("limit=3&offset=6", [7, 8]), ("offset=7", [8]), ("offset=100", []),
        ("limit=0", Array(1...8)), ("limit=x", Array(1...8)), ("limit=-1&offset=-5", Array(1...8)),
    ]) func pages(_ query: String, _ expected: [Int]) {
        let response = Appliance.open().ask("GET", "/cloud_connectors?\(query)")
        #expect(response.ids == expected)
        #expect(response.json?["count"] == .int(8), "count is of all that match, not of the page")
    }

    @Test(arguments: [
        ("sort_by=id:desc", [8, 7, 6, 5, 4, 3, 2, 1]),
        ("sort_by=name", [1, 2, 6, 3, 8, 5, 7, 4]),
        ("sort_by=name:desc", [4, 7, 5, 8, 3, 6, 2, 1]),
        ("sort_by=region", [8, 7, 4, 1, 3, 6, 5, 2]),
        ("sort_by=provider|id:desc", [1, 2, 6, 8, 3, 7, 5, 4]),
        ("sort_by=provider%2Cid:desc", [1, 2, 6, 8, 3, 7, 5, 4]),
        ("sort_by=provider%7Cid", [1, 2, 6, 8, 3, 7, 5, 4]),
        ("sort_by=secret_key:desc", [8, 7, 6, 5, 4, 3, 2, 1]),
        ("x=1;sort_by=secret_key:desc", [8, 7, 6, 5, 4, 3, 2, 1]),
        ("sort_by[]=secret_key:desc", [8, 7, 6, 5, 4, 3, 2, 1]),
        ("sort_by=id:desc&sort_by=id", Array(1...8)),
        ("sort_by=nothing", Array(1...8)),
    ]) func sorts(_ query: String, _ expected: [Int]) { #expect(ids(query) == expected) }

    @Test(arguments: [
        ("name=aws-archive", [1]), ("name==aws-archive", [1]), ("name=AWS-archive", []),
        ("name=!=aws-archive", [2, 3, 4, 5, 6, 7, 8]),
        ("id=3", [3]), ("id=>6", [7, 8]), ("id=>=6", [6, 7, 8]), ("id=<3", [1, 2]), ("id=<=3", [1, 2, 3]),
        ("id=%3E%3C1%7C2", [1, 2]), ("id=><1|2|9", [1, 2]), ("id=!><1|2", [3, 4, 5, 6, 7, 8]),
        ("id=><10|1", [1]), ("id=>10", []),
        ("name=~a%25", [1, 2]), ("name=~A%25", [1, 2]), ("name=~%25a%25", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("name=~gcs_media", [3]), ("name=~gcs_", []), ("name=!~%25a%25", []), ("name=!~a%25", [3, 4, 5, 6, 7, 8]),
        ("region=!=paris", [1, 2, 3, 4, 6, 7]), ("region=~%25", [1, 2, 3, 4, 5, 6, 7]),
        ("url=~https://s3%25", [1, 4]), ("url_proxy=~%25", [4]), ("provider=azure", [2]),
        ("access_key=AKIADEMOARCHIVE00001", [1]), ("region=eu-west-1&provider=amazon_aws_s3", [1]),
        ("region=eu-west-1&provider=azure", []), ("name=%3E%3Dgcs-media", [3, 4, 5, 7, 8]),
        ("name[]=~a%25&name[]=~%25e", [1]), ("name[x]=aws-archive", Array(1...8)), ("options=nothing", Array(1...8)),
    ]) func filters(_ query: String, _ expected: [Int]) { #expect(ids(query) == expected) }

    @Test(arguments: [
        ("secret_key=~SECRET-1-aws-archive-J%25", [1]), ("secret_key=~SECRET-1-aws-archive-K%25", []),
        ("secret_key=%3ESECRET-8", [8]), ("secret_key[]=~%25Rr71", [4]),
    ]) func theSecretIsAnOracle(_ query: String, _ expected: [Int]) { #expect(ids(query) == expected) }

    @Test func theSecretIsAnOracleThroughABodyToo() {
        let appliance = Appliance.open()
        #expect(appliance.askJSON("GET", "/cloud_connectors", #"{"secret_key":"~%Rr71"}"#).ids == [4])
        let form = ["Content-Type: application/x-www-form-urlencoded"]
        #expect(appliance.ask("GET", "/cloud_connectors", form, body: "secret_key=~%25Rr71").ids == [4])
    }

    @Test(arguments: [
        ("abc", "abc", true), ("abc", "a%", true), ("abc", "%c", true), ("abc", "%b%", true), ("abc", "a_c", true),
        ("abc", "____", false), ("abc", "", false), ("", "", true), ("", "%", true), ("aXbXc", "a%X%c", true),
        ("aaaab", "%a%a%b", true), ("aaaa", "%a%b", false), ("50%", "50\\%", true), ("505", "50\\%", false),
        ("ABC", "abc", true), ("\u{e9}", "_", true), ("a_b", "a\\_b", true), ("axb", "a\\_b", false),
    ]) func like(_ text: String, _ pattern: String, _ matches: Bool) {
        #expect(ListFilter.like(text, pattern) == matches)
    }

    @Test func xmlCarriesTheSecretToo() {
        for (path, fields) in [
            ("/cloud_connectors.xml", []), ("/cloud_connectors?format=xml", []),
            ("/cloud_connectors", ["Accept: application/xml"]), ("/cloud_connectors/1.xml", []),
        ] as [(String, [String])] {
            let response = Appliance.open().ask("GET", path, fields)
            #expect(response.first("Content-Type") == "application/xml; charset=utf-8")
            #expect(response.text.contains("<secret-key>SECRET-1-aws-archive-Jq3vT8</secret-key>"))
        }
    }

    @Test func theETagConfirmsAGuess() throws {
        let appliance = Appliance.open()
        let first = appliance.ask("GET", "/cloud_connectors/1")
        let tag = try #require(first.first("ETag"))
        #expect(tag.hasPrefix("W/\""))
        let second = appliance.ask("GET", "/cloud_connectors/1", ["If-None-Match: \(tag)"])
        #expect(second.status == 304)
        #expect(second.body.isEmpty)
        #expect(second.first("ETag") == tag)
        #expect(appliance.ask("GET", "/cloud_connectors/2", ["If-None-Match: \(tag)"]).status == 200)
        _ = appliance.askJSON("PUT", "/cloud_connectors/1", #"{"secret_key":"another"}"#)
        #expect(appliance.ask("GET", "/cloud_connectors/1", ["If-None-Match: \(tag)"]).status == 200)
    }
}
