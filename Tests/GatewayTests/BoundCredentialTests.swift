import AuditTrail
import Foundation
import Gateway
import GatewayTesting
import NodeumSimulator
import SQLite
import Settings
import Store
import Testing

@Suite("Appliance credentials of single keys")
struct BoundCredentialTests {
    private static let annas = "appliance-key-of-anna-4c1b"

    private func site() throws -> TestSite {
        try TestSite { $0.credentials = ApplianceCredentials(keys: [TestSite.applianceKey, Self.annas]) }
    }

    private func seen(_ site: TestSite, _ field: String = "Authorization") -> [String] {
        site.appliance.appliance.observations.last?.values(field) ?? []
    }

    @Test("The appliance sees the key's own credential, from the first policy or from one that came later; others keep the gateway's")
    func ownCredential() throws {
        let site = try site()
        let anna = try site.key("pools/*")
        let annasName = site.lastKeyName
        let other = try site.key("pools/*")
        let gateway = try site.gateway()
        #expect(try gateway.ask("GET", "/pools", key: anna).status == 200)
        #expect(seen(site) == ["Bearer \(TestSite.applianceKey)"])
        try site.bind(Self.annas, to: annasName)
        try gateway.follow()
        for method in ["GET", "HEAD"] {
            #expect(try gateway.ask(method, "/pools/1", key: anna).status == 200)
            #expect(seen(site) == ["Bearer \(Self.annas)"])
        }
        #expect(try gateway.ask("PUT", "/pools/1", key: anna, body: #"{"comment":"x"}"#).status == 200)
        #expect(seen(site) == ["Bearer \(Self.annas)"])
        #expect(try gateway.ask("GET", "/pools", key: other).status == 200)
        #expect(seen(site) == ["Bearer \(TestSite.applianceKey)"])
        // A gateway that starts with it has it too.
        let second = try site.gateway { $0.audit.path = site.directory.path("second.db") }
        #expect(try second.ask("GET", "/pools", key: anna).status == 200)
        #expect(seen(site) == ["Bearer \(Self.annas)"])
        _ = try site.store.unbind(annasName, by: TestSite.author)
        try gateway.follow()
        #expect(try gateway.ask("GET", "/pools", key: anna).status == 200)
        #expect(seen(site) == ["Bearer \(TestSite.applianceKey)"])
    }

    @Test("The same with passthrough and with user and password; nothing of the client's own passes")
    func otherModes() throws {
        let site = try TestSite { $0.credentials.users = [.init(name: "anna", password: "right")] }
        let key = try site.key("pools/*")
        let secret = Array("anna:right".utf8)
        _ = try site.store.bind(
            try .init(.basic, secret.span), to: site.lastKeyName,
            under: try .read(try site.masterKeys()), by: TestSite.author)
        let gateway = try site.gateway { $0.upstream.credential = .passthrough }
        let answer = try gateway.ask("GET", "/pools", key: key)
        #expect(answer.status == 200)
        #expect(seen(site) == ["Basic \(Data("anna:right".utf8).base64EncodedString())"])
        #expect(site.appliance.appliance.observations.last?.fields.contains { $0.text.contains(key) } == false)
    }

