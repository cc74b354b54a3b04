import GatewayTesting
import Redaction
import Testing

@Suite("What operators add: request fields and places of rules")
struct ExtraFieldTests {
    @Test("A field that is let through arrives, in any case; another one does not")
    func fields() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway { $0.requestFields = ["x-site"] }
        let client = try gateway.client()
        client.send(Request("GET", "/pools", key: key, fields: ["X-Site: vienna", "X-Other: lost"]).bytes)
        #expect(client.answer().status == 200)
        let seen = try #require(site.appliance.appliance.observations.last)
        #expect(seen.values("X-Site") == ["vienna"])
        #expect(seen.values("X-Other") == [])
    }

    @Test("A rule for one action masks there and nowhere else")
    func actions() throws {
        let site = try TestSite()
        let key = try site.key("cloud_connectors/*")
        let gateway = try site.gateway {
            $0.redaction.rules.append(RedactionRule(
                field: "region", place: .actions([RedactionScope(controller: "cloud_connectors", action: "show")]),
                unlockedBy: nil))
        }
        #expect(try gateway.ask("GET", "/cloud_connectors/1", key: key).text.contains(#""region":"[censored]""#))
        #expect(try !gateway.ask("GET", "/cloud_connectors", key: key).text.contains(#""region":"[censored]""#))
    }
}
