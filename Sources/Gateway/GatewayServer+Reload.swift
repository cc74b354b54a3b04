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
        // May block for long, while changes of keys must not wait.
        let addresses = try Self.addresses(new.settings, by: lookup)
        let result: Result<[String], GatewayError> = control.sync {
            Result { () throws(GatewayError) in try reloadOnControl(new, addresses) }
        }
        return try result.get()
    }

    private func reloadOnControl(_ wanted: GatewayPlan, _ addresses: [SocketAddress]) throws(GatewayError) -> [String] {
        let new = wanted.keepingStorage(of: plan.settings)
        let tls = try GatewayTLS(new.settings, tickets: tickets)
        let rules = try Self.rules(new.settings)
        let tokenKeys = try TokenKeys.read(new.settings)
        var numbers = self.numbers
        let places = ListenerPlace.all(of: new.settings.listeners)
        for place in places where !numbers.contains(place) { numbers.append(place) }
        let configuration = try Self.configuration(new, rules, addresses, numbers, tls)
        let before = plan.settings
        let known = Set(bound.map(\.place))
        let snapshot: PolicySnapshot
        do throws(GatewayError) {
            for (listener, place) in zip(new.settings.listeners, places) where !known.contains(place) {
                try open(listener, at: place, number: numbers.firstIndex(of: place) ?? numbers.count)
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
        keepListening { places.contains($0) }
        self.numbers = numbers
        plan = new
        self.tls = tls
        upstream.addresses = addresses
        upstream.due = Self.nextLookup(new.settings)
        upstream.isFailing = false
        recordReload(from: before, to: wanted.settings)
        return Self.needingRestart(before, wanted.settings)
    }

    /// Closes the listeners whose setting is not kept.
    private func keepListening(_ isKept: (ListenerPlace) -> Bool) {
        for gone in bound where !isKept(gone.place) {
            let address = gone.address.description
            for (lane, gate) in zip(lanes, gates) { lane.post { gate.value.stopListening(on: address) } }
        }
        bound.removeAll { !isKept($0.place) }
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
