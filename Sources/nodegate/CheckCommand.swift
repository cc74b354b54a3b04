import AccessControl
import ArgumentParser
import AuditTrail
import Gateway
import Settings

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a configuration and what it points at, without starting anything.",
        discussion: """
            All errors are reported at once, each with its line and column and, where one is likely, with what was \
            meant. Warnings do not change the exit status.

            Exit status: 0 the gateway would start with it, 1 it would not.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "The result as one JSON object.")
    var json = false

    private struct Report: Encodable {
        let ok: Bool
        /// Absent when the settings come from the environment alone.
        let file: String?
        var errors: [SettingsError] = []
        /// What is wrong beyond the settings themselves.
        var problems: [String] = []
        var warnings: [String] = []
    }

    func run() throws {
        let report = try report()
        if json {
            try Console.writeJSON(report)
        } else {
            for error in report.errors { Console.complain(error.description) }
            for problem in report.problems { Console.complain(problem) }
            for warning in report.warnings { Console.complain("warning: \(warning)") }
            let count = report.errors.count + report.problems.count
            if report.ok {
                try Console.writeLine("ok: \(report.file ?? "the environment")")
            } else {
                Console.complain("\(count) \(count == 1 ? "error" : "errors") in \(report.file ?? "the environment")")
            }
        }
        guard report.ok else { throw ExitCode(1) }
    }

    private func report() throws(CommandFailure) -> Report {
        let path = options.path()
        let environment = ConfigurationOptions.environment
        if path == nil { _ = try options.settings() }
        let settings: Settings
        do {
            settings = try Settings.load(file: path, environment: environment)
            try settings.verifyFiles(environment: environment)
        } catch {
            return Report(ok: false, file: path, errors: error.errors)
        }
        let source = OperationsLocation.Source(settings.operations)
        do {
            let table = try source.compiled()
            do throws(GatewayError) {
                let now = WallClock.seconds
                let tls = try GatewayTLS(checking: settings, now: now)
                _ = try AuditExport.exports(settings.audit)
                let tokens = try TokenKeys.check(settings)
                let sealed = CredentialCheck.problems(settings).map {
                    "the appliance credential of a key cannot be opened, and its requests would be refused: \($0)"
                }
                let warnings = Self.warnings(settings, table) + tls.warnings(now: now) + tokens + sealed
                return Report(ok: true, file: path, warnings: warnings)
            } catch {
                if case .settings(let errors) = error { return Report(ok: false, file: path, errors: errors.errors) }
                return Report(ok: false, file: path, problems: [error.description])
            }
        } catch {
            return Report(ok: false, file: path, problems: [error.message])
        }
    }

    /// What works but deserves a thought.
    private static func warnings(_ settings: Settings, _ table: OperationTable) -> [String] {
        var warnings: [String] = []
        if settings.upstream.credential == .passthrough {
            let minting = ["api_keys/create", "api_keys/update"].compactMap(Scope.init).filter { scope in
                table.operations.contains { $0.scope == scope }
            }
            if !minting.isEmpty {
                warnings.append("""
                    upstream.credential is passthrough: a key that is granted \
                    \(minting.map(\.description).joined(separator: " or ")) can give itself a broader key at the \
                    appliance
                    """)
            }
        }
        for operation in table.operations where operation.scope == nil {
            warnings.append("""
                \(operation.method.name) \(operation.template) states no scope, so no key may run it; \
                operations.additional can give it one
                """)
        }
        for grant in settings.authentication.tokens.grants {
            for pattern in grant.grants where !Self.covers(pattern, settings, table) {
                warnings.append("""
                    authentication.jwt.grants grants \(pattern), which no operation needs and no secret is shown by; is it \
                    spelt as `nodegate operations list` has it?
                    """)
            }
        }
        if settings.cookies == .pass { warnings.append("cookies pass between clients and the appliance") }
        return warnings
    }

    /// Whether a grant can be of any use.
    private static func covers(_ pattern: ScopePattern, _ settings: Settings, _ table: OperationTable) -> Bool {
        table.scopes.contains(where: pattern.matches) || settings.redaction.rules.contains { rule in
            rule.unlockedBy.flatMap { Scope(controller: $0.controller, action: $0.action) }.map(pattern.matches) ?? false
        }
    }
}
