import Redaction
import Testing
@testable import Settings

@Suite("Settings from the environment")
struct EnvironmentTests {
    private let least = [
        "NODEGATE_UPSTREAM_URL": "http://appliance.example:8081", "NODEGATE_UPSTREAM_CREDENTIAL_MODE": "passthrough",
    ]

    @Test("The environment alone is enough")
    func alone() throws {
        #expect(try Settings.load(file: nil, environment: least) == settings(required))
    }

    @Test("A variable replaces the file's value, for every setting that is a single value")
    func everySetting() throws {
        for leaf in SettingIndex.leaves {
            guard case .value(let value) = leaf.entry.content, !value.isRequired else { continue }
            // What the default looks like is read back, and counts as set by the variable.
            let text = value.text(SettingsDraft()).filter { $0 != "\"" }
            let environment = [leaf.variable: text]
            let replaced = try settings(required, environment: environment)
            #expect(replaced.origins.places[leaf.setting] == .variable(leaf.variable))
        }
        let text = required + "lanes: 3\ntimeouts: {head: 1s}\n"
        let replaced = try settings(text, environment: ["NODEGATE_LANES": "5", "NODEGATE_TIMEOUTS_HEAD": "2s", "PATH": "/bin"])
        #expect(replaced.lanes == 5 && replaced.timeouts.head == 2_000)
    }

    @Test("Every setting has a variable of its own, and none looks like a reserved one")
    func names() {
        let names = SettingIndex.leaves.map(\.variable)
        #expect(Set(names).count == names.count)
        #expect(names.filter { KnownVariables.isReserved($0, "tcp://10.0.0.1:80") } == [])
    }

    @Test("A wrong value names the variable", arguments: [
        ("NODEGATE_LANES", "x", "`lanes`: `x` is not a whole number from 0 to 256"),
        ("NODEGATE_LANES", "", "`lanes`: `` is not a whole number from 0 to 256"),
        ("NODEGATE_COOKIES", "Pass", "`cookies`: `Pass` is not one of `drop`, `pass`; did you mean `pass`?"),
        ("NODEGATE_LANE", "1", "this variable stands for no setting; did you mean `NODEGATE_LANES`?"),
        ("NODEGATE_UPSTREAM_CONECT_TIMEOUT", "1s", "this variable stands for no setting; did you mean `NODEGATE_UPSTREAM_CONNECT_TIMEOUT`?"),
        ("NODEGATE_ZZZ", "geheim", "this variable stands for no setting; `NODEGATE_UPSTREAM_URL` is `upstream.url`, and so on"),
        ("NODEGATE_LISTENERS", "a:1,nodeum", "`listeners[1].address`: `nodeum` has no port; allowed is an address with a port: `127.0.0.1:8080`, `[::1]:8080`, `name:8080` or `*:8080`"),
        ("NODEGATE_LISTENERS", "[{address: \"a:1\"", "not YAML: while parsing a flow mapping: did not find expected ',' or '}'"),
        ("NODEGATE_LISTENERS", "[]", "`listeners` must have at least one item"),
        ("NODEGATE_LISTENERS", "a:1,a:1", "`listeners[1]` has the same address as `listeners[0]`: a:1"),
        ("NODEGATE_REDACTION_RULES", "url_proxy", "`redaction.rules` must be a list in YAML or JSON, such as `[{...}]`, or `[]`"),
        ("NODEGATE_REDACTION_RULES", "[{feld: a, field: b}]", "`redaction.rules[0].feld` is not a setting; did you mean `redaction.rules[0].field`?"),
        ("NODEGATE_UPSTREAM", "x", "this variable stands for no setting; did you mean `NODEGATE_UPSTREAM_URL`?"),
    ])
    func errors(name: String, value: String, expected: String) {
        #expect(complaints(required, environment: [name: value]) == ["\(name): \(expected)"])
    }

    @Test("Lists are replaced whole")
    func lists() throws {
        let text = required + "listeners: [\"a:1\", \"a:2\"]\nredaction: {rules: [{field: a}]}\n"
        let replaced = try settings(text, environment: [
            "NODEGATE_LISTENERS": "[::1]:8080, *:9090", "NODEGATE_REDACTION_RULES": #"[{"field": "b"}, {"field": "c"}]"#,
            "NODEGATE_OPERATIONS_ADDITIONAL": "[]",
        ])
        #expect(replaced.listeners.map(\.address) == ["[::1]:8080", "*:9090"])
        #expect(replaced.redaction.rules.map(\.field) == RedactionRule.shipped.map(\.field) + ["b", "c"])
        #expect(replaced.listeners.map(\.name) == ["[::1]:8080", "*:9090"])
    }

    @Test("What a container runtime or a test sets is left alone", arguments: [
        ("NODEGATE_SERVICE_HOST", "10.0.0.1"), ("NODEGATE_SERVICE_PORT", "80"), ("NODEGATE_SERVICE_PORT_HTTP", "80"),
        ("NODEGATE_PORT", "tcp://10.0.0.1:80"), ("NODEGATE_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("NODEGATE_ADMIN_PORT", "udp://10.0.0.1:80"), ("NODEGATE_TEST_PYTHON", "python3"), ("NODEGATE_CONFIG", "a.yaml"),
    ])
    func reserved(name: String, value: String) {
        #expect(complaints(required, environment: [name: value]) == [])
    }

    @Test("The variable of the credential is known, and never read by parsing")
    func credential() throws {
        let text = required.replacing("passthrough", with: "bearer\n    environment: NODEGATE_APPLIANCE_KEY")
        let replaced = try settings(text, environment: ["NODEGATE_APPLIANCE_KEY": "geheim"])
        #expect(replaced.upstream.credential == .bearer(.environment("NODEGATE_APPLIANCE_KEY")))
        #expect(!"\(replaced)".contains("geheim"))
        #expect(complaints(text) == [])
    }
}
