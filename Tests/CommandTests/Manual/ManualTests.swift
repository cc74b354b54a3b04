import AccessControl
import AuditTrail
import Foundation
import Settings
import GatewayTesting
import Testing

@Suite("The README and the manual say what is true")
struct ManualTests {
    @Test("Every call of nodegate in a fenced block is one that the program takes")
    func commands() throws {
        let grammar = try CommandGrammar.read()
        var count = 0
        for page in try ManualPage.all() {
            for line in page.shellLines {
                for call in DocumentedCommand.all(in: line) {
                    count += 1
                    #expect(grammar.fault(of: call.words) == nil, "\(page.path): \(line)")
                }
            }
        }
        #expect(count > 40)
    }

    @Test("A call that the program does not take is found", arguments: [
        "nodegate bogus", "nodegate keys", "nodegate keys bogus x", "nodegate keys create", "nodegate keys create a b",
        "nodegate keys create a --bogus", "nodegate init x", "nodegate audit query --decision maybe",
        "nodegate audit query --limit", "nodegate explain --no-key FETCH /", "sudo -u x nodegate keys create",
        "KEY=$(nodegate keys create --quiet)", "cat x | nodegate keys import",
    ])
    func refusedCalls(line: String) throws {
        let grammar = try CommandGrammar.read()
        let calls = DocumentedCommand.all(in: line)
        #expect(calls.count == 1)
        for call in calls {
            let isGroup = call.words == ["keys"]
            #expect((grammar.fault(of: call.words) != nil) != isGroup)
        }
    }

    @Test("The README lists every command, once")
    func commandTable() throws {
        let listed = try ManualPage("README.md").rows.compactMap { row in
            row[0].wholeMatch(of: #/`nodegate ([a-z -]+)`/#).map { String($0.output.1) }
        }
        #expect(listed.sorted() == (try CommandGrammar.read().leaves.sorted()))
    }

    @Test("Every setting and every variable that is named exists")
    func settings() throws {
        let rows = SettingReference.rows
        let settings = Set(rows.map(\.setting))
        let sections = Set(settings.compactMap { $0.contains(".") ? $0.split(separator: ".").first.map(String.init) : nil })
        let variables = Set(rows.compactMap(\.variable) + ["NODEGATE_CONFIG", "NODEGATE_TEST_WRITE_CONFIG", "NODEGATE_TEST_WRITE_DOCS"])
        for page in try ManualPage.all() {
            for word in page.quotations where word.wholeMatch(of: #/[a-z_]+(\.[a-z_]+)+/#) != nil {
                guard let section = word.split(separator: ".").first, sections.contains(String(section)),
                    ![".csv", ".db", ".lock", ".yaml"].contains(where: word.hasSuffix)
                else { continue }
                let isKnown = settings.contains(word) || settings.contains { $0.hasPrefix(word + ".") }
                #expect(isKnown, "\(page.path): \(word)")
            }
            for match in page.text.matches(of: #/NODEGATE_[A-Z_]*[A-Z]/#) {
                #expect(variables.contains(String(match.output)), "\(page.path)")
            }
        }
    }

    @Test("Every piece of configuration is one that the program takes")
    func configuration() throws {
        let least = ["NODEGATE_UPSTREAM_URL": "http://a.example", "NODEGATE_UPSTREAM_CREDENTIAL_MODE": "passthrough"]
        let blocks = try ManualPage.all().flatMap { page in page.fences.filter { $0.language == "yaml" } }
        #expect(blocks.count > 2)
        for block in blocks {
            let isWhole = block.text.contains("upstream:")
            #expect(throws: Never.self, "\(block.text)") {
                _ = try Settings.parse(text: block.text, file: "nodegate.yaml", environment: isWhole ? [:] : least)
            }
        }
    }

