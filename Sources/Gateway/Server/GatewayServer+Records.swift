import AuditTrail
import Settings
import Store

/// Records of the gateway's own life and of its settings, in the order of the control queue.
extension GatewayServer {
    /// The user whom this process runs as: `nodegate(998)`.
    private static var ownUser: String { Authorship.currentUser(at: 0).actor }

    /// The log must take these before the first client is served: that the gateway starts, and what is different from
    /// the last time that it ran.
    func recordStart() throws(GatewayError) {
        let addresses = bound.map { $0.address.description }.joined(separator: " ")
        let ledger = SettingsLedger(logPath: audit.path)
        let settings = EffectiveSettings(plan.settings, plan.operations)
        var records = [event("started on \(addresses)")] + checkpointKeyChange()
        if let before = ledger.read() {
            records += describe(settings.changes(since: before), verb: "change", by: Self.ownUser)
        } else {
            if !audit.isNew {
                records += administration(AdministrationRecords.unknownSettings, """
                    what the gateway ran with before is not known: \(ledger.path) is missing, or is not what the log says \
                    of it; what is not a default follows
                    """, by: Self.ownUser)
            }
            records += describe(settings.initialChanges, verb: "initial", by: Self.ownUser)
        }
        do throws(AuditError) { try keep(settings, records, by: Self.ownUser, ledger) } catch { throw .audit(error) }
    }

    /// - Returns: False, and the operator told, when it cannot be recorded.
    func recordStop() -> Bool {
        do throws(AuditError) {
            try audit.store(within: plan.settings.timeouts.audit, [event("stopped")])
            return true
        } catch {
            log.error("the stop cannot be recorded: \(error)")
            return false
        }
    }

    /// One record for each setting and operation that is another now, and one for the reload.
    func recordReload(from before: GatewayPlan, to after: GatewayPlan, by author: ReloadAuthor) {
        let settings = EffectiveSettings(after.settings, after.operations)
        let changes = settings.changes(since: EffectiveSettings(before.settings, before.operations))
        let records = describe(changes, verb: "change", by: author.user, needsRestart: Self.countsAfterRestart)
            + [event("settings reloaded by \(author): \(changes.count) changed")]
        do throws(AuditError) {
            try keep(settings, records, by: author.user, SettingsLedger(logPath: audit.path))
        } catch {
            log.error("the reload cannot be recorded: \(error)")
        }
    }

    /// Records that new settings were refused, and why. The old ones stay in force.
    ///
    /// - Parameter reason: Without secrets, as all messages about settings are.
    package func recordRefusedReload(_ reason: String, by author: ReloadAuthor) {
        control.sync { recordRefusal(reason, by: author) }
    }

    func recordRefusal(_ reason: String, by author: ReloadAuthor) {
        let text = "settings of a reload by \(author) were refused: "
            + reason.split(whereSeparator: \.isNewline).joined(separator: "; ")
        do throws(AuditError) {
            try audit.store(
                within: plan.settings.timeouts.audit,
                administration(AdministrationRecords.refusedSettings, text, by: author.user))
        } catch {
            log.error("the refused reload cannot be recorded: \(error)")
        }
    }

    /// Stores the records and what is in force now, and then keeps that for the next start.
    private func keep(
        _ settings: EffectiveSettings, _ records: [AdministrationRecords.Filling], by author: String,
        _ ledger: SettingsLedger
    ) throws(AuditError) {
        let summary = administration(
            AdministrationRecords.effectiveSettings, AdministrationRecords.detail(of: settings), by: author)
        let last = try audit.store(within: plan.settings.timeouts.audit, records + summary)
        guard ledger.write(settings, sequence: last) else {
            return log.error("\(ledger.path) cannot be written; the next start will not know what was changed")
        }
    }

    // MARK: Texts

    private func event(_ text: String) -> AdministrationRecords.Filling {
        let generation = feed.snapshot.generation
        return { entry in
            AdministrationRecords.describe(event: text, at: WallTime.microseconds, generation: generation, in: entry)
        }
    }

    private func administration(
        _ operation: String, _ detail: String, by author: String
    ) -> [AdministrationRecords.Filling] {
        AdministrationRecords.records(
            operation, detail, by: author, generation: feed.snapshot.generation, limits: audit.limits)
    }

    private func describe(
        _ changes: [EffectiveSettings.Change], verb: String, by author: String,
        needsRestart: (String) -> Bool = { _ in false }
    ) -> [AdministrationRecords.Filling] {
        AdministrationRecords.records(
            changes, verb: verb, by: author, generation: feed.snapshot.generation, limits: audit.limits,
            needsRestart: needsRestart)
    }

    /// Whoever keeps the public key elsewhere has to know that there is another one.
    private func checkpointKeyChange() -> [AdministrationRecords.Filling] {
        guard let before = audit.lastSigningKey, before != audit.signer.fingerprint else { return [] }
        return administration(
            AdministrationRecords.checkpointKey,
            "the key that signs checkpoints: \(before) -> \(audit.signer.fingerprint)", by: Self.ownUser)
    }
}

/// Who had settings read again.
package struct ReloadAuthor: Sendable, CustomStringConvertible {
    /// `root(0)`.
    package let user: String
    /// nil: not by a signal.
    let process: Int32?

    private init(user: String, process: Int32?) {
        self.user = user
        self.process = process
    }

    /// - Parameter user: Its number.
    init(user: UInt32, process: Int32) { self.init(user: Authorship.actor(user: user), process: process) }

    /// This process itself.
    package static var own: ReloadAuthor { ReloadAuthor(user: Authorship.currentUser(at: 0).actor, process: nil) }

    package var description: String { process.map { "SIGHUP of process \($0)" } ?? "the gateway itself" }
}
