import ArgumentParser

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Read and verify the audit log.",
        subcommands: [
            AuditQueryCommand.self, AuditShowCommand.self, AuditExposuresCommand.self, AuditTailCommand.self,
            AuditVerifyCommand.self, AuditKeyCommand.self,
        ])
}
