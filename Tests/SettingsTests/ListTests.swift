import Testing
@testable import Settings

@Suite("Lists and relations of settings")
struct ListTests {
    @Test("A list's items are checked one by one", arguments: [
        ("listeners: []", "5:1: `listeners` must have at least one item"),
        ("listeners: {address: \"a:1\"}", "5:12: `listeners` must be a list (items start with `- `), not a section with keys of its own"),
        ("listeners: 8080", "5:12: `listeners` must be a list (items start with `- `), not a single value"),
        ("listeners: [8080]", "5:13: `listeners[0].address`: `8080` is not an address with a port"),
        ("listeners: [nodeum]", "5:13: `listeners[0].address`: `nodeum` has no port"),
        ("listeners: [\"a:1\", ~]", "5:20: `listeners[1]` is empty; remove it or give it keys"),
        ("listeners: [\"a:1\", [\"b:1\"]]", "5:20: `listeners[1]` must have keys (`address`, `name`, `backlog`, `trusted_proxies`, `proxy_protocol`, `enforcement`, `tls_certificates`, `tls_keys`, `tls_minimum_version`, `tls_client_certificates`, `tls_authorities`, `tls_revocation`, `tls_handshake_timeout`, `hsts`, `redirect_to`), not a list"),
        ("listeners: [{name: a}]", "5:13: `listeners[0]` lacks `address`: an address with a port"),
        ("listeners: [\"a:1\", \"a:1\"]", "5:20: `listeners[1]` has the same address as `listeners[0]`: a:1"),
        ("listeners: [{address: \"a:1\", name: x}, {address: \"a:2\", name: x}]", "5:40: another listener is called `x` too"),
        ("listeners: [{address: \"::1:80\"}]", "5:23: `listeners[0].address`: `::1:80` is not an address"),
        ("listeners: [{address: \"a:70000\"}]", "5:23: `listeners[0].address`: `a:70000` is not an address"),
        ("operations: {additional: [{method: HEAD, path: /a, controller: a, action: b}]}", "5:36: `operations.additional[0].method`: `HEAD` is not one of `GET`, `POST`, `PUT`, `PATCH`, `DELETE`"),
        ("operations: {additional: [{method: GET, path: a, controller: a, action: b}]}", "5:47: `operations.additional[0].path`: `a` is not a path below the API's prefix"),
        ("operations: {additional: [{method: GET, path: /a, controller: A, action: b}]}", "5:27: `operations.additional[0]`: controller and action are made of a-z, 0-9 and `_`"),
        ("operations: {additional: [{method: GET, path: /a, controller: a}]}", "5:27: `operations.additional[0]` lacks `action`: an action"),
        ("limits: {bodies: [{size: 1KiB}]}", "5:19: `limits.bodies[0]` lacks `scope`: a scope"),
        ("limits: {bodies: [{scope: pools/update}]}", "5:19: `limits.bodies[0]` lacks `size`: a size"),
        ("limits: {bodies: [{scope: none, size: 1KiB}]}", "5:27: `limits.bodies[0].scope`: `none` is not a scope"),
        ("limits: {bodies: [{scope: a/b, size: 1KiB}, {scope: a/b, size: 2KiB}]}", "5:45: `limits.bodies[1]` limits the bodies of a/b a second time"),
        ("limits: {bodies: [{scope: a/b, size: 9}]}", "5:38: `limits.bodies[0].size`: `9` has no unit"),
        ("redaction: {rules: [{field: secret_key, unlocked_by: cloud_connectors/get_secret_key}]}", "5:21: `redaction.rules[0]` is there already"),
        ("redaction: {rules: [{field: a, controllers: [b, {}]}]}", "5:49: `redaction.rules[0].controllers` must be a list of controllers"),
        ("redaction: {rules: [{field: a, controllers: [B]}]}", "5:45: `redaction.rules[0].controllers`: `B` is not a controller"),
        ("redaction: {rules: [{field: a, unlocked_by: b}]}", "5:45: `redaction.rules[0].unlocked_by`: `b` is not a scope"),
        ("redaction: {rules: [{field: \"\"}]}", "5:29: `redaction.rules[0].field`: `` is not the name of a member of 1 to 64 bytes"),
    ])
    func items(text: String, expected: String) throws {
        let found = complaintsAfterRequired(text)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix("gate.yaml:\(expected)") == true, "\(found)")
    }

    @Test("The same path with the same method is mapped once")
    func mappedTwice() {
        let item = "{method: GET, path: /a, controller: a, action: b}"
        #expect(complaintsAfterRequired("operations: {additional: [\(item), \(item)]}") == [
            "gate.yaml:5:78: `operations.additional[1]` maps GET /a a second time",
        ])
    }

    @Test("Items beyond the limit are refused as a whole")
    func tooMany() {
        let items = (1...65).map { "\"a:\($0)\"" }.joined(separator: ", ")
        #expect(complaintsAfterRequired("listeners: [\(items)]") == [
            "gate.yaml:5:12: `listeners` has 65 items; allowed are at most 64",
        ])
    }

    @Test("Limits that contradict each other are refused at the one that was written", arguments: [
        ("limits: {connections: 5, connections_per_client: 6}", "5:50: `limits.connections_per_client` (6) is more than `limits.connections` (5)"),
        ("audit: {queue_limit: 16, group_limit: 17}", "5:39: `audit.group_limit` (17) is more than `audit.queue_limit` (16)"),
        ("limits: {field_bytes: 64KiB}", "5:23: a head of "),
        ("limits: {buffer: 32KiB}", "5:18: a head of "),
        ("limits: {target: 64KiB}", "5:18: a head of "),
        ("audit: {path: nodegate.db}", "5:15: `store.path` and `audit.path` are the same file: `nodegate.db`"),
    ])
    func relations(text: String, expected: String) {
        let found = complaintsAfterRequired(text)
        #expect(found.contains { $0.hasPrefix("gate.yaml:\(expected)") }, "\(found)")
    }
}
