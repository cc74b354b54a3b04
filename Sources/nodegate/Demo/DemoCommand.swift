import AccessControl
import ArgumentParser
import AuditTrail
import Foundation
import Gateway
import NodeumSimulator
import Settings
import Store

struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show the gateway at work in front of a simulated appliance.",
        discussion: """
            Makes a store with demo keys, starts the simulator and the gateway on loopback, and walks through real \
            requests and their answers, then the audit records of it all. Stays up until Ctrl-C.

            Exit status: 0 every step answered as expected, 1 not.
            """)

    @Option(help: ArgumentHelp(
        "Keep configuration, store and audit log here. Default: a temporary directory, removed at the end.",
        valueName: "directory"))
    var data: String?

    @Option(help: "The gateway's port on loopback; 0 takes any free one.")
    var port: UInt16 = 0

    @Flag(help: "End after the tour.")
    var exit = false

    func run() throws {
        Signals.ignore(SIGPIPE)
        let end = EndOfRun()
        let site = try DemoSite(directory: data)
        defer { site.removeIfTemporary() }
        let simulator = SimulatorServer(SimulatorSettings())
        let upstream: UInt16
        do { upstream = try simulator.start() } catch { throw CommandFailure(error) }
        defer { simulator.stop() }
        let plan = try site.plan(port: port, upstream: upstream)
        let keys = try site.keys(plan.settings)
        let server: GatewayServer
        do { server = try GatewayServer(plan, log: OperatorLog.logger(plan.settings.log)) } catch {
            throw CommandFailure(error)
        }
        guard let bound = server.addresses.first?.port else { throw CommandFailure("the gateway has no listener.") }
        try Console.writeLines([
            "simulated appliance on http://127.0.0.1:\(upstream)/api/v2", "nodegate ready on http://127.0.0.1:\(bound)",
            "configuration, store and audit log in \(site.directory)",
        ])
        let isAsExpected = try tour(port: bound, keys)
        try showRecords(plan.settings.audit.path)
        if !exit, isAsExpected {
            try Console.writeLines(farewell(port: bound, keys, site))
            end.wait()
        }
        _ = server.stop()
        guard isAsExpected else { throw CommandFailure("not every step answered as expected; see above.") }
        if exit { try Console.writeLine("\nEvery step answered as expected.") }
    }

    /// Walks through every step, also behind one that went wrong.
    private func tour(port: UInt16, _ keys: DemoKeys) throws(CommandFailure) -> Bool {
        let client = LoopbackClient(port: port)
        let printer = TourPrinter()
        let progress = TourProgress()
        try Tour(keys: keys) { (step) throws(CommandFailure) in
            progress.number += 1
            try printer.show(step, number: progress.number)
            let bytes = try client.exchange(step.request.bytes(port: port))
            let answer = try TourAnswer(bytes, answering: step.request.method)
            let expectation = step.expectation
            let isMet = (expectation.status == 0 || expectation.status == answer.status) && expectation.isMet(answer)
            if !isMet { progress.isAsExpected = false }
            try printer.show(answer, expectation, isMet: isMet)
            return answer
        }.run()
        return progress.isAsExpected
    }

    private func showRecords(_ path: String) throws {
        let records: [AuditRecord]
        do {
            var query = AuditQuery()
            query.order = .newestFirst
            query.limit = 60
            records = try AuditReader(path: path).records(query).reversed()
        } catch { throw CommandFailure(error) }
        try Console.writeLines(["", "What the audit log holds of it:", ""] + AuditTable.lines(records))
    }

    private func farewell(port: UInt16, _ keys: DemoKeys, _ site: DemoSite) -> [String] {
        let url = "http://127.0.0.1:\(port)/api/v2"
        var lines = ["", "The gateway stays up until Ctrl-C: \(url)", "", "Keys (for this demo only):"]
        for key in keys.all { lines.append("  \(key.variable)=\(key.secret)   \(key.purpose)") }
        return lines + [
            "", "To try next, in another terminal:",
            "  . \(site.keysFile)",
            "  curl -H \"Authorization: Bearer $READER\" '\(url)/cloud_connectors?limit=2'",
            "  curl -H \"Authorization: Bearer $EDITOR\" '\(url)/nas'",
            "  nodegate audit tail --config \(site.configurationFile)",
            "  nodegate explain --config \(site.configurationFile) --key reader GET /api/v2/cloud_connectors/1",
            "  nodegate keys list --config \(site.configurationFile)",
        ]
    }
}

/// What the steps of a tour have come to.
private final class TourProgress {
    var number = 0
    var isAsExpected = true
}
