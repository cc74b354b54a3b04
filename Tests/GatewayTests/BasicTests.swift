import AccessControl
import Foundation
import GatewayTesting
import NodeumSimulator
import Testing

@Suite("HTTP Basic: named users, whose password the appliance verifies")
struct BasicTests {
    private static func credential(_ text: String) -> String {
        "Authorization: Basic \(Data(text.utf8).base64EncodedString())"
    }

    private func ask(_ gateway: TestGateway, _ path: String, _ field: String) throws -> Answer {
        let client = try gateway.client()
        client.send(Request("GET", path, fields: [field]).bytes)
        return client.answer()
    }

    @Test("Off unless it is chosen")
    func off() throws {
        let site = try TestSite { $0.credentials.users = [.init(name: "anna", password: "right")] }
        let answer = try ask(try site.gateway(), "/pools", Self.credential("anna:right"))
        #expect(answer.status == 401 && answer.code == "unsupported_credential")
        #expect(site.appliance.appliance.observations.isEmpty)
    }

    @Test("Explicit scopes are the configuration's to give: without one secrets are masked, with one they are recorded")
    func explicitScopes() throws {
        let site = try TestSite { $0.credentials.users = [.init(name: "anna", password: "right")] }
        for (number, grants) in [["cloud_connectors/*"], ["cloud_connectors/*", "cloud_connectors/get_secret_key"]].enumerated() {
            let gateway = try site.gateway {
                $0.authentication.basic = .forward
                $0.authentication.basicUsers = ["anna"]
                $0.authentication.basicGrants = grants.compactMap { ScopePattern($0) }
                $0.audit.path = site.directory.path("audit\(number).db")
            }
            let answer = try ask(gateway, "/cloud_connectors", Self.credential("anna:right"))
            #expect(answer.status == 200)
            #expect(answer.text.contains("[censored]") == (number == 0), "\(answer.text.prefix(300))")
        }
    }

    @Test("Wrong passwords are the appliance's to refuse; after too many it is not asked any more")
    func throttled() throws {
        let site = try TestSite { $0.credentials.users = [.init(name: "anna", password: "right")] }
        let gateway = try site.gateway {
            $0.authentication.basic = .forward
            $0.authentication.basicUsers = ["anna"]
            $0.authentication.basicGrants = [ScopePattern("pools/*")].compactMap { $0 }
            $0.throttle.failures = 3
        }
        var statuses: [Int] = []
        for _ in 0..<6 { statuses.append(try ask(gateway, "/pools", Self.credential("anna:wrong")).status) }
        #expect(statuses.first == 401 && statuses.last == 429, "\(statuses)")
        let seen = site.appliance.appliance.observations.count
        #expect(seen < 6)
        let answer = try ask(gateway, "/pools", Self.credential("anna:right"))
        #expect(answer.status == 429 && answer.field("Retry-After") != nil)
        #expect(site.appliance.appliance.observations.count == seen)
    }

    @Test("Who is named may run what is granted, as himself; others never reach the appliance, and nor does what is no strict base64")
    func named() throws {
        let site = try TestSite {
            $0.credentials.users = [.init(name: "anna", password: "right"), .init(name: "berta", password: "right")]
        }
        let gateway = try site.gateway {
            $0.authentication.basic = .forward
            $0.authentication.basicUsers = ["anna"]
            $0.authentication.basicGrants = [ScopePattern("pools/*")].compactMap { $0 }
        }
        let right = Self.credential("anna:right")
        let answer = try ask(gateway, "/pools", right)
        #expect(answer.status == 200)
        #expect(site.appliance.appliance.observations.last?.values("Authorization").map { "Authorization: \($0)" } == [right])
        let record = try #require(try site.records(of: answer).last)
        #expect(record[.principal] == "basic" && record[.principalName] == "basic:anna")
        let wrong = try ask(gateway, "/pools", Self.credential("anna:wrong"))
        #expect(wrong.status == 401)
        let seen = site.appliance.appliance.observations.count
        #expect(try ask(gateway, "/tapes", right).code == "missing_scope")
        for other in ["berta:right", "ANNA:right", "anna", ":right", "anna\u{0}:right", ""] {
            #expect(try ask(gateway, "/pools", Self.credential(other)).status == 401, "\(other)")
        }
        for lenient in ["YW5uYTpyaWdodA", "YW5uYTpyaWdodA=", "YW5uYTpyaWdodB==", "YW5u YTpyaWdodA==", "YW5uYTpyaWdodA==="] {
            let refused = try ask(gateway, "/pools", "Authorization: Basic \(lenient)")
            #expect(refused.status == 401 || refused.status == 400, "\(lenient)")
        }
        #expect(site.appliance.appliance.observations.count == seen)
    }
}
