import Foundation
import SQLite
import GatewayTesting
import Testing

/// A key store and commands on it, with the operations table that ships.
private final class KeyCommands {
    let scratch: ScratchDirectory
    let store: String

    init() throws {
        scratch = try ScratchDirectory()
        store = scratch.path("keys.db")
    }

    func run(_ arguments: String..., input: String = "") throws -> CommandResult {
        try Command.run(["keys"] + arguments + ["--store", store], input: input)
    }

    func object(_ arguments: String..., input: String = "") throws -> [String: Any] {
        let result = try Command.run(["keys"] + arguments + ["--store", store, "--json"], input: input)
        #expect(result.status == 0, "\(result.errors)")
        return try #require(try result.objects().first)
    }

    func configuration(credential: String) throws -> String {
        try scratch.write("""
            upstream: {url: "http://127.0.0.1:9", credential: {mode: \(credential), environment: APPLIANCE_KEY}}
            store: {path: keys.db}
            operations: {file: "\(Command.root.path)/config/operations.csv"}
            listeners: ["*:9000"]
            """, to: "\(credential).yaml")
    }
}

@Suite("keys")
struct KeysCommandTests {
    @Test("create shows the key once, and how to use it; the files are for their owner")
    func create() throws {
        let keys = try KeyCommands()
        let made = try keys.run("create", "reporting", "--owner", "Alice, BI", "--grant", "cloud_connectors/*")
        #expect(made.status == 0 && made.errors.isEmpty)
        #expect(made.output.contains("Key 1 'reporting'"))
        let key = try #require(made.output.firstMatch(of: #/ngk_[0-9A-Za-z]{46}/#)).output
        #expect(made.output.ranges(of: key).count == 1)
        #expect(made.output.contains("curl -H \"Authorization: Bearer $KEY\" 'http://127.0.0.1:8080/api/v2/cloud_connectors'"))
        #expect(made.output.contains("cloud_connectors/* does not cover cloud_connectors/get_secret_key"))
        for suffix in ["", ".pepper"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: keys.store + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
        for command in ["list", "show"] {
            let shown = try command == "list" ? keys.run("list") : keys.run("show", "1")
            #expect(shown.status == 0 && shown.output.contains("reporting") && !shown.output.contains("ngk_"))
        }
    }

    @Test("--quiet gives the key alone, --json an object; two keys are never the same")
    func forScripts() throws {
        let keys = try KeyCommands()
        let quiet = try keys.run("create", "a", "--quiet", "--grant", "tasks/action")
        #expect(quiet.errors.isEmpty)
        #expect(try #/ngk_[0-9A-Za-z]{46}\n/#.wholeMatch(in: quiet.output) != nil)
        let object = try keys.object("create", "b")
        #expect(object["id"] as? Int == 2 && object["name"] as? String == "b")
        let key = try #require(object["key"] as? String)
        #expect(key.hasPrefix("ngk_") && key + "\n" != quiet.output)
    }

    @Test("A scope that no operation has is refused with what was meant, unless asked for")
    func typos() throws {
        let keys = try KeyCommands()
        let typo = try keys.run(
            "create", "a", "--grant", "cloud_conectors/index", "--grant", "nas_share/*", "--deny", "*/destoy")
        #expect(typo.status == 1 && typo.output.isEmpty)
        for meant in ["did you mean cloud_connectors/index?", "did you mean nas_shares/*?", "did you mean */destroy?"] {
            #expect(typo.errors.contains(meant), "\(typo.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: keys.store))
        #expect(try keys.run("create", "a", "--any-scope", "--grant", "future/thing").status == 0)
        #expect(try keys.run("grant", "a", "pols/index").errors.contains("did you mean pools/index?"))
        #expect(try keys.object("show", "a")["grants"] as? [[String: Any]] != nil)
        #expect(try keys.object("grant", "a", "pools/index")["grants"] as? [String] == ["future/thing", "pools/index"])
        // What should not be there can still be taken away.
        #expect(try keys.object("ungrant", "a", "future/thing")["grants"] as? [String] == ["pools/index"])
    }

    @Test("grant, deny, ungrant, undeny say what they changed and what was so before")
    func scopes() throws {
        let keys = try KeyCommands()
        #expect(try keys.run("create", "a").output.contains("it has no grant yet"))
        let grant = try keys.run("grant", "a", "pools/index", "nas_shares/*")
        #expect(grant.lines.prefix(2) == ["key 1 'a': pools/index granted", "key 1 'a': nas_shares/* granted"])
        #expect(grant.output.contains("nas_shares/* does not cover nas_shares/get_password"))
        #expect(try keys.run("grant", "1", "pools/index").output == "key 1 'a': pools/index was granted already\n")
        #expect(try keys.run("deny", "a", "*/destroy").output == "key 1 'a': */destroy denied\n")
        #expect(try keys.run("undeny", "a", "*/destroy", "*/*").lines == [
            "key 1 'a': */destroy is no longer denied", "key 1 'a': */* was not denied",
        ])
        #expect(try keys.run("ungrant", "a", "pools/index").output == "key 1 'a': pools/index is no longer granted\n")
        let shown = try keys.object("show", "a")
        let grants = try #require(shown["grants"] as? [[String: Any]])
        #expect(grants.count == 1 && grants[0]["scope"] as? String == "nas_shares/*")
        #expect(grants[0]["exact"] as? Bool == false)
        #expect(grants[0]["notCovered"] as? [String] == ["nas_shares/get_password"])
        _ = try keys.run("grant", "a", "nas_shares/get_password")
        let after = try #require(try keys.object("show", "a")["grants"] as? [[String: Any]])
        #expect(after.map { $0["exact"] as? Bool } == [false, true])
        #expect(after.allSatisfy { ($0["notCovered"] as? [String])?.isEmpty == true })
        #expect(try keys.run("show", "a").output.contains("  nas_shares/get_password  (exact)\n"))
    }

