import Foundation
import GatewayTesting
import Testing

@Suite("init, explain")
struct InitExplainTests {
    private func makeGateway(_ scratch: ScratchDirectory, _ name: String = "gw") throws -> String {
        let result = try Command.run(
            "init", scratch.path(name), "--upstream", "http://127.0.0.1:3000", "--credential", "passthrough")
        #expect(result.status == 0, "\(result.errors)")
        return scratch.path("\(name)/nodegate.yaml")
    }

    @Test("init makes what a gateway needs, and check agrees")
    func initialise() throws {
        let scratch = try ScratchDirectory()
        let configuration = try makeGateway(scratch)
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path("gw")).sorted()
        #expect(names == ["audit.db.key", "audit.db.pub", "nodegate.db", "nodegate.db.pepper", "nodegate.yaml", "operations.csv"])
        let mode = try FileManager.default.attributesOfItem(atPath: scratch.path("gw"))[.posixPermissions] as? Int
        #expect(mode == 0o700)
        #expect(try Command.run("check", "--config", configuration).status == 0)
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        #expect(text.contains("\n  url: \"http://127.0.0.1:3000\"\n") && text.contains("\n    mode: passthrough\n"))
        #expect(text.contains("# Connections of one lane to the appliance."))
        #expect(try Command.run("operations", "list", "--config", configuration, "--json").objects().count == 212)
        #expect(try Command.run("keys", "list", "--config", configuration, "--json").output.isEmpty)
    }

    @Test("init prints commands that work as they are, also for a name with a space")
    func nextCommands() throws {
        let scratch = try ScratchDirectory()
        let result = try Command.run(
            "init", scratch.path("my gateway"), "--upstream", "http://[::1]:80", "--credential", "passthrough")
        #expect(result.output.contains("nodegate check --config '\(scratch.path("my gateway"))/nodegate.yaml'\n"))
        #expect(result.output.contains("nodegate keys import NAME"))
        #expect(try Command.run("check", "--config", scratch.path("my gateway/nodegate.yaml")).status == 0)
    }

    @Test("init takes the gateway's own credential from a file, which it names by its whole path")
    func credentialFile() throws {
        let scratch = try ScratchDirectory()
        try scratch.write("admin:secret\n", to: "credential")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: scratch.path("credential"))
        for (name, options, mode) in [("a", ["--basic"], "basic"), ("b", [], "bearer")] {
            let result = try Command.run(
                ["init", name, "--upstream", "http://127.0.0.1:3000", "--credential-file", "credential"] + options,
                in: scratch.url)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("nodegate keys create NAME"))
            let text = try String(contentsOfFile: scratch.path("\(name)/nodegate.yaml"), encoding: .utf8)
            #expect(text.contains("\n    mode: \(mode)\n") && text.contains("/credential"))
            #expect(!text.contains("secret\n"))
            #expect(try Command.run("check", "--config", scratch.path("\(name)/nodegate.yaml")).status == 0)
        }
    }

    @Test("init touches nothing that is there, and leaves nothing when it fails")
    func refusals() throws {
        let scratch = try ScratchDirectory()
        try scratch.write("mine", to: "file")
        let url = ["--upstream", "http://127.0.0.1:3000"]
        let passthrough = ["--credential", "passthrough"]
        for (arguments, reason) in [
            (["init", scratch.url.path] + url + passthrough, "is not empty"),
            (["init", scratch.path("file")] + url + passthrough, "cannot be read"),
            (["init", scratch.path("x"), "--upstream", "ftp://a"] + passthrough, "`upstream.url`"),
            (["init", scratch.path("x"), "--upstream", "http://a:1\nlanes: 3"] + passthrough, "`upstream.url`"),
            (["init", scratch.path("x"), "--credential-file", scratch.path("none")] + url, "does not exist"),
            (["init", scratch.path("x"), "--table", scratch.path("none")] + url + passthrough, "cannot be read"),
            (["init", scratch.path("x"), "--table", scratch.path("file")] + url + passthrough, "line 1"),
        ] {
            let result = try Command.run(arguments)
            #expect(result.status == 1 && result.output.isEmpty)
            #expect(result.errors.contains(reason), "\(result.errors)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["file"])
        // An empty directory is as good as none.
        try FileManager.default.createDirectory(atPath: scratch.path("empty"), withIntermediateDirectories: false)
        _ = try makeGateway(scratch, "empty")
    }

    @Test("explain says what the gateway would, with rules and scopes by name; the status tells permitted from refused")
    func explain() throws {
        let scratch = try ScratchDirectory()
        let configuration = try makeGateway(scratch)
        func run(_ arguments: String...) throws -> CommandResult {
            try Command.run(["explain"] + arguments + ["--config", configuration])
        }
        for arguments in [
            ["create", "reader", "--grant", "nas_shares/*", "--grant", "nas_shares/get_password", "--grant", "api_keys/*"],
            ["create", "ended"], ["revoke", "ended"],
        ] {
            #expect(try Command.run(["keys"] + arguments + ["--config", configuration]).status == 0)
        }
        let permitted = try run("--key", "reader", "GET", "/api/v2/nas_shares.json?sort_by=name")
        #expect(permitted.status == 0)
        for text in [
            "/api/v2/nas_shares?sort_by=name", "index_nas_shares: GET /nas_shares", "1 reader",
            "nas_shares/index: granted by nas_shares/*",
            "masked: secret_key (unlocked by cloud_connectors/get_secret_key), url_proxy (", "; in clear by an explicit scope: "
                + "password (unlocked by nas_shares/get_password), options (", "permitted", "a body of any size",
        ] {
            #expect(permitted.output.contains(text), "\(text)")
        }
        for (arguments, reason, stage, status) in [
            (["--key", "1", "GET", "/api/v2/pools"], "missing_scope", "scope", 403),
            (["--key", "1", "POST", "/api/v2/users/me/api_keys"], "explicit_grant_required", "scope", 403),
            (["--key", "ended", "GET", "/api/v2/pools"], "revoked_key", "key", 401),
            (["--no-key", "GET", "/api/v2/pools"], "no_credential", "key", 401),
            (["--key", "reader", "GET", "/api/v2/pools/%2e%2e"], "ambiguous_target", "target", 400),
            (["--key", "reader", "get", "/api/v2/nothing"], "unknown_operation", "operation", 404),
            (["--key", "reader", "PATCH", "/api/v2/nas_shares"], "method_not_allowed", "operation", 405),
            (["--key", "reader", "GET", "/api/v2/nas_shares/a|b"], "malformed_request", "target", 400),
            (["--key", "reader", "TRACE", "/api/v2/nas_shares"], "method_not_allowed", "target", 405),
        ] {
            let result = try Command.run(["explain", "--json", "--config", configuration] + arguments)
            #expect(result.status == 1, "\(arguments)")
            let report = try #require(try result.objects().first)
            #expect(report["permitted"] as? Bool == false)
            #expect(report["reason"] as? String == reason, "\(arguments)")
            #expect(report["status"] as? Int == status, "\(arguments)")
            let last = (report["stages"] as? [[String: Any]])?.last
            #expect(last?["stage"] as? String == stage && last?["pass"] as? Bool == false, "\(arguments)")
        }
        #expect(try run("--key", "reader", "GET", "/api/v2/pools").output.contains("REFUSED"))
        let absolute = try run("--key", "reader", "GET", "https://nodeum.example/api/v2/nas_shares?sort_by=name")
        #expect(absolute.status == 0 && absolute.output.contains("/api/v2/nas_shares?sort_by=name"))
        let unknown = try run("--key", "readr", "GET", "/api/v2/pools")
        #expect(unknown.status == 1 && unknown.errors.contains("Did you mean 'reader'?"))
    }

    @Test("explain knows the listener that observes, by address and by name, and says which there are")
    func explainListener() throws {
        let scratch = try ScratchDirectory()
        _ = try Command.run("keys", "create", "a", "--grant", "pools/*", "--store", scratch.path("k.db"))
        let configuration = try scratch.write("""
            upstream: {url: "http://127.0.0.1:9", credential: {mode: passthrough}}
            store: {path: k.db}
            operations: {file: "\(Command.root.path)/config/operations.csv"}
            listeners: ["127.0.0.1:1", {address: "127.0.0.1:2", name: trial, enforcement: observe}]
            """, to: "n.yaml")
        let explain = { (options: [String]) in
            try Command.run(["explain", "--key", "a", "GET", "/api/v2/tapes", "--config", configuration] + options)
        }
        #expect(try explain([]).status == 1 && explain(["--listener", "127.0.0.1:1"]).status == 1)
        #expect(try explain(["--listener", "trial"]).status == 0 && explain(["--listener", "127.0.0.1:2"]).status == 0)
        let wrong = try explain(["--listener", "other"])
        #expect(wrong.status == 1 && wrong.errors.contains("no listener other") && wrong.errors.contains("127.0.0.1:1, 127.0.0.1:2"))
    }

    @Test("explain needs no configuration when the files are named; an operator's own rule is named too")
    func explainWithout() throws {
        let scratch = try ScratchDirectory()
        let store = scratch.path("k.db")
        _ = try Command.run("keys", "create", "a", "--grant", "pools/*", "--store", store)
        let result = try Command.run("explain", "--key", "a", "GET", "/api/v2/pools", "--store", store)
        #expect(result.status == 0, "\(result.errors)")
        let configuration = try scratch.write("""
            upstream: {url: "http://127.0.0.1:9", credential: {mode: passthrough}}
            store: {path: k.db}
            operations: {file: "\(Command.root.path)/config/operations.csv", prefix: /}
            redaction: {rules: [{field: url_proxy}]}
            timeouts: {exchange: 5s}
            limits: {body: 1KiB}
            """, to: "n.yaml")
        let ruled = try Command.run("explain", "--key", "a", "GET", "/pools", "--config", configuration)
        #expect(ruled.status == 0, "\(ruled.errors)")
        #expect(ruled.output.contains("url_proxy (unlocked by no scope)"))
        #expect(ruled.output.contains("a body of at most 1024 bytes") && ruled.output.contains("ends within 5000 ms"))
    }
}
