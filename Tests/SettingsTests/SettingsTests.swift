import Redaction
import Testing
@testable import Settings
import AccessControl
import HTTPWire

@Suite("Settings")
struct SettingsTests {
    @Test("The least that must be set gives the defaults of the tree")
    func defaults() throws {
        var expected = Settings(upstream: Settings.Upstream(
            host: "appliance.example", port: 8081, credential: .passthrough))
        expected.listeners[0].name = "127.0.0.1:8080"
        #expect(try settings(required) == expected)
    }

    @Test("Every kind of value is read")
    func values() throws {
        let settings = try settings("""
            listeners:
              - "*:80"
              - {address: "[::1]:8080", name: loop, backlog: 7}
            lanes: 3
            upstream:
              url: "http://[2001:db8::1]:3000/"
              host: nodeum.example
              credential: {mode: basic, file: secrets/appliance}
              connect_timeout: 250ms
              idle_timeout: 2m
            store: {path: /var/lib/gate/keys.db}
            operations:
              prefix: /
              additional:
                - {method: POST, path: /systems/reset/generate_vars, controller: systems, action: generate_vars}
            audit: {durability: power}
            redaction:
              rules:
                - {field: url_proxy, controllers: [cloud_connectors, pools], treatment: credentials_in_url,
                   unlocked_by: cloud_connectors/get_secret_key}
                - field: options
            limits: {body: 1GiB, requests_per_connection: 100, field_bytes: 16KiB}
            timeouts: {exchange: 1h}
            cookies: pass
            log: {level: warning, format: json}
            """)
        #expect(settings.listeners.map(\.address) == ["*:80", "[::1]:8080"])
        #expect(settings.listeners.map(\.name) == ["*:80", "loop"])
        #expect(settings.listeners.map(\.backlog) == [1024, 7])
        #expect(settings.lanes == 3)
        #expect(settings.upstream.host == "2001:db8::1" && settings.upstream.port == 3000)
        #expect(settings.upstream.authority == "[2001:db8::1]:3000")
        #expect(settings.upstream.hostField == "nodeum.example")
        #expect(settings.upstream.credential == .basic(.file("secrets/appliance")))
        #expect(settings.upstream.connectTimeout == 250 && settings.upstream.idleTimeout == 120_000)
        #expect(settings.store.path == "/var/lib/gate/keys.db" && settings.store.pepper == "/var/lib/gate/keys.db.pepper")
        #expect(settings.operations.prefix == "")
        #expect(settings.operations.additional.map(\.scope.description) == ["systems/generate_vars"])
        #expect(settings.operations.additional.map(\.method) == [.post])
        #expect(settings.audit.durability == .power)
        let shipped = RedactionRule.shipped.count
        #expect(settings.redaction.rules.prefix(shipped) == RedactionRule.shipped[...])
        let added = settings.redaction.rules.dropFirst(shipped).map(\.self)
        #expect(added.map(\.field) == ["url_proxy", "options"])
        #expect(added.map(\.place) == [.controllers(["cloud_connectors", "pools"]), .everywhere])
        #expect(added.map(\.treatment) == [.credentialsInURL, .mask])
        #expect(added.map(\.unlockedBy?.action) == ["get_secret_key", nil])
        #expect(settings.limits.body == 1 << 30 && settings.limits.requestsPerConnection == 100)
        #expect(settings.limits.request.fieldBytes == 16_384 && settings.limits.response.fieldBytes == 32_768)
        #expect(settings.timeouts.exchange == 3_600_000)
        #expect(settings.cookies == .pass && settings.log.level == .warning && settings.log.format == .json)
    }

    @Test("The Host field is the URL's authority, without HTTP's own port", arguments: [
        ("http://a.example", "a.example"), ("http://a.example:80/", "a.example"),
        ("http://a.example:8081", "a.example:8081"), ("http://[::1]:80", "[::1]"), ("HTTP://A.example", "A.example"),
    ])
    func hostField(url: String, host: String) throws {
        let text = "upstream: {url: \"\(url)\", credential: {mode: passthrough}}"
        #expect(try settings(text).upstream.hostField == host)
    }

    @Test("Relative paths stand on the file's folder, absolute ones on nothing")
    func paths() throws {
        let text = required + "store: {path: data/keys.db}\naudit: {path: /log/audit.db}\n"
        let settings = try Settings.parse(text: text, file: "/etc/gate/gate.yaml", environment: [:])
        #expect(settings.store.path == "/etc/gate/data/keys.db")
        #expect(settings.store.pepper == "/etc/gate/data/keys.db.pepper")
        #expect(settings.operations.file == "/etc/gate/operations.csv")
        #expect(settings.audit.path == "/log/audit.db")
        #expect(try Settings.parse(text: text, file: "gate.yaml", environment: [:]).store.path == "data/keys.db")
    }

    @Test("A part whose default is more than the whole follows it")
    func following() throws {
        let settings = try settings(required + "limits: {connections: 10}\naudit: {queue_limit: 20}\n")
        #expect(settings.limits.connectionsPerClient == 10)
        #expect(settings.audit.groupLimit == 20)
    }

    @Test("Limits of chunks hold for answers too")
    func sharedLimits() throws {
        let settings = try settings(required + "limits: {chunk_line: 64B, trailers: 3, request_line: 4KiB}\n")
        #expect(settings.limits.response.chunkLineBytes == 64)
        #expect(settings.limits.response.trailerCount == 3)
        #expect(settings.limits.response.startLineBytes == 4096)
    }

    @Test("An empty section, a comment and JSON are as good as any")
    func spellings() throws {
        let expected = try settings(required)
        #expect(try settings(required + "limits:\n  # body: 1GiB\nlog: ~\n") == expected)
        let json = #"{"upstream": {"url": "http://appliance.example:8081", "credential": {"mode": "passthrough"}}}"#
        #expect(try settings(json) == expected)
        #expect(try settings("\u{FEFF}" + required) == expected)
        #expect(try settings(required.replacing("\n", with: "\r\n")) == expected)
    }

    @Test("Where values come from is known")
    func origins() throws {
        let settings = try settings(required, environment: ["NODEGATE_LANES": "2"])
        #expect(settings.origins.places["upstream.url"] == .file("gate.yaml", line: 2, column: 8))
        #expect(settings.origins.places["lanes"] == .variable("NODEGATE_LANES"))
        #expect(settings.origins.places["cookies"] == nil)
    }
}