    @Test("Every file, folder and article that is named exists")
    func files() throws {
        let articles = Set(try ManualPage.all().compactMap { $0.path.split(separator: "/").last?.dropLast(3).description })
        for page in try ManualPage.all() {
            let folder = page.url.deletingLastPathComponent()
            for match in page.text.matches(of: #/\]\(([^)#]+)\)/#) where !match.output.1.hasPrefix("http") {
                let target = folder.appendingPathComponent(String(match.output.1)).path
                #expect(FileManager.default.fileExists(atPath: target), "\(page.path): \(match.output.1)")
            }
            for match in page.text.matches(of: #/<doc:(\w+)>/#) {
                #expect(articles.contains(String(match.output.1)), "\(page.path): \(match.output.1)")
            }
            let words = page.quotations + page.shellLines.flatMap(ShellWords.split)
            for word in words where word.wholeMatch(of: #/(Sources|Tests|config|deploy|\.ci)\/[\w.+\/-]+/#) != nil {
                let target = Command.root.appendingPathComponent(word).path
                #expect(FileManager.default.fileExists(atPath: target), "\(page.path): \(word)")
            }
        }
    }

    @Test("The article of reason codes has every code with its status and meaning, in the order of the code")
    func reasonCodes() throws {
        let rows = try ManualPage.article("ReasonCodes").rows.filter { $0.count == 4 }
        #expect(rows.map { Array($0.prefix(3)) } == ReasonCode.allCases.map { code in
            ["`\(code.text)`", String(code.status), code.explanation.description]
        })
        #expect(rows.allSatisfy { $0.last?.hasSuffix(".") == true })
    }

    @Test("The article of the audit log has every field in canonical order, and every kind")
    func auditFields() throws {
        let rows = try ManualPage.article("AuditLog").rows
        let fields = AuditInteger.allCases.map(\.column) + AuditText.allCases.map(\.column)
        let names = rows.compactMap { $0[0].wholeMatch(of: #/`([a-z_]+)`/#).map { String($0.output.1) } }
        let kinds = AuditKind.allCases.map(\.text.description)
        #expect(names == kinds + fields.map(\.description))
    }

    @Test("The article of operations has every column of the table")
    func operationColumns() throws {
        let named = try ManualPage.article("Operations").rows.flatMap { row in
            row[0].matches(of: #/`([a-z_]+)`/#).map { String($0.output.1) }
        }
        #expect(named == OperationFile.columns)
    }

    @Test("The service stops later than the gateway drains, and starts what the program takes")
    func service() throws {
        let unit = try String(contentsOf: Command.root.appendingPathComponent("deploy/nodegate.service"), encoding: .utf8)
        let stop = try #require(unit.firstMatch(of: #/\nTimeoutStopSec=(\d+)\n/#).flatMap { Int($0.output.1) })
        let standard = Settings.Timeouts()
        #expect(stop * 1_000 > Int(standard.drain + standard.audit) + 2_000)
        #expect(unit.contains("\nKillSignal=SIGTERM\n") && unit.contains("\nExecReload=/bin/kill -HUP $MAINPID\n"))
        let start = try #require(unit.firstMatch(of: #/\nExecStart=\/usr\/local\/bin\/(.*)\n/#)?.output.1)
        let calls = DocumentedCommand.all(in: String(start))
        let grammar = try CommandGrammar.read()
        #expect(calls.count == 1 && calls.allSatisfy { grammar.fault(of: $0.words) == nil })
    }

    @Test("The service and the container set variables that are settings, and copy files that exist")
    func recipes() throws {
        let variables = Set(SettingReference.rows.compactMap(\.variable) + ["NODEGATE_CONFIG"])
        var copied = 0
        for path in ["deploy/nodegate.service", "deploy/Dockerfile"] {
            let page = try ManualPage(path)
            for match in page.text.matches(of: #/NODEGATE_[A-Z_]*[A-Z]/#) {
                #expect(variables.contains(String(match.output)), "\(path): \(match.output)")
            }
            for line in page.lines where line.hasPrefix("COPY ") && !line.contains("--from") {
                for file in line.split(separator: " ").dropFirst().dropLast() {
                    copied += 1
                    let target = Command.root.appendingPathComponent(String(file)).path
                    #expect(FileManager.default.fileExists(atPath: target), "\(path): \(file)")
                }
            }
        }
        #expect(copied > 3)
    }
}
