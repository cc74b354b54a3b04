import AccessControl
import AuditTrail
import Dispatch
import Settings
import Transport

extension GatewayServer {
    /// Takes new settings without dropping a connection.
    ///
    /// - Returns: Settings that have changed and only count after a restart.
    /// - Throws: What is wrong; then everything stays as it was.
    package func reload(_ new: GatewayPlan) throws(GatewayError) -> [String] {
        let result: Result<[String], GatewayError> = control.sync {
            Result { () throws(GatewayError) in try reloadOnControl(new) }
        }
        return try result.get()
    }

    private func reloadOnControl(_ wanted: GatewayPlan) throws(GatewayError) -> [String] {
        let new = wanted.keepingStorage(of: plan.settings)
        let tls = try GatewayTLS(new.settings, tickets: tickets)
        let rules = try Self.rules(new.settings)
        let tokenKeys = try TokenKeys.read(new.settings)
        let upstream = try Self.upstreamAddresses(new.settings)
        var numbers = self.numbers
        for listener in new.settings.listeners where !numbers.contains(listener.address) { numbers.append(listener.address) }
        let configuration = try Self.configuration(new, rules, upstream, numbers, tls)
        let before = plan.settings
        let known = Set(bound.map(\.setting))
        let addresses = Set(new.settings.listeners.map(\.address))
        let snapshot: PolicySnapshot
        do throws(GatewayError) {
            for listener in new.settings.listeners where !known.contains(listener.address) {
                try open(listener, number: numbers.firstIndex(of: listener.address) ?? numbers.count)
            }
            snapshot = try feed.recompile(new.settings, operations: new.operations, rules: rules)
        } catch {
            keepListening { known.contains($0) }
            throw error
        }
        do { try openStatus(new.settings.status) } catch {
            keepListening { known.contains($0) }
            throw error
        }
        useTokens(new.settings.authentication.tokens, keys: tokenKeys)
        let handOver = tokenHandOver
        for (lane, gate) in zip(lanes, gates) {
            lane.post {
                gate.value.use(configuration, snapshot)
                handOver(gate.value)
            }
        }
        keepListening { addresses.contains($0) }
        self.numbers = numbers
        plan = new
        self.tls = tls
        recordReload(from: before, to: wanted.settings)
        return Self.needingRestart(before, wanted.settings)
    }

    /// Closes the listeners whose setting is not kept.
    private func keepListening(_ isKept: (String) -> Bool) {
        for gone in bound where !isKept(gone.setting) {
            let address = gone.address.description
            for (lane, gate) in zip(lanes, gates) { lane.post { gate.value.stopListening(on: address) } }
        }
        bound.removeAll { !isKept($0.setting) }
    }

    private static func needingRestart(_ before: Settings, _ after: Settings) -> [String] {
        var changed: [String] = []
        if before.lanes != after.lanes { changed.append("lanes") }
        if before.store != after.store { changed.append("store") }
        if before.audit != after.audit { changed.append("audit") }
        if before.limits.buffer != after.limits.buffer { changed.append("limits.buffer") }
        if before.limits.request != after.limits.request { changed.append("limits of requests") }
        if before.limits.response != after.limits.response { changed.append("limits of answers") }
        return changed
    }

    /// One record for each setting that is another now, and one for the reload.
    private func recordReload(from before: Settings, to after: Settings) {
        let generation = feed.snapshot.generation
        let time = WallTime.microseconds
        let changed = after.texts.keys.filter { before.texts[$0] != after.texts[$0] }.sorted()
        var records = changed.map { setting in
            { (entry: AuditEntry) in
                AdministrationRecords.describe(
                    setting: setting, from: before.texts[setting] ?? "", to: after.texts[setting] ?? "", at: time,
                    generation: generation, in: entry)
            }
        }
        records.append { entry in
            AdministrationRecords.describe(
                event: "settings reloaded: \(changed.count) changed", at: time, generation: generation, in: entry)
        }
        if let error = audit.store(within: after.timeouts.audit, records) {
            log.error("the reload cannot be recorded: \(error)")
        }
    }
}
