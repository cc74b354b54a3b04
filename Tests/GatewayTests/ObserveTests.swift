import AuditTrail
import GatewayTesting
import NodeumSimulator
import Settings
import Store
import Testing

@Suite("Observe mode: decide and record, refuse only what more than a grant is missing for")
struct ObserveTests {
    /// Who observes.
    enum Place: String, CaseIterable, Sendable {
        case whole, listener, key
    }

    private func start(_ place: Place, _ site: TestSite) throws -> TestGateway {
        try site.gateway { settings in
            switch place {
            case .whole: settings.enforcement = .observe
            case .listener: settings.listeners[0].enforcement = .observe
            case .key: break
            }
        }
    }

    @Test("A missing grant lets through, is recorded as would_deny with its intent, and does what was asked for", arguments: Place.allCases)
    func letsThrough(place: Place) throws {
        let site = try TestSite()
        let key = try site.key("pools/index")
        if place == .key { _ = try site.store.setObserved(true, of: site.lastKeyName, by: TestSite.author) }
        let gateway = try start(place, site)
        let granted = try gateway.ask("GET", "/pools", key: key)
        #expect(granted.status == 200)
        #expect(try site.records(of: granted).map { $0[.decision] } == ["permit"])
        let read = try gateway.ask("GET", "/tapes/1", key: key)
        #expect(read.status == 200)
        let written = try gateway.ask("PUT", "/pools/1", key: key, body: #"{"name":"a"}"#)
        #expect(written.status == 200)
        for (answer, kinds, ran) in [(read, ["outcome"], "tapes#show"), (written, ["intent", "outcome"], "pools#update")] {
            let records = try site.records(of: answer)
            #expect(records.map(\.kind) == kinds)
            #expect(records.allSatisfy { $0[.decision] == "would_deny" && $0.reason == "missing_scope" && $0.ran == ran })
        }
        #expect(site.appliance.appliance.observations.map(\.action) == ["pools#index", "tapes#show", "pools#update"])
    }

    @Test("Never what is denied, sensitive, unknown, malformed or asks for a secret; secrets stay masked", arguments: Place.allCases)
    func refuses(place: Place) throws {
        let site = try TestSite()
        let key = try site.key(granted: ["pools/index"], denials: ["tapes/*"])
        if place == .key { _ = try site.store.setObserved(true, of: site.lastKeyName, by: TestSite.author) }
        let gateway = try start(place, site)
        for (method, path, status, reason) in [
            ("GET", "/tapes/1", 403, "denied_scope"),
            ("POST", "/users/me/api_keys", 403, "explicit_grant_required"),
            ("GET", "/systems/download_traces", 403, "explicit_grant_required"),
            ("POST", "/systems/reset/generate_vars", 403, "operation_without_scope"),
            ("GET", "/nothing", 404, "unknown_operation"), ("PATCH", "/pools/1", 405, "method_not_allowed"),
            ("GET", "/nas/%2e%2e/1", 400, "ambiguous_target"), ("GET", "/nas?format=xml", 400, "unsupported_format"),
            ("GET", "/cloud_connectors?sort_by=secret_key", 403, "protected_field"),
            ("GET", "/cloud_connectors?x=1", 403, "unknown_parameter"),
        ] {
            let answer = try gateway.ask(method, path, key: key, body: method == "POST" ? "{}" : nil)
            #expect(answer.status == status && answer.code == reason, "\(path): \(answer.status) \(answer.text)")
            #expect(try site.records(of: answer).map { "\($0[.decision]) \($0.reason)" } == ["deny \(reason)"], "\(path)")
        }
        for wrong in [nil, "never-issued-0123456789abcdef"] {
            #expect(try gateway.ask("GET", "/pools", key: wrong).status == 401)
        }
        #expect(site.appliance.acceptedCount == 0)
        let shown = try gateway.ask("GET", "/cloud_connectors/4", key: key)
        #expect(shown.status == 200 && shown.text.contains("[censored]") && !shown.text.contains("SECRET"))
        #expect(try site.records(of: shown).map { $0[.decision] } == ["would_deny"])
        // The guards of a body hold as well.
        let redirect = try gateway.ask("PUT", "/cloud_connectors/4", key: key, body: #"{"url":"https://elsewhere.example"}"#)
        #expect(redirect.status == 403 && redirect.code == "secret_redirected")
        #expect(site.appliance.appliance.connectors.first { $0.id == 4 }?.url == "https://s3.eu-central-1.wasabisys.com")
    }

    @Test("Only the listener, only the key that observes; switched off, the key is refused again")
    func limited() throws {
        let site = try TestSite()
        let observed = try site.key()
        let name = site.lastKeyName
        _ = try site.store.setObserved(true, of: name, by: TestSite.author)
        let other = try site.key()
        let gateway = try site.gateway { settings in
            settings.enforcement = .observe
            settings.listeners[0].enforcement = .enforce
            settings.listeners.append(settings.listeners[0])
            settings.listeners[1].address = "[::1]:0"
            settings.listeners[1].enforcement = .inherit
        }
        #expect(try gateway.ask("GET", "/pools", key: other).code == "missing_scope")
        #expect(try gateway.ask("GET", "/pools", key: observed).status == 200)
        let second = try RawClient(port: try #require(gateway.server.addresses.last?.port), ipv6: true)
        second.send(Request("GET", "/pools", key: other).bytes)
        #expect(second.answer().status == 200)
        _ = try site.store.setObserved(false, of: name, by: TestSite.author)
        #expect(try Patience.holds { try gateway.ask("GET", "/pools", key: observed).code == "missing_scope" })
        #expect(try Patience.holds {
            try site.records { $0.kind = .administration }.contains { $0[.detail].contains("observe") && $0[.detail].contains(name) }
        })
    }
}
