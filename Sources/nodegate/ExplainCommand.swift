import AccessControl
import ArgumentParser
import Gateway
import HTTPWire
import Redaction
import Settings
import Store

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what the gateway would decide on a request, stage by stage, without sending anything.",
        discussion: """
            The gateway's own decision code answers, on the keys as they are in the store now.

            Examples:
              nodegate explain --key reporting GET '/api/v2/cloud_connectors?sort_by=name'
              nodegate explain --no-key GET /api/v2/pools
              nodegate explain --token-file token.jwt GET /api/v2/pools

            Exit status: 0 permitted, 1 refused.
            """)

    @Option(help: ArgumentHelp("Explain for this key: its id or name, never its text.", valueName: "id|name"))
    var key: String?

    @Flag(name: .customLong("no-key"), help: "Explain for a request without a key.")
    var isAnonymous = false

    @Option(name: .customLong("client-certificate"), help: ArgumentHelp(
        "A name of the client certificate that the request comes with; may be repeated.", valueName: "name"))
    var certificate: [CertificateName] = []

    @Option(name: .customLong("token-file"), help: ArgumentHelp(
        "Explain for the JSON Web Token in this file; '-' is standard input. It is verified, and never shown.",
        valueName: "file|-"))
    var tokenFile: String?

    @Option(help: ArgumentHelp(
        "The listener that it comes in on, by its address or name in the settings. Without it, what they say for all.",
        valueName: "address|name"))
    var listener: String?

    @Argument(help: "The method.")
    var method: Method

    @Argument(help: "Path and query as a client sends them.")
    var target: String

    @OptionGroup var operations: OperationsLocation
    @OptionGroup var store: KeyStoreOptions

    @Flag(help: "One JSON object.")
    var json = false

    private struct Stage: Encodable {
        let stage: String
        let pass: Bool
        let text: String
    }

    private struct Report: Encodable {
        let permitted: Bool
        /// The stable reason code.
        let reason: String
        /// What the client would be answered with; absent when permitted.
        let status: UInt16?
        let stages: [Stage]
    }

    func validate() throws {
        guard [key != nil, tokenFile != nil, isAnonymous].count(where: \.self) == 1 else {
            throw ValidationError("Give one of --key, --token-file and --no-key.")
        }
    }

    func run() throws {
        let settings = try operations.configuration.settingsIfAny()
        let (explanation, tokenText) = try explanation(settings)
        let isPermitted = explanation.stages.allSatisfy { $0.outcome == .pass }
        var stages = explanation.stages.map { stage in
            let text = stage.name == "key" ? tokenText ?? stage.text : stage.text
            return Stage(stage: stage.name == "key" && tokenText != nil ? "token" : stage.name, pass: stage.outcome == .pass, text: text)
        }
        if isPermitted, let settings { stages.append(Stage(stage: "limits", pass: true, text: Self.limits(settings))) }
        let reason = explanation.reason
        if json {
            try Console.writeJSON(Report(
                permitted: isPermitted, reason: reason.text.description,
                status: isPermitted ? nil : reason.disclosed.status, stages: stages))
        } else {
            let rows = stages.map { [$0.stage, $0.pass ? "pass" : "REFUSED", $0.text] }
            var lines = TextTable.lines(["STAGE", "VERDICT", "WHY"], rows)
            if !isPermitted {
                lines.append("refused: \(reason.disclosed.status) \(reason.text). \(reason.explanation)")
            }
            try Console.writeLines(lines)
        }
        guard isPermitted else { throw ExitCode(1) }
    }

    /// What bounds the exchange that would follow.
    private static func limits(_ settings: Settings) -> String {
        let body = settings.limits.body == .max ? "of any size" : "of at most \(settings.limits.body) bytes"
        let exchange = settings.timeouts.exchange
        return "a body \(body); the answer begins within \(settings.upstream.responseTimeout) ms"
            + (exchange == 0 ? "" : " and ends within \(exchange) ms")
    }

    /// - Returns: With what is to be said of the token, if it is for one.
    private func explanation(_ settings: Settings?) throws(CommandFailure) -> (Explanation, String?) {
        let table = try operations.source().compiled()
        let redaction = settings?.redaction.rules ?? RedactionRule.shipped
        let rules: RedactionRules
        do { rules = try RedactionRules.compile(redaction) } catch {
            throw CommandFailure("the redaction rules cannot be used: \(error).")
        }
        guard let prefix = APIPrefix(settings?.operations.prefix ?? Settings.Operations().prefix) else {
            throw CommandFailure("the prefix of the API cannot be used.")
        }
        let snapshot: PolicySnapshot
        let index: KeyIndex?
        var refusal = ReasonCode.noCredential
        var text: String?
        if let tokenFile {
            let judgement = try judgement(tokenFile, settings, table, rules)
            snapshot = judgement.policy ?? judgement.base
            index = judgement.policy == nil ? nil : KeyIndex(rawValue: 0)
            refusal = judgement.reason
            text = judgement.text
        } else {
            (snapshot, index) = try policy(table, rules)
        }
        let explanation = Policy.explain(
            method, target, key: index, refusal: refusal, certificate: certificate, under: snapshot, prefix: prefix,
            limits: settings?.limits.target ?? TargetLimits(), wire: settings?.limits.request ?? HTTPLimits(),
            at: WallClock.seconds, enforcement: try enforcement(settings),
            ruleName: { Self.name(redaction, $0) })
        return (explanation, text)
    }

    private func judgement(
        _ file: String, _ settings: Settings?, _ table: OperationTable, _ rules: RedactionRules
    ) throws(CommandFailure) -> TokenJudgement {
        guard let settings else {
            throw CommandFailure("a token is judged by a configuration, and none is found; name it with --config FILE.")
        }
        let text = try TextFile.read(file)
        let token = Array(text.utf8.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed())
        let base = PolicySnapshot(generation: 0, operations: table, keys: [], rules: ProtectionRules(rules))
        do {
            return try TokenJudgement(token, settings, under: base, rules, now: WallClock.seconds)
        } catch { throw CommandFailure(error) }
    }

    private func enforcement(_ settings: Settings?) throws(CommandFailure) -> Enforcement {
        var enforcement = settings?.enforcement ?? .enforce
        if let listener {
            let listeners = settings?.listeners ?? []
            guard let found = listeners.first(where: { $0.address == listener || $0.name == listener }) else {
                let known = listeners.map(\.address).joined(separator: ", ")
                throw CommandFailure("there is no listener \(listener). The settings have: \(known.isEmpty ? "none" : known).")
            }
            enforcement = found.enforcement.resolved(enforcement)
        }
        return enforcement == .observe ? .observe : .enforce
    }

    private func policy(
        _ table: OperationTable, _ rules: RedactionRules
    ) throws(CommandFailure) -> (PolicySnapshot, KeyIndex?) {
        let location = try store.location(operations.configuration)
        let found: Int64?
        if let key {
            let store = try store.open(operations.configuration)
            do { found = try store.find(key).id } catch { throw CommandFailure(error, in: store) }
        } else {
            found = nil
        }
        do {
            let source = try PolicySource(path: location.path, pepper: try Pepper.load(path: location.pepper))
            let snapshot = try source.snapshot(operations: table, rules: rules)
            return (snapshot, (found ?? enrolled(in: snapshot)).flatMap(snapshot.index(id:)))
        } catch { throw CommandFailure(error) }
    }

    /// The key that a request without a text has by its certificate.
    private func enrolled(in snapshot: PolicySnapshot) -> Int64? {
        for name in certificate {
            if let key = snapshot.keys.first(where: { $0.enrolledCertificate == name }) { return key.id }
        }
        return nil
    }

    /// A rule by its field and what unlocks it.
    private static func name(_ rules: [RedactionRule], _ number: Int) -> String {
        guard rules.indices.contains(number) else { return "rule \(number)" }
        let scope = rules[number].unlockedBy.map { "\($0.controller)/\($0.action)" } ?? "no scope"
        return "\(rules[number].field) (unlocked by \(scope))"
    }
}
