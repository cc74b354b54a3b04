import ArgumentParser
import Foundation
import HTTPWire
import Settings
import Transport

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Ask a running gateway how it is.",
        discussion: """
            It asks the status listener, whose address is `status.address` of the configuration, for `/status`.

            Exit status: 0 ready to serve, 1 not ready, or no answer.
            """)

    @Option(help: ArgumentHelp(
        "Where the status listener is, instead of `status.address` of the configuration.", valueName: "host:port"))
    var address: String?

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "The answer as it came: one JSON object.")
    var json = false

    private static let patience: UInt64 = 10_000
    private static let greatestAnswer = 1 << 20

    /// What `/status` says.
    private struct Report: Decodable {
        struct Policy: Decodable { let generation: UInt64, keys: Int }
        struct Clients: Decodable { let connections: Int }
        struct Upstream: Decodable {
            let connections: Int, idle: Int, waiting: Int, addresses: Int, left_out: Int
        }
        struct Log: Decodable {
            let sequence: Int64, signed_sequence: Int64, queued: Int, failed: Int, on_reserve: Bool, failure: String?
        }
        struct Exporter: Decodable { let name: String, lag: Int64, failures: Int, failure: String? }
        struct Certificate: Decodable { let setting: String, file: String, expires: String }

        let ready: Bool
        let troubles: [String]
        let warnings: [String]
        let lanes: Int
        let policy: Policy
        let exchanges: [String: UInt64]
        let clients: Clients
        let upstream: Upstream
        let audit: Log
        let exporters: [Exporter]
        let certificates: [Certificate]
    }

    func run() throws {
        let body = try ask()
        let report: Report
        do { report = try JSONDecoder().decode(Report.self, from: Data(body)) } catch {
            throw CommandFailure(
                "what answers there is no status listener of this version of nodegate.",
                advice: "Look at `status.address`: clients' listeners are other addresses.")
        }
        if json { try Console.write(String(decoding: body, as: UTF8.self)) } else { try Console.writeLines(lines(report)) }
        guard report.ready else { throw ExitCode(1) }
    }

    private func ask() throws(CommandFailure) -> [UInt8] {
        let (host, port) = try place()
        let response: OutgoingResponse
        do throws(OutgoingError) {
            response = try OutgoingRequest(host: host, port: port, target: "/status", tls: nil)
                .perform(bodyLimit: Self.greatestAnswer, by: .after(milliseconds: Self.patience))
        } catch {
            throw CommandFailure(
                "the gateway does not answer: \(error).", advice: "Is it running, and with this `status.address`?")
        }
        guard response.isSuccess else {
            throw CommandFailure("\(host):\(port) answers \(response.status) to /status; is it the status listener?")
        }
        return response.body
    }

    private func place() throws(CommandFailure) -> (host: String, port: UInt16) {
        let text: String
        if let address { text = address } else { text = try options.settings().status.address }
        guard !text.isEmpty else {
            throw CommandFailure(
                "the configuration has no status listener.",
                advice: "Set `status.address`, say to 127.0.0.1:9464, and restart or send SIGHUP.")
        }
        // Who listens on every address listens on this one.
        let plain = text.hasPrefix("*:") ? "127.0.0.1" + text.dropFirst() : text
        guard let authority = Authority(plain.utf8.span), let port = authority.port else {
            throw CommandFailure("\(text) is no address with a port that could be asked: write 127.0.0.1:9464.")
        }
        let host = plain.prefix(authority.host.count)
        return (host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : String(host), port)
    }

    private func lines(_ report: Report) -> [String] {
        var lines = [report.ready ? "ready" : "NOT READY"]
        lines += report.troubles.map { "trouble: \($0)" }
        lines += report.warnings.map { "warning: \($0)" }
        let decisions = ["permit", "deny", "would_deny", "none"].map { "\($0) \(report.exchanges[$0] ?? 0)" }
        let upstream = report.upstream
        var rows = [
            ["exchanges", decisions.joined(separator: ", ") + " since the start"],
            ["clients", "\(report.clients.connections) connections on \(report.lanes) lanes"],
            [
                "appliance", """
                    \(upstream.connections) connections, \(upstream.idle) of them idle; \(upstream.waiting) requests wait; \
                    \(upstream.left_out) of \(upstream.addresses) addresses left out
                    """,
            ],
            ["policy", "generation \(report.policy.generation), \(report.policy.keys) \(report.policy.keys == 1 ? "key" : "keys")"],
            ["audit log", log(report.audit)],
        ]
        for exporter in report.exporters {
            let failure = exporter.failure.map { "; \($0)" } ?? ""
            rows.append([
                "exporter \(exporter.name)", "\(exporter.lag) records behind, \(exporter.failures) failures\(failure)",
            ])
        }
        for shown in report.certificates {
            rows.append(["certificate \(shown.setting)", "\(shown.file) until \(shown.expires.prefix(10))"])
        }
        return lines + TextTable.lines(["WHAT", "HOW IT IS"], rows)
    }

    private func log(_ log: Report.Log) -> String {
        let reserve = log.on_reserve ? "; ON THE RESERVE" : ""
        let failure = log.failure.map { "; \($0)" } ?? ""
        return """
            record \(log.sequence), signed up to \(log.signed_sequence); \(log.queued) wait, \
            \(log.failed) failed\(reserve)\(failure)
            """
    }
}
