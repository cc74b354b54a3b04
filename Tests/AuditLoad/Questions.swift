import AuditTrail
import Dispatch
import Glibc

/// What people ask of a log, and how long the answer takes.
enum Questions {
    private struct Question {
        let name: String
        /// As `nodegate audit query` takes it.
        let options: [String]
        let change: (inout AuditQuery) -> Void
    }

    /// - Parameter program: The built nodegate, which is asked the same.
    static func ask(_ path: String, _ program: String?) throws(AuditError) {
        let reader = try AuditReader(path: path)
        var newest = AuditQuery()
        newest.limit = 1
        guard let last = try reader.records(newest).first else { return }
        var middle = AuditQuery()
        middle.cursor = last.sequence / 2
        middle.limit = 1
        let exchange = try reader.records(middle).first?[.exchange] ?? ""
        for question in questions(last.time, exchange) {
            for isWithoutIndex in [false, true] {
                var query = AuditQuery()
                question.change(&query)
                query.isWithoutIndex = isWithoutIndex
                let began = DispatchTime.now().uptimeNanoseconds
                let processor = clock()
                let count = try AuditReader(path: path).records(query).count
                // What a machine that has other work as well would take longer for.
                let own = Double(clock() - processor) / Double(CLOCKS_PER_SEC) * 1_000
                let index = isWithoutIndex ? "without" : "with"
                AuditLoad.say("""
                    \(question.name), \(index) index: \(count) records, \(milliseconds(since: began)), \
                    \((own * 10).rounded() / 10) ms of the processor
                    """)
            }
            guard let program else { continue }
            let began = DispatchTime.now().uptimeNanoseconds
            let status = run(program, ["audit", "query", "--log", path] + question.options)
            AuditLoad.say("\(question.name), at the command line: status \(status), \(milliseconds(since: began))")
        }
    }

    private static func questions(_ end: Int64, _ exchange: String) -> [Question] {
        let hour = end - 3_600_000_000
        let day = end - 86_400_000_000
        let connector = "/api/v2/cloud_connectors/77"
        return [
            Question(name: "a busy key's last hour", options: ["--key", "3", "--since", AuditTime.text(hour)]) {
                $0.keyID = 3
                $0.since = hour
            },
            Question(name: "a quiet key's last hour", options: ["--key", "20", "--since", AuditTime.text(hour)]) {
                $0.keyID = 20
                $0.since = hour
            },
            Question(
                name: "denials today", options: ["--decision", "deny", "--since", AuditTime.text(day), "--limit", "0"]
            ) {
                $0.decision = .deny
                $0.since = day
                $0.limit = nil
            },
            Question(name: "one request id", options: ["--request-id", exchange]) { $0.requestID = exchange },
            Question(name: "one connector, the newest 100", options: ["--path", connector]) { $0.path = connector },
            Question(name: "one connector, all", options: ["--path", connector, "--limit", "0"]) {
                $0.path = connector
                $0.limit = nil
            },
            Question(name: "one connector by number, all", options: ["--connector", "77", "--limit", "0"]) {
                $0.object = "cloud_connectors/77"
                $0.limit = nil
            },
            Question(name: "one connector by glob, all", options: ["--path", "*/cloud_connectors/77", "--limit", "0"]) {
                $0.path = "*/cloud_connectors/77"
                $0.limit = nil
            },
            Question(name: "a client that never was", options: ["--client", "198.51.100.1"]) { $0.client = "198.51.100.1" },
        ]
    }

    private static func milliseconds(since began: UInt64) -> String {
        let tenths = (DispatchTime.now().uptimeNanoseconds - began) / 100_000
        return "\(tenths / 10).\(tenths % 10) ms"
    }

    /// Runs a program to its end, its output thrown away.
    private static func run(_ program: String, _ arguments: [String]) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        guard posix_spawn(&process, program, &actions, nil, &words, environ) == 0 else { return -1 }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        return status >> 8 & 0xFF
    }
}
