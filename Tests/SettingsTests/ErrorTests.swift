import Testing
@testable import Settings

@Suite("Errors of settings")
struct ErrorTests {
    @Test("All errors are reported together, in the order of the file, the environment last")
    func together() {
        let text = """
            lanes: many
            upstream:
              ulr: http://a.example
              credential:
                mode: forward
            cookies: eat
            timeouts:
              head: 10
              idel: 5s
            """
        #expect(complaints(text, environment: ["NODEGATE_LOG_LEVEL": "loud"]) == [
            "gate.yaml:1:8: `lanes`: `many` is not a whole number from 0 to 256",
            "gate.yaml:2:1: `upstream.url` must be set (or NODEGATE_UPSTREAM_URL): `http://` or `https://` with a host and a port, "
                + "such as `https://nodeum.example:443`",
            "gate.yaml:3:3: `upstream.ulr` is not a setting; did you mean `upstream.url`?",
            "gate.yaml:5:11: `upstream.credential.mode`: `forward` is not one of `passthrough`, `bearer`, `basic`",
            "gate.yaml:6:10: `cookies`: `eat` is not one of `drop`, `pass`",
            "gate.yaml:8:9: `timeouts.head`: `10` has no unit (ms, s, m, h or d); did you mean `10s`?",
            "gate.yaml:9:3: `timeouts.idel` is not a setting; did you mean `timeouts.idle`?",
            "NODEGATE_LOG_LEVEL: `log.level`: `loud` is not one of `trace`, `debug`, `info`, `notice`, `warning`, "
                + "`error`, `critical`",
        ])
    }

    @Test("An empty file lacks what must be chosen", arguments: ["", "# nothing\n", "---\n", "{}", "~"])
    func empty(text: String) {
        #expect(complaints(text) == [
            "gate.yaml:1:1: `upstream.url` must be set (or NODEGATE_UPSTREAM_URL): `http://` or `https://` with a host and a port, "
                + "such as `https://nodeum.example:443`",
            "gate.yaml:1:1: `upstream.credential.mode` must be set (or NODEGATE_UPSTREAM_CREDENTIAL_MODE): one of "
                + "`passthrough`, `bearer`, `basic`",
        ])
    }

    @Test("A wrong value says where it is and what is allowed", arguments: [
        ("lanes: -1", "5:8: `lanes`: `-1` is not a whole number from 0 to 256"),
        ("lanes: 257", "5:8: `lanes`: `257` is out of range: allowed is a whole number from 0 to 256"),
        ("lanes: 1e2", "5:8: `lanes`: `1e2` is not a whole number from 0 to 256"),
        ("lanes: 99999999999999999999", "5:8: `lanes`: `99999999999999999999` is out of range: allowed is a whole number from 0 to 256"),
        ("lanes: [1]", "5:8: `lanes` must be a whole number from 0 to 256, not a list"),
        ("lanes: {a: 1}", "5:8: `lanes` must be a whole number from 0 to 256, not a section with keys of its own"),
        ("lanes:", "5:7: `lanes` has no value; allowed is a whole number from 0 to 256"),
        ("limits: 5", "5:9: `limits` must have keys ("),
        ("timeouts: {head: 1.5s}", "5:18: `timeouts.head`: `1.5s` is not a duration from 100ms to 10m; the units are"),
        ("timeouts: {head: soon}", "5:18: `timeouts.head`: `soon` is not a duration from 100ms to 10m; write a whole number"),
        ("timeouts: {head: 1ms}", "5:18: `timeouts.head`: `1ms` is out of range: allowed is a duration from 100ms to 10m"),
        ("timeouts: {head: 99999999999999999d}", "5:18: `timeouts.head`: `99999999999999999d` is out of range"),
        ("timeouts: {head: none}", "5:18: `timeouts.head`: `none` is not a duration"),
        ("limits: {body: 5MB}", "5:16: `limits.body`: `5MB` is not a size from 0B to 1024GiB, or `unlimited`; the units are B, KiB, MiB and GiB; did you mean `5MiB`?"),
        ("limits: {fields: 7}", "5:18: `limits.fields`: `7` is out of range"),
        ("limits: {request_line: 8192}", "5:24: `limits.request_line`: `8192` has no unit (B, KiB, MiB or GiB); did you mean `8192B`?"),
        ("cookies: Drop", "5:10: `cookies`: `Drop` is not one of `drop`, `pass`; did you mean `drop`?"),
        ("redaction: {mask: \"***\"}", "5:19: `redaction.mask`: `***`: this cannot be changed; did you mean `[censored]`?"),
        ("operations: {prefix: api}", "5:22: `operations.prefix`: `api` is not a path like `/api/v2`; `/` for an API at the root"),
        ("store: {path: \"\"}", "5:15: `store.path`: a path must not be empty"),
        ("store: {path: ~/keys.db}", "5:15: `store.path`: `~/keys.db`: `~` is not expanded; write the path out"),
    ])
    func values(text: String, expected: String) throws {
        let found = complaintsAfterRequired(text)
        try #require(found.count == 1, "\(found)")
        #expect(found[0].hasPrefix("gate.yaml:\(expected)"), "\(found[0])")
    }

    @Test("An upstream that cannot be meant is refused", arguments: [
        ("https://a.example/api/v2", "`https://a.example/api/v2` has a path; the API's path is `operations.prefix`; did you mean `https://a.example`?"),
        ("a.example:80", "`a.example:80` is not `http://` or `https://` with a host and a port, such as `https://nodeum.example:443`; did you mean `http://a.example:80`?"),
        ("http://a.example/api/v2", "`http://a.example/api/v2` has a path; the API's path is `operations.prefix`; did you mean `http://a.example`?"),
        ("http://user:geheim@a.example", "a URL with a user or a password is not taken; set `upstream.credential` instead"),
        ("http://", "`http://` is not"), ("http://a.example:0", "`http://a.example:0` is not"),
        ("http://a.example:99999", "`http://a.example:99999` is not"), ("http://a b", "`http://a b` is not"),
        ("ftp://a.example", "`ftp://a.example` is not"), ("http://[::1", "`http://[::1` is not"),
    ])
    func upstreams(url: String, expected: String) throws {
        let found = complaints("upstream:\n  url: \"\(url)\"\n  credential: {mode: passthrough}\n")
        try #require(found.count == 1, "\(found)")
        #expect(found[0].hasPrefix("gate.yaml:2:8: `upstream.url`: \(expected)"), "\(found[0])")
        #expect(!found[0].contains("geheim"))
    }

    @Test("TLS of a listener is set up wholly or not at all", arguments: [
        ("tls_minimum_version: 1.3", "`listeners[0]` says how to speak TLS but has no `tls_certificates`"),
        ("tls_certificates: [a, b], tls_keys: [c]", "`listeners[0].tls_keys` has 1 files for 2 certificates"),
        ("tls_certificates: a, tls_client_certificates: required", "`listeners[0].tls_client_certificates` needs `tls_authorities`"),
        ("tls_certificates: a, tls_authorities: b", "`listeners[0]` has authorities or revocation lists"),
        ("tls_certificates: a, proxy_protocol: v2, trusted_proxies: 10.0.0.1", "`listeners[0]` cannot have both a PROXY protocol and TLS"),
        ("tls_certificates: a, redirect_to: \"https://b\"", "`listeners[0].redirect_to` is for a listener without TLS"),
        ("redirect_to: \"http://b\"", "`listeners[0].redirect_to`: `http://b` is not `https://` with a host"),
        ("hsts: 1d", "`listeners[0]` says how to speak TLS but has no `tls_certificates`"),
    ])
    func listenerTLS(text: String, expected: String) {
        let found = complaintsAfterRequired("listeners: [{address: \"a:1\", \(text)}]")
        #expect(found.count == 1 && found[0].contains(expected), "\(found)")
    }

    @Test("TLS to the appliance is set up wholly or not at all", arguments: [
        ("http", "{verification: insecure}", "`upstream.tls` says how to speak TLS, but `upstream.url` is not https"),
        ("https", "{verification: insecure, authorities: a}", "with `insecure` no authority is asked"),
        ("https", "{revocation: a}", "revocation lists need `upstream.tls.authorities`"),
        ("https", "{key: a}", "`upstream.tls.key` is of no use without `upstream.tls.certificate`"),
        ("https", "{pins: [ab]}", "`upstream.tls.pins`: `ab` is not one of a list of SHA-256 digests"),
        ("https", "{server_name: \"a:1\"}", "`upstream.tls.server_name`: `a:1` is not a host name"),
    ])
    func upstreamTLS(scheme: String, text: String, expected: String) {
        let found = complaints("upstream:\n  url: \"\(scheme)://a.example\"\n  credential: {mode: passthrough}\n  tls: \(text)\n")
        #expect(found.count == 1 && found[0].contains(expected), "\(found)")
    }

    @Test("A credential is chosen wholly or not at all", arguments: [
        ("{mode: bearer}", "3:22: the mode `bearer` needs one of `upstream.credential.file`, `upstream.credential.environment` and `upstream.credential.systemd`, and none is set"),
        ("{mode: basic, file: a, environment: B}", "3:22: the mode `basic` needs one of `upstream.credential.file`, `upstream.credential.environment` and `upstream.credential.systemd`, and more than one is set"),
        ("{mode: passthrough, file: a}", "3:41: with the mode `passthrough` the gateway has no credential of its own"),
        ("{mode: bearer, environment: \"ab-cd geheim\"}", "3:43: `upstream.credential.environment`: this is not the name of an environment variable"),
        ("{file: a}", "3:3: `upstream.credential.mode` must be set"),
    ])
    func credentials(text: String, expected: String) {
        let found = complaints("upstream:\n  url: http://a.example\n  credential: \(text)\n")
        #expect(found.contains { $0.hasPrefix("gate.yaml:\(expected)") }, "\(found)")
        #expect(!found.joined().contains("geheim"))
    }

    @Test("Unknown keys bring a suggestion, or what there is", arguments: [
        ("listener: []", "5:1: `listener` is not a setting; did you mean `listeners`?"),
        ("timeouts: {body-idle: 1s}", "5:12: `timeouts.body-idle` is not a setting; did you mean `timeouts.body_idle`?"),
        ("upstreams: {}", "5:1: `upstreams` is not a setting; did you mean `upstream`?"),
        ("durability: power", "5:1: `durability` is not a setting; did you mean `audit.durability`?"),
        ("log: {colour: red}", "5:7: `log.colour` is not a setting; `log` has `level`, `format`"),
        ("listeners: [{adress: \"a:1\"}]", "5:14: `listeners[0].adress` is not a setting; did you mean `listeners[0].address`?"),
    ])
    func unknown(text: String, expected: String) {
        #expect(complaintsAfterRequired(text).contains("gate.yaml:\(expected)"), "\(complaintsAfterRequired(text))")
    }

    @Test("Errors have a JSON form")
    func json() throws {
        var errors: SettingsErrors?
        do { _ = try settings("cookies: drpo", environment: ["NODEGATE_LANES": "x"]) } catch { errors = error as? SettingsErrors }
        let json = try #require(errors).json
        #expect(json.contains(#"{"column":10,"file":"gate.yaml","line":1,"message":"`cookies`: `drpo` is not one of `drop`, `pass`","setting":"cookies","suggestion":"drop"}"#), "\(json)")
        #expect(json.contains(#""variable":"NODEGATE_LANES""#))
    }
}