    @Test("revoke ends a key once; expire sets its end; list tells the states apart")
    func ends() throws {
        let keys = try KeyCommands()
        for name in ["a", "b", "c"] { #expect(try keys.run("create", name).status == 0) }
        #expect(try keys.run("revoke", "a").output.hasPrefix("key 1 'a' is revoked since 20"))
        let again = try keys.run("revoke", "1")
        #expect(again.status == 0 && again.output.hasPrefix("key 1 'a' was revoked already at 20"))
        #expect(try keys.run("expire", "b", "2999-01-01").output == "key 2 'b' expires at 2999-01-01T00:00:00Z\n")
        #expect(try keys.run("expire", "b", "2020-01-01T08:00Z").output == "key 2 'b' expired at 2020-01-01T08:00:00Z\n")
        #expect(try keys.run("expire", "a", "never").output.contains("never expires, but is revoked since 20"))
        let rows = try keys.run("list", "--json").objects()
        #expect(rows.map { $0["status"] as? String } == ["revoked", "expired", "active"])
        #expect(rows[1]["expires"] as? String == "2020-01-01T08:00:00Z")
        #expect(rows[2]["expires"] == nil && rows[2]["revoked"] == nil)
        #expect(try keys.run("list", "--active", "--json").objects().map { $0["name"] as? String } == ["c"])
        #expect(try keys.run("list").lines.count == 4)
        #expect(try keys.object("expire", "b", "never")["status"] as? String == "active")
    }

    @Test("observe marks instead of refusing, --off ends it; show and list say so, and it is in the outbox once each")
    func observe() throws {
        let keys = try KeyCommands()
        #expect(try keys.run("create", "a", "--grant", "pools/index").status == 0)
        #expect(try keys.object("show", "a")["observed"] as? Bool == false)
        #expect(try !keys.run("show", "a").output.contains("observed"))
        let on = try keys.run("observe", "a")
        #expect(on.status == 0 && on.output == "key 1 'a' is observed: a missing grant does not refuse it\n")
        // Once more changes nothing.
        #expect(try keys.object("observe", "1")["observed"] as? Bool == true)
        #expect(try keys.object("show", "a")["observed"] as? Bool == true)
        #expect(try keys.run("show", "a").output.contains("observed yes"))
        #expect(try keys.run("list", "--json").objects().map { $0["observed"] as? Bool } == [true])
        // What explain says of the key follows.
        let explained = try Command.run("explain", "--key", "a", "GET", "/api/v2/tapes", "--store", keys.store, "--json")
        let report = try #require(try explained.objects().first)
        #expect(explained.status == 0 && report["permitted"] as? Bool == true && report["reason"] as? String == "missing_scope")
        let off = try keys.run("observe", "a", "--off")
        #expect(off.output == "key 1 'a' is enforced: what no grant covers is refused\n")
        #expect(try keys.object("observe", "a", "--off")["observed"] as? Bool == false)
        #expect(try Command.run("explain", "--key", "a", "GET", "/api/v2/tapes", "--store", keys.store).status == 1)
        let database = try Database(path: keys.store, access: .readOnly)
        let rows = try database.prepare("SELECT before, after FROM changes WHERE what = 'key.observe' ORDER BY id")
        var seen: [String] = []
        while try rows.step() { seen.append("\(rows.text(0)) \(rows.text(1))") }
        #expect(seen == ["enforced observed", "observed enforced"])
        let unknown = try keys.run("observe", "b")
        #expect(unknown.status == 1 && unknown.errors.contains("there is no key 'b'"))
        #expect(try Command.run("keys", "observe").status == 2)
    }

    @Test("import takes a key from standard input, once, and never shows it")
    func importing() throws {
        let keys = try KeyCommands()
        let secret = "appliance-key-0123456789"
        let first = try keys.run("import", "moved", "--grant", "pools/*", input: secret + "\n")
        #expect(first.status == 0 && first.output.hasPrefix("Key 1 'moved' is imported"))
        for input in [secret, secret + "\r\n"] {
            let again = try keys.run("import", "again", input: input)
            #expect(again.status == 1 && again.errors.contains("already, as key 1 'moved'"))
        }
        let made = try keys.run("create", "own", "--quiet").output
        for (input, reason) in [
            ("", "standard input is empty"), ("\n", "standard input is empty"), ("two\nlines\n", "cannot be an API key"),
            ("two words\n", "cannot be an API key"), ("aaa.bbb.ccc\n", "cannot be an API key"), (secret + "\n\n", "cannot be"),
            (String(made.dropLast(2)) + "\n", "mistyped or cut"), (made, "already, as key 2 'own'"),
        ] {
            let result = try keys.run("import", "again", input: input)
            #expect(result.status == 1 && result.errors.contains(reason), "\(result.errors)")
            #expect(!result.errors.contains("appliance-key") && !result.errors.contains("ngk_"))
        }
        #expect(try keys.object("import", "third", input: "k3")["id"] as? Int == 3)
    }

    @Test("The text of a key is no way to name it, and is not repeated")
    func keyAsName() throws {
        let keys = try KeyCommands()
        let key = String(try keys.run("create", "a", "--quiet").output.dropLast())
        _ = try keys.run("import", "b", input: "imported-key")
        for (text, reason) in [(key, "the text of key 1"), ("imported-key", "the text of key 2"), (key + "x", "looks like")] {
            for command in ["show", "revoke"] {
                let result = try keys.run(command, text)
                #expect(result.status == 1 && result.errors.contains(reason))
                #expect(!result.errors.contains(text))
            }
        }
        let near = try keys.run("show", "c")
        #expect(near.status == 1 && near.errors.contains("there is no key 'c'") && near.errors.contains("Did you mean"))
    }

    @Test("With passthrough, create warns that the appliance will not know the key")
    func passthrough() throws {
        let keys = try KeyCommands()
        let passing = try Command.run("keys", "create", "a", "--quiet", "--config", try keys.configuration(credential: "passthrough"))
        #expect(passing.status == 1 && passing.errors.contains("upstream.credential.environment"))
        let file = try keys.scratch.write(
            "upstream: {url: \"http://127.0.0.1:9\", credential: {mode: passthrough}}\nstore: {path: keys.db}\n", to: "pass.yaml")
        let warned = try Command.run("keys", "create", "a", "--quiet", "--config", file)
        #expect(warned.status == 0 && warned.lines.count == 1)
        #expect(warned.errors.contains("warning:") && warned.errors.contains("keys import"))
        let own = try Command.run(
            "keys", "create", "b", "--grant", "pools/index", "--config", try keys.configuration(credential: "bearer"))
        #expect(own.status == 0 && own.errors.isEmpty)
        #expect(own.output.contains("'http://127.0.0.1:9000/api/v2/pools'"))
        // Both are in the store that the configurations name, beside them.
        #expect(try keys.run("list", "--json").objects().count == 2)
    }

    @Test("Every change is in the outbox under the user's name")
    func outbox() throws {
        let keys = try KeyCommands()
        _ = try keys.run("create", "a", "--grant", "pools/*")
        _ = try keys.run("revoke", "a")
        let database = try Database(path: keys.store, access: .readOnly)
        let rows = try database.prepare("SELECT what, actor, key_name FROM changes ORDER BY id")
        var seen: [String] = []
        while try rows.step() {
            seen.append(rows.text(0))
            #expect(rows.text(1).hasSuffix("(\(geteuid()))") && rows.text(2) == "a")
        }
        #expect(seen == ["key.create", "key.grant", "key.revoke"])
    }

    @Test("A store that is not there, a lost pepper and open files are errors that say what to do")
    func files() throws {
        let keys = try KeyCommands()
        for arguments in [["list"], ["show", "a"], ["revoke", "a"], ["expire", "a", "never"], ["ungrant", "a", "a/b"]] {
            let result = try Command.run(["keys"] + arguments + ["--store", keys.store])
            #expect(result.status == 1 && result.errors.contains("there is no key store \(keys.store)"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: keys.scratch.url.path).isEmpty)
        _ = try keys.run("create", "a")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: keys.store + ".pepper")
        #expect(try keys.run("list").errors.contains("chmod go= \(keys.store).pepper"))
        try FileManager.default.removeItem(atPath: keys.store + ".pepper")
        let lost = try keys.run("create", "b")
        #expect(lost.status == 1 && lost.errors.contains("is missing, and without it no key"))
        #expect(!FileManager.default.fileExists(atPath: keys.store + ".pepper"))
        let duplicate = try KeyCommands()
        _ = try duplicate.run("create", "a")
        #expect(try duplicate.run("create", "a").errors.contains("the name 'a' is taken by key 1"))
    }
}
