import Foundation
import GatewayTesting
import SQLite
import Testing

@Suite("keys bind, rebind, enrol and require")
struct KeysIdentityTests {
    private let scratch: ScratchDirectory
    private let store: String
    private var masterKeys: String { store + ".master-keys" }

    init() throws {
        scratch = try ScratchDirectory()
        store = scratch.path("keys.db")
        _ = try Command.run("keys", "create", "a", "--store", store)
    }

    private func keys(_ arguments: String..., input: String = "") throws -> CommandResult {
        try Command.run(["keys"] + arguments + ["--store", store], input: input)
    }

    @Test("bind reads from standard input, shows 'bound' and never the credential; --remove ends it")
    func bind() throws {
        let secret = "appliance-key-8812"
        let bound = try keys("bind", "a", "--upstream-credential", "-", input: secret + "\n")
        #expect(bound.status == 0, "\(bound.errors)")
        #expect(bound.output == "key 1 'a' is bound: the appliance sees its own credential from now on\n")
        let mode = try FileManager.default.attributesOfItem(atPath: masterKeys)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let again = try keys("bind", "1", "--upstream-credential", "-", "--basic", "--json", input: "anna:right")
        #expect(try again.objects().first?["bound"] as? Bool == true)
        for command in [["list"], ["list", "--json"], ["show", "a"], ["show", "a", "--json"]] {
            let shown = try Command.run(["keys"] + command + ["--store", store])
            #expect(shown.output.contains("bound") && !shown.output.contains(secret) && !shown.output.contains("anna"))
        }
        let removed = try keys("bind", "a", "--remove")
        #expect(removed.output == "key 1 'a' is no longer bound: the appliance sees the gateway's credential\n")
        #expect(try keys("bind", "a", "--remove").output == "key 1 'a' was not bound\n")
        let database = try Database(path: store, access: .readOnly)
        let rows = try database.prepare("SELECT what FROM changes ORDER BY id")
        var seen: [String] = []
        while try rows.step() { seen.append(rows.text(0)) }
        #expect(seen == ["key.create", "key.bind", "key.bind", "key.unbind"])
    }

    @Test("What is no credential, and a credential as an argument, are refused and not repeated")
    func refusals() throws {
        for (input, words) in [
            ("", "it has none"), ("\n", "it has none"), ("geheim 1", "printable ASCII without blanks"),
            ("geheim\nX: 1", "one line"), (String(repeating: "geheim", count: 400), "more than 2050 bytes"),
        ] {
            let result = try keys("bind", "a", "--upstream-credential", "-", input: input)
            #expect(result.status == 1 && result.errors.contains(words) && !result.errors.contains("geheim"), "\(result.errors)")
        }
        let user = try keys("bind", "a", "--upstream-credential", "-", "--basic", input: "geheim")
        #expect(user.status == 1 && user.errors.contains("user:password") && !user.errors.contains("geheim"))
        let argument = try keys("bind", "a", "--upstream-credential", "geheim")
        #expect(argument.status == 2 && argument.errors.contains("standard input") && !argument.errors.contains("geheim"))
        for arguments in [["bind", "a"], ["bind", "a", "--remove", "--upstream-credential", "-"], ["bind", "a", "--remove", "--basic"]] {
            #expect(try Command.run(["keys"] + arguments + ["--store", store]).status == 2)
        }
        let unknown = try keys("bind", "nobody", "--upstream-credential", "-", input: "geheim")
        #expect(unknown.status == 1 && unknown.errors.contains("there is no key 'nobody'"))
        #expect(!FileManager.default.fileExists(atPath: masterKeys))
        #expect(try !keys("show", "a").output.contains("bound"))
    }

    @Test("rebind --rotate puts a key above the others and seals anew; a lost file is never made anew")
    func rebind() throws {
        _ = try keys("bind", "a", "--upstream-credential", "-", input: "appliance-key-8812")
        #expect(try keys("rebind").output.hasPrefix("0 of 1 bound credentials are sealed anew; all are under master key 1"))
        let rotated = try keys("rebind", "--rotate", "--json")
        let object = try #require(try rotated.objects().first, "\(rotated.errors)")
        #expect(object["masterKey"] as? Int == 2 && object["resealed"] as? Int == 1 && object["bound"] as? Int == 1)
        let lines = try String(contentsOfFile: masterKeys, encoding: .utf8).split(separator: "\n")
        #expect(lines.map { $0.prefix(2) } == ["2 ", "1 "])
        try FileManager.default.moveItem(atPath: masterKeys, toPath: masterKeys + ".away")
        for arguments in [["rebind"], ["rebind", "--rotate"], ["bind", "a", "--upstream-credential", "-"]] {
            let lost = try Command.run(["keys"] + arguments + ["--store", store], input: "k")
            #expect(lost.status == 1 && lost.errors.contains("\(masterKeys) is missing"), "\(lost.errors)")
        }
        let elsewhere = try Command.run("keys", "rebind", "--store", store, "--master-keys", masterKeys + ".away")
        #expect(elsewhere.status == 0)
        #expect(!FileManager.default.fileExists(atPath: masterKeys))
    }

    @Test("enrol and require take names of certificates; explain asks with and without one")
    func certificates() throws {
        let enrolled = try keys("enrol", "backup", "--client-certificate", "uri:spiffe://site/backup", "--grant", "pools/*")
        #expect(enrolled.status == 0, "\(enrolled.errors)")
        #expect(enrolled.output.hasPrefix("Key 2 'backup' is whoever shows a client certificate of the name URI:spiffe://site/backup."))
        let twice = try keys("enrol", "again", "--client-certificate", "URI:spiffe://site/backup")
        #expect(twice.status == 1 && twice.errors.contains("is a key already: key 2 'backup'"))
        #expect(try keys("enrol", "c").status == 2)
        #expect(try keys("enrol", "c", "--client-certificate", "nonsense").status == 2)
        #expect(try keys("show", "backup").output.contains("known by the client certificate URI:spiffe://site/backup"))

        let made = try keys("create", "b", "--client-certificate", "CN=b,O=Example", "--grant", "pools/*", "--quiet")
        #expect(made.status == 0, "\(made.errors)")
        #expect(try keys("show", "b", "--json").objects().first?["requiredCertificate"] as? String == "subject:CN=b,O=Example")
        func explain(_ more: String...) throws -> CommandResult {
            try Command.run(["explain", "--key", "b", "GET", "/api/v2/pools", "--store", store] + more)
        }
        let without = try explain()
        #expect(without.status == 1 && without.output.contains("401 certificate_required"))
        #expect(without.output.contains("Needed: subject:CN=b,O=Example."))
        #expect(try explain("--client-certificate", "CN=c,O=Example").status == 1)
        #expect(try explain("--client-certificate", "DNS:b", "--client-certificate", "CN=b,O=Example").status == 0)
        #expect(try keys("require", "b", "--no-client-certificate").output == "key 3 'b' needs no client certificate\n")
        #expect(try explain().status == 0)
        for (name, status) in [("URI:spiffe://site/backup", Int32(0)), ("URI:spiffe://site/other", 1)] {
            let anonymous = try Command.run(
                "explain", "--no-key", "--client-certificate", "DNS:any", "--client-certificate", name, "GET", "/api/v2/pools",
                "--store", store)
            #expect(anonymous.status == status, "\(anonymous.output)")
        }
        #expect(try keys("require", "b", "--client-certificate", "DNS:B").output == "key 3 'b' needs the client certificate DNS:b\n")
        #expect(try keys("require", "b").status == 2)
    }
}
