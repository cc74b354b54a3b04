import GatewayTesting
import Testing

@Suite("Usage, help and exit status")
struct UsageTests {
    @Test("Help and version are answers: standard output, status 0", arguments: [
        [], ["--help"], ["-h"], ["help"], ["--version"], ["help", "audit", "query"], ["operations", "--help"],
        ["keys", "--help"], ["help", "keys", "create"], ["init", "--help"], ["explain", "--help"],
    ])
    func answers(arguments: [String]) throws {
        let result = try Command.run(arguments)
        #expect(result.status == 0)
        #expect(!result.output.isEmpty)
        #expect(result.errors.isEmpty)
    }

    @Test("Wrong usage is status 2, said on standard error", arguments: [
        ["bogus"], ["--bogus"], ["audit", "query", "--limit", "many"], ["audit", "query", "--limit=-1"],
        ["audit", "query", "--since", "yesterdayish"], ["audit", "query", "--status", "4x"],
        ["audit", "query", "--reason", "no_such_reason"], ["audit", "query", "--decision", "maybe"],
        ["audit", "query", "--scope", "one"], ["audit", "query", "--json", "--csv"],
        ["audit", "query", "--since", "1h", "--until", "2h"], ["audit", "tail", "--lines=-1"],
        ["operations", "import"], ["simulator", "--port", "70000"],
        ["keys", "create"], ["keys", "create", "12"], ["keys", "create", "two words"], ["keys", "create", "a", "--grant", "one"],
        ["keys", "create", "a", "--expires", "2020-01-01"], ["keys", "create", "a", "--quiet", "--json"],
        ["keys", "grant", "a"], ["keys", "expire", "a", "soon"], ["explain", "GET", "/"],
        ["explain", "--key", "a", "--no-key", "GET", "/"], ["explain", "--no-key", "FETCH", "/"],
        ["init", "x"], ["init", "x", "--upstream", "http://a:1"],
        ["init", "x", "--upstream", "http://a:1", "--credential", "passthrough", "--credential-file", "f"],
        ["init", "x", "--upstream", "http://a:1", "--credential", "passthrough", "--basic"],
    ])
    func wrongUsage(arguments: [String]) throws {
        let result = try Command.run(arguments)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("Usage:"))
    }

    @Test("Every command of the help has a help of its own")
    func everyCommand() throws {
        var waiting: [[String]] = [[]]
        var seen = 0
        while let path = waiting.popLast() {
            let help = try Command.run(path + ["--help"])
            #expect(help.status == 0, "\(path)")
            #expect(help.output.contains("OVERVIEW: "), "\(path)")
            seen += 1
            guard let start = help.output.range(of: "SUBCOMMANDS:\n") else { continue }
            // Two blanks, a name, blanks, the abstract; deeper lines go on with an abstract.
            for line in help.output[start.upperBound...].split(separator: "\n") {
                guard let match = line.prefixMatch(of: #/ {2}([a-z]+)(?: \([a-z]+\))?(?: |$)/#) else { continue }
                waiting.append(path + [String(match.output.1)])
            }
        }
        #expect(seen > 10)
    }
}