    @Test("Administration is recorded, and the credential stands in no file, no record and no log")
    func records() throws {
        let site = try site()
        let key = try site.key("pools/*")
        let gateway = try site.gateway()
        try site.bind(Self.annas, to: site.lastKeyName)
        try gateway.follow()
        #expect(try gateway.ask("GET", "/pools", key: key).status == 200)
        #expect(try Patience.holds {
            try site.records { $0.kind = .administration }.contains { $0[.detail].hasPrefix("key.bind \(site.lastKeyName)") }
        })
        gateway.stop()
        for (name, bytes) in try site.everythingWritten() {
            #expect(bytes.firstRange(of: Array(Self.annas.utf8)) == nil, "\(name)")
        }
    }

    @Test("A 401 to it is 502 for the client, and the operator is told which key")
    func refusedByAppliance() throws {
        let site = try site()
        let key = try site.key("pools/*")
        try site.bind("no-key-of-the-appliance", to: site.lastKeyName)
        let gateway = try site.gateway()
        let answer = try gateway.ask("GET", "/pools", key: key)
        #expect(answer.status == 502 && answer.code == "upstream_credential_refused")
        #expect(try site.records(of: answer).last?[.detail] == "the appliance refuses the credential that is bound to the key")
        #expect(site.log.text.contains("bound to key 1") && site.log.text.contains("keys bind 1"))
    }

    @Test("What cannot be opened is refused before the appliance is asked, never replaced; SIGHUP after the repair mends it")
    func unavailable() throws {
        let site = try site()
        let key = try site.key("pools/*")
        try site.bind(Self.annas, to: site.lastKeyName)
        let other = try site.key("pools/*")
        let away = site.directory.path("away")
        try FileManager.default.moveItem(atPath: site.masterKeysPath, toPath: away)
        let gateway = try site.gateway { $0.status.address = "127.0.0.1:0" }
        let answer = try gateway.ask("PUT", "/pools/1", key: key, body: #"{"comment":"x"}"#)
        #expect(answer.status == 503 && answer.code == "upstream_credential_unavailable")
        #expect(site.appliance.appliance.observations.isEmpty)
        #expect(site.log.text.contains("key 1 'key1'") && site.log.text.contains("\(site.masterKeysPath) does not exist"))
        #expect(try site.records(of: answer).last?.reason == "upstream_credential_unavailable")
        let page = try status(gateway)
        #expect(page.contains(#""bound_keys":1,"bound_keys_unavailable":1"#) && page.contains("1 keys are refused"), "\(page)")
        #expect(try gateway.ask("GET", "/pools", key: other).status == 200)

        // Another master key of the same number is no better, nor is a file that others may read.
        try "1 \(String(repeating: "ab", count: 32))\n".write(toFile: site.masterKeysPath, atomically: true, encoding: .utf8)
        for (mode, words) in [(0o644, "chmod 600"), (0o600, "was altered, or belongs elsewhere")] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: site.masterKeysPath)
            _ = try gateway.server.reload(try site.plan { $0.status.address = "127.0.0.1:0" })
            #expect(try gateway.ask("GET", "/pools", key: key).code == "upstream_credential_unavailable")
            #expect(site.log.text.contains(words), "\(site.log.text)")
        }
        try FileManager.default.removeItem(atPath: site.masterKeysPath)
        try FileManager.default.moveItem(atPath: away, toPath: site.masterKeysPath)
        _ = try gateway.server.reload(try site.plan { $0.status.address = "127.0.0.1:0" })
        #expect(try gateway.ask("GET", "/pools", key: key).status == 200)
        #expect(seen(site) == ["Bearer \(Self.annas)"])
        #expect(try status(gateway).contains(#""bound_keys":1,"bound_keys_unavailable":0"#))
    }

    private func status(_ gateway: TestGateway) throws -> String {
        let client = try RawClient(port: try #require(gateway.server.statusAddress).port)
        client.send("GET /status HTTP/1.1\r\nHost: status\r\n\r\n")
        return client.answer().text
    }

    @Test("A new master key, everything sealed anew and the old one gone: a running gateway follows by itself")
    func rotation() throws {
        let site = try site()
        let key = try site.key("pools/*")
        try site.bind(Self.annas, to: site.lastKeyName)
        let gateway = try site.gateway()
        #expect(try gateway.ask("GET", "/pools", key: key).status == 200)
        _ = try site.store.rebind(under: try MasterKeyFile.addKey(to: site.masterKeysPath), by: TestSite.author)
        try gateway.follow()
        let text = try String(contentsOfFile: site.masterKeysPath, encoding: .utf8)
        try String(text.prefix { $0 != "\n" }).write(toFile: site.masterKeysPath, atomically: false, encoding: .utf8)
        #expect(try gateway.ask("GET", "/pools", key: key).status == 200)
        #expect(seen(site) == ["Bearer \(Self.annas)"])
        _ = try gateway.server.reload(try site.plan())
        #expect(try gateway.ask("GET", "/pools", key: key).status == 200)
        #expect(seen(site) == ["Bearer \(Self.annas)"])
    }

    @Test("A credential that was sealed for another key is none")
    func swapped() throws {
        let site = try site()
        let first = try site.key("pools/*")
        try site.bind(Self.annas, to: site.lastKeyName)
        let second = try site.key("pools/*")
        try site.database("UPDATE key_credentials SET key = 2 WHERE key = 1")
        let gateway = try site.gateway()
        #expect(try gateway.ask("GET", "/pools", key: second).code == "upstream_credential_unavailable")
        #expect(site.appliance.appliance.observations.isEmpty)
        #expect(try gateway.ask("GET", "/pools", key: first).status == 200)
        #expect(seen(site) == ["Bearer \(TestSite.applianceKey)"])
    }

    @Test("check says which credentials cannot be opened, and that it could start; serve reads them from its files")
    func checkAndServe() throws {
        let site = try site()
        let key = try site.key("pools/*")
        try site.bind(Self.annas, to: site.lastKeyName)
        let path = try site.configure()
        let fine = try Command.run("check", "--config", path)
        #expect(fine.status == 0 && !fine.errors.contains("credential"), "\(fine.errors)")
        let gateway = try site.serve()
        #expect(try gateway.ask("GET", "/pools", key: key).status == 200)
        #expect(seen(site) == ["Bearer \(Self.annas)"])
        gateway.process.signal(SIGTERM)
        #expect(gateway.process.status() == 0)
        try FileManager.default.removeItem(atPath: site.masterKeysPath)
        let checked = try Command.run("check", "--config", path)
        #expect(checked.status == 0)
        #expect(checked.errors.contains("key 1 'key1': \(site.masterKeysPath) does not exist"), "\(checked.errors)")
    }

    @Test("The id of the key goes to the appliance where that is chosen; a client's own field never does")
    func keyID() throws {
        let site = try site()
        _ = try site.key("pools/*")
        let key = try site.key("pools/*")
        for (mode, expected) in [(Settings.KeyIDField.omit, [String]()), (.send, ["2"])] {
            let gateway = try site.gateway {
                $0.upstream.keyID = mode
                $0.audit.path = site.directory.path("\(mode).db")
            }
            let answer = try gateway.ask("GET", "/pools", key: key, fields: ["X-Nodegate-Key-Id: 1", "x-nodegate-key-id: 3"])
            #expect(answer.status == 200)
            #expect(seen(site, "X-Nodegate-Key-Id") == expected)
        }
        let text = "upstream: {url: \"http://a\", credential: {mode: passthrough}}\nrequest_fields: [X-Nodegate-Key-Id]\n"
        #expect(throws: SettingsErrors.self) { try Settings.parse(text: text, file: "a.yaml", environment: [:]) }
    }

    @Test("SIGHUP brings the credential that the file of the gateway's own holds by then")
    func gatewaysOwn() throws {
        let site = try site()
        let key = try site.key("pools/*")
        let gateway = try site.serve()
        #expect(try gateway.ask("GET", "/pools", key: key).status == 200)
        try (Self.annas + "\n").write(toFile: site.directory.path("appliance.key"), atomically: false, encoding: .utf8)
        gateway.process.signal(SIGHUP)
        #expect(try Patience.holds {
            try gateway.ask("GET", "/pools", key: key).status == 200 && seen(site) == ["Bearer \(Self.annas)"]
        })
        // One that others may read is refused, and the one before stays in force.
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: site.directory.path("appliance.key"))
        gateway.process.signal(SIGHUP)
        #expect(Patience.holds { gateway.process.errorText.contains("the configuration stays as it was") })
        #expect(gateway.process.errorText.contains("chmod 640"))
        #expect(try gateway.ask("GET", "/pools", key: key).status == 200)
    }
}

extension TestSite {
    /// The file of master keys, made.
    fileprivate func masterKeys() throws -> String {
        _ = try MasterKeyFile.open(masterKeysPath, store: store)
        return masterKeysPath
    }

    /// A change of the key store that no command makes.
    fileprivate func database(_ sql: String) throws {
        try Database(path: directory.path("nodegate.db"), access: .readWrite).execute(sql)
    }
}
