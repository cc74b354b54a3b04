import Redaction

/// How fast one core reads a list of connectors of 1 MB, in pieces of 16 KB as a lane reads them: masked for a caller
/// without scopes, searched for secrets for one who holds them, and searched for echoes.
///
/// Build it with `-c release`: swift run -c release RedactionLoad [WORD]
/// With a word, only the measurements whose name ends with it are made.
@main enum RedactionLoad {
    private static let pieceBytes = 16_384
    private static let rounds = 200

    static func main() throws {
        let rules = try RedactionRules.compile(RedactionRule.shipped)
        let names = try WatchedNames.compile(RedactionRule.shipped)
        let all = rules.applying(toController: "cloud_connectors")
        let echoes = SubmittedSecrets()
        echoes.remember("a secret that was sent".utf8.span)
        for (title, list) in [
            ("connectors with credentials in proxy and options",
             list("\"http://user:word@proxy.example.com:3128\"", "\"use_cache=/tmp,passwd_file=/etc/p\"")),
            ("connectors with a proxy and options, no credentials in them",
             list("\"http://proxy.example.com:3128\"", "\"path_style=1;part_size=64;storage_class=STANDARD\"")),
            ("connectors with neither", list("null", "null")),
        ] {
            print("\(title), \(list.count) bytes")
            try measure("  masked", list) { try redact($0, JSONRedactor(rules: rules, active: all, limits: .init())) }
            try measure("  secret_key alone masked", list) {
                try redact($0, JSONRedactor(rules: rules, active: RuleMask(rule: 0), limits: .init()))
            }
            try measure("  masked, echoes searched", list) {
                try redact($0, JSONRedactor(rules: rules, active: all, limits: .init(), echoes: echoes))
            }
            try measure("  in clear, secrets found", list) { try find($0, names, all) }
            try measure("  request body guarded", list) { try guarded($0, names, all) }
        }
    }

    private static func list(_ proxy: String, _ options: String) -> [UInt8] {
        var text = "{\"count\":0,\"cloud_connectors\":["
        var id = 0
        while text.utf8.count < 1_000_000 {
            id += 1
            text += """
                \(id == 1 ? "" : ","){"id":\(id),"name":"connector \(id)","url":"https://s3.example.com",\
                "url_proxy":\(proxy),"options":\(options),"provider":"generic_s3","region":"eu-west-1",\
                "access_key":"AKIAIOSFODNN7EXAMPLE","secret_key":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
                """
        }
        return Array((text + "]}").utf8)
    }

    /// Prints the median of the rounds.
    private static func measure(_ name: String, _ list: [UInt8], _ pass: ([UInt8]) throws -> Int) throws {
        if let word = CommandLine.arguments.dropFirst().first, !name.hasSuffix(word) { return }
        var times: [Duration] = []
        var count = 0
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            count = try pass(list)
            times.append(start.duration(to: .now))
        }
        let median = times.sorted()[rounds / 2] / Duration.microseconds(1)
        print("\(name): \(Int(Double(list.count) / median)) MB/s, \(count) values")
    }

    private static func redact(_ list: [UInt8], _ redactor: consuming JSONRedactor) throws -> Int {
        var redactor = redactor
        var start = 0
        while start < list.count {
            let end = min((start / pieceBytes + 1) * pieceBytes, list.count)
            start += try redactor.next(list.span.extracting(start..<end)).consumed
        }
        try redactor.finish()
        return redactor.redactedCount
    }

    private static func find(_ list: [UInt8], _ names: WatchedNames, _ revealed: RuleMask) throws -> Int {
        var finder = SecretFinder(names, revealed: revealed, limits: .init())
        var start = 0
        var count = 0
        while start < list.count {
            let end = min((start / pieceBytes + 1) * pieceBytes, list.count)
            start += try finder.next(list.span.extracting(start..<end))
            count += finder.foundCount
        }
        try finder.finish()
        return count
    }

    private static func guarded(_ list: [UInt8], _ names: WatchedNames, _ active: RuleMask) throws -> Int {
        var guardian = WriteBackGuard(names, active: active, mode: .drop, limits: .init())
        var start = 0
        while start < list.count {
            let end = min((start / pieceBytes + 1) * pieceBytes, list.count)
            start += try guardian.next(list.span.extracting(start..<end)).consumed
        }
        try guardian.finish()
        return guardian.submitted.count + guardian.submitted.missedCount
    }
}
