import Testing
@testable import Settings

@Suite("Settings of the audit log")
struct AuditSettingsTests {
    @Test("All of them are read, and paths stand on the folder of the file")
    func read() throws {
        let settings = try Settings.parse(
            text: required + """
                audit:
                  partition_size: 64MiB
                  partition_age: 1d
                  retention_age: 90d
                  retention_size: 10GiB
                  reserve: 8MiB
                  checkpoints: {records: 500, interval: 5s, key_file: keys/audit.key, file: /mnt/worm/checkpoints}
                  index: off
                  exporters:
                    - {name: lines, target: "file:export/audit.jsonl"}
                    - {name: siem, target: "udp://10.0.0.7:514", format: cef, batch: 1, timeout: 1s}
                    - {name: six, target: "tcp://[2001:db8::1]:601", format: ocsf}
                    - {name: web, target: "http://siem.example/in?a=b"}
                    - {name: sealed, target: "tls://siem.example", tls_authorities: ca.pem, tls_certificate: gate.pem}
                    - name: cloud
                      target: https://siem.example/in
                      authorization_file: token
                      tls_server_name: other.example
                      tls_minimum_version: 1.3
                """, file: "/etc/nodegate/nodegate.yaml", environment: [:])
        let audit = settings.audit
        #expect(audit.partitionSize == 64 << 20 && audit.partitionAge == 86_400_000)
        #expect(audit.retentionAge == 90 * 86_400_000 && audit.retentionSize == 10 << 30 && audit.reserve == 8 << 20)
        #expect(audit.checkpoints.records == 500 && audit.checkpoints.interval == 5_000 && audit.index == .off)
        #expect(audit.checkpoints.keyFile == "/etc/nodegate/keys/audit.key")
        #expect(audit.checkpoints.file == "/mnt/worm/checkpoints")
        #expect(audit.exporters.map(\.target) == [
            .file("/etc/nodegate/export/audit.jsonl"), .udp(host: "10.0.0.7", port: 514),
            .tcp(host: "2001:db8::1", port: 601), .http(host: "siem.example", port: 80, path: "/in?a=b"),
            .tls(host: "siem.example", port: 6514), .https(host: "siem.example", port: 443, path: "/in"),
        ])
        #expect(audit.exporters.map(\.format) == [.json, .cef, .ocsf, .json, .json, .json])
        #expect(audit.exporters[4].tls.authorities == "/etc/nodegate/ca.pem")
        #expect(audit.exporters[4].tls.certificate == "/etc/nodegate/gate.pem")
        #expect(audit.exporters[5].tls.authorities == "system" && audit.exporters[5].tls.minimumVersion == .tls13)
        #expect(audit.exporters[5].authorizationFile == "/etc/nodegate/token")
        #expect(audit.exporters[5].tls.serverName == "other.example")
        #expect(audit.exporters[1].batch == 1 && audit.exporters[1].timeout == 1_000)
        #expect(settings.texts["audit.retention_age"] == "90d")
        #expect(settings.texts["audit.exporters"]?.contains("tcp://[2001:db8::1]:601") == true)
    }

    @Test("Sizes and ages of files that are not set follow what retention asks for")
    func following() throws {
        let audit = try settings(required + "audit: {retention_age: 1d, retention_size: 64MiB}").audit
        #expect(audit.partitionAge == 86_400_000 && audit.partitionSize == 8 << 20)
    }

    @Test("What cannot be kept is refused", arguments: [
        ("{retention_age: 1d, partition_age: 2d}", "more than `audit.retention_age`"),
        ("{retention_size: 1GiB, partition_size: 1GiB}", "more than half of `audit.retention_size`"),
        ("{reserve: 5KiB}", "either `0B` or at least 1MiB"),
        ("{checkpoints: {records: 0}}", "out of range"),
        ("{checkpoints: {key_file: nodegate.db}}", "are the same file"),
        ("{exporters: [{name: a}]}", "lacks `target`"),
        ("{exporters: [{target: \"file:x\"}]}", "lacks `name`"),
        ("{exporters: [{name: \"a b\", target: \"file:x\"}]}", "is not a name made of"),
        ("{exporters: [{name: a, target: \"file:x\"}, {name: a, target: \"file:y\"}]}", "is called `a` too"),
        ("{exporters: [{name: a, target: \"file:x\"}, {name: b, target: \"file:x\"}]}", "are the same file"),
        ("{exporters: [{name: a, target: \"file:audit.db\"}]}", "are the same file"),
        ("{exporters: [{name: a, target: \"file:\"}]}", "a path must not be empty"),
        ("{exporters: [{name: a, target: \"file://host/x\"}]}", "not by a host"),
        ("{exporters: [{name: a, target: \"tcp://siem.example\"}]}", "has no port"),
        ("{exporters: [{name: a, target: \"tcp://siem.example:1/x\"}]}", "is not `file:PATH`"),
        ("{exporters: [{name: a, target: \"tls://siem.example/x\"}]}", "is not `file:PATH`"),
        ("{exporters: [{name: a, target: \"tcp://h:1\", tls_authorities: ca.pem}]}", "neither `tls://` nor `https://`"),
        ("{exporters: [{name: a, target: \"tls://h\", tls_key: k.pem}]}", "of no use without"),
        ("{exporters: [{name: a, target: \"tls://h\", tls_revocation: r.pem}]}", "to be a file"),
        ("{exporters: [{name: a, target: \"http://h\", authorization_file: t}]}", "is for targets with `https://`"),
        ("{exporters: [{name: a, target: \"tls://h\", authorization_file: t}]}", "is for targets with `https://`"),
        ("{exporters: [{name: a, target: \"https://h\", verification: insecure}]}", "verification"),
        ("{exporters: [{name: a, target: \"ftp://siem.example\"}]}", "is not `file:PATH`"),
        ("{exporters: [{name: a, target: \"http://siem.example/a b\"}]}", "is not `file:PATH`"),
    ])
    func refused(text: String, message: String) {
        let complaints = complaintsAfterRequired("audit: \(text)")
        #expect(complaints.count == 1 && complaints[0].contains(message), "\(complaints)")
    }

    @Test("A password in a target is refused and not repeated")
    func password() {
        let complaints = complaintsAfterRequired(#"audit: {exporters: [{name: a, target: "http://u:hunter2@siem.example/"}]}"#)
        #expect(complaints.count == 1 && !complaints[0].contains("hunter2") && complaints[0].contains("user or a password"))
    }
}
