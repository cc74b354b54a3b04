import AuditTrail
import GatewayTesting
import NodeumSimulator
import Settings
import Testing

@Suite("PATCH as update")
struct PatchTests {
    @Test("It needs the scope of update, runs update, and is recorded as both")
    func runsUpdate() throws {
        let site = try TestSite()
        let editor = try site.key("cloud_connectors/update")
        let reader = try site.key("cloud_connectors/show")
        let gateway = try site.gateway { $0.operations.patch = .update }
        let refused = try gateway.ask("PATCH", "/cloud_connectors/1", key: reader, body: #"{"region":"x"}"#)
        #expect(refused.status == 403 && refused.code == "missing_scope" && refused.text.contains("cloud_connectors/update"))
        #expect(site.appliance.acceptedCount == 0)
        let answer = try gateway.ask("PATCH", "/cloud_connectors/1", key: editor, body: #"{"region":"eu-9"}"#)
        #expect(answer.status == 200 && answer.text.contains("[censored]") && !answer.text.contains("SECRET"))
        let seen = site.appliance.appliance.observations
        #expect(seen.map(\.method) == ["PATCH"] && seen.map(\.action) == ["cloud_connectors#update"])
        #expect(site.appliance.appliance.connectors.first?.region == "eu-9")
        let records = try site.records(of: answer)
        #expect(records.map(\.kind) == ["intent", "outcome"])
        #expect(records.allSatisfy { $0[.method] == "PATCH" && $0.ran == "cloud_connectors#update" })
    }

    @Test("The guards of update hold for it; where nothing is updated it is 405")
    func guards() throws {
        let site = try TestSite()
        let key = try site.key("*/*")
        let gateway = try site.gateway { $0.operations.patch = .update }
        let before = site.appliance.appliance.connectors
        let redirect = try gateway.ask("PATCH", "/cloud_connectors/1", key: key, body: #"{"url":"https://elsewhere.example"}"#)
        #expect(redirect.code == "secret_redirected")
        let masked = try gateway.ask("PATCH", "/cloud_connectors/1", key: key, body: #"{"secret_key":"[censored]"}"#)
        #expect(masked.status == 200)
        #expect(site.appliance.appliance.connectors == before)
        for path in ["/cloud_connectors", "/cloud_connectors/-/test", "/pools/1/mount", "/statistics/by_date"] {
            let answer = try gateway.ask("PATCH", path, key: key, body: "{}")
            #expect(answer.status == 405 && answer.code == "method_not_allowed", "\(path)")
        }
        // Sensitive as PUT is.
        let minting = try gateway.ask("PATCH", "/users/me/api_keys/1", key: key, body: "{}")
        #expect(minting.code == "explicit_grant_required")
        let allow = try gateway.ask("POST", "/cloud_connectors/1", key: key, body: "{}").field("Allow") ?? ""
        #expect(allow.contains("PATCH") && allow.contains("PUT"))
    }
}

@Suite("Refused credentials are throttled by address")
struct ThrottleTests {
    @Test("429 with Retry-After, recorded as what it was; a valid key from the same address is never refused")
    func throttles() throws {
        let site = try TestSite()
        let key = try site.key("pools/*")
        let gateway = try site.gateway { $0.throttle.failures = 3 }
        for _ in 0..<3 {
            #expect(try gateway.ask("GET", "/pools", key: "never-issued-0123456789abcdef").status == 401)
        }
        for wrong in ["never-issued-0123456789abcdef", "another-one-0123456789abcdef00", nil] {
            let answer = try gateway.ask("GET", "/pools", key: wrong)
            #expect(answer.status == 429 && answer.code == "throttled", "\(answer.text)")
            let wait = answer.field("Retry-After").flatMap { Int($0) } ?? 0
            #expect((1...60).contains(wait))
            let record = try #require(try site.records(of: answer).last)
            #expect(record.status == 429 && record.reason == "throttled" && record[.decision] == "deny")
            #expect(record[.detail].hasPrefix(wrong == nil ? "no_credential" : "unknown_key"))
            // Not in between, not after: the address is not locked out.
            #expect(try gateway.ask("GET", "/pools", key: key).status == 200)
        }
        // Other refusals do not count and are not throttled.
        #expect(try gateway.ask("GET", "/tapes", key: key).code == "missing_scope")
        #expect(site.appliance.appliance.observations.count == 3)
    }

    @Test("The window passes; another address has its own; revoked keys count like unknown ones")
    func window() throws {
        let site = try TestSite()
        let revoked = try site.key("pools/*")
        _ = try site.store.revoke(site.lastKeyName, by: TestSite.author)
        let gateway = try site.gateway { settings in
            settings.throttle.failures = 1
            settings.throttle.window = 1_000
            settings.listeners.append(settings.listeners[0])
            settings.listeners[1].address = "[::1]:0"
        }
        let ask = { try gateway.ask("GET", "/pools", key: revoked).status }
        #expect(try ask() == 401)
        #expect(try Patience.holds { try ask() == 429 })
        let other = try RawClient(port: try #require(gateway.server.addresses.last?.port), ipv6: true)
        other.send(Request("GET", "/pools", key: "never-issued-0123456789abcdef").bytes)
        #expect(other.answer().status == 401)
        // The key itself is counted too, wherever it comes from.
        other.send(Request("GET", "/pools", key: revoked).bytes)
        #expect(other.answer().status == 429)
        #expect(try Patience.holds { try ask() == 401 })
    }
}

@Suite("Pages of other origins")
struct CrossOriginTests {
    private static let page = "https://console.example"

    private func start(_ site: TestSite) throws -> TestGateway {
        try site.gateway { $0.crossOrigin.origins = [Self.page, "https://other.example:8443"] }
    }

    private func preflight(_ gateway: TestGateway, _ fields: [String]) throws -> Answer {
        try gateway.ask("OPTIONS", "/pools/1", fields: fields)
    }

    @Test("A preflight of a page that may is answered without a credential, by the gateway alone, and recorded")
    func preflights() throws {
        let site = try TestSite()
        let gateway = try start(site)
        let answer = try preflight(gateway, ["Origin: \(Self.page)", "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization"])
        #expect(answer.status == 204)
        #expect(answer.values("Access-Control-Allow-Origin") == [Self.page])
        #expect(answer.field("Access-Control-Allow-Methods")?.contains("PUT") == true)
        #expect(answer.field("Access-Control-Allow-Headers")?.contains("Authorization") == true)
        #expect(answer.field("Access-Control-Max-Age") == "600")
        #expect(answer.field("Vary") == "Origin")
        #expect(answer.field("Access-Control-Allow-Credentials") == nil)
        let record = try #require(try site.records(of: answer).first)
        #expect(record.status == 204 && record[.method] == "OPTIONS" && record[.detail].contains("preflight"))
        #expect(site.appliance.acceptedCount == 0)
    }

    @Test("Of a page that may not, or no preflight at all: an OPTIONS like any other, and no word of origins")
    func others() throws {
        let site = try TestSite()
        let key = try site.key("*/*")
        let gateway = try start(site)
        let method = "Access-Control-Request-Method: PUT"
        for origin in [
            "https://evil.example", "http://console.example", "https://console.example.evil", "https://console.example:444",
            "null", "https://CONSOLE.example", "https://console.example/",
        ] {
            let answer = try preflight(gateway, ["Origin: \(origin)", method])
            #expect(answer.status == 401, "\(origin)")
            #expect(answer.field("Access-Control-Allow-Origin") == nil, "\(origin)")
            let actual = try gateway.ask("GET", "/pools/1", key: key, fields: ["Origin: \(origin)"])
            #expect(actual.status == 200 && actual.field("Access-Control-Allow-Origin") == nil, "\(origin)")
        }
        for fields in [[method], ["Origin: \(Self.page)"], ["Origin: \(Self.page)", "Origin: \(Self.page)", method]] {
            #expect(try preflight(gateway, fields).status == 401, "\(fields)")
        }
        let plain = try TestSite()
        let answer = try preflight(try plain.gateway(), ["Origin: \(Self.page)", method])
        #expect(answer.status == 401 && answer.field("Access-Control-Allow-Origin") == nil)
    }

    @Test("Answers and refusals name the page that may see them, and the appliance's own words on it are dropped")
    func actual() throws {
        let scripted = try Scripted(
            .answer(fields: [.json, SimulatedField("Access-Control-Allow-Origin", "*"), SimulatedField("Access-Control-Allow-Credentials", "true")], body: Array("{}".utf8))
        ) { $0.crossOrigin.origins = [Self.page] }
        let passed = try scripted.ask("GET", Scripted.protected, fields: ["Origin: \(Self.page)"])
        #expect(passed.status == 200)
        #expect(passed.values("Access-Control-Allow-Origin") == [Self.page])
        #expect(passed.field("Access-Control-Allow-Credentials") == nil)
        #expect(passed.values("Vary").joined(separator: ",").contains("Origin"))
        let refused = try scripted.ask("GET", "/tapes/1", fields: ["Origin: \(Self.page)"])
        #expect(refused.status == 403 && refused.values("Access-Control-Allow-Origin") == [Self.page])
        let unnamed = try scripted.ask("GET", Scripted.protected)
        #expect(unnamed.values("Access-Control-Allow-Origin") == [] && unnamed.field("Access-Control-Allow-Credentials") == nil)
        #expect(scripted.seen.allSatisfy { $0.values("Origin") == [] })
    }
}
