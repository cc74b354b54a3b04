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
    package func reload(_ new: GatewayPlan, by author: ReloadAuthor = .own) throws(GatewayError) -> [String] {
        do throws(GatewayError) {
            // May block for long, while changes of keys must not wait.
            let addresses = try Self.addresses(new.settings, by: lookup)
            let result: Result<[String], GatewayError> = control.sync {
                Result { () throws(GatewayError) in try reloadOnControl(new, addresses, author) }
            }
            return try result.get()
        } catch {
            recordRefusedReload(error.description, by: author)
            throw error
        }
    }

    private func reloadOnControl(
        _ wanted: GatewayPlan, _ addresses: [SocketAddress], _ author: ReloadAuthor
    ) throws(GatewayError) -> [String] {
        let new = wanted.keepingStorage(of: plan.settings)
        let tls = try GatewayTLS(new.settings, tickets: tickets)
        let rules = try Self.rules(new.settings)
        let tokenKeys = try TokenKeys.read(new.settings)
        var numbers = self.numbers
        let places = ListenerPlace.all(of: new.settings.listeners)
        for place in places where !numbers.contains(place) { numbers.append(place) }
        let configuration = try Self.configuration(new, rules, addresses, numbers, tls)
        let before = plan
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
        let credentials = feed.credentials
        let handOver = tokenHandOver
        for (lane, gate) in zip(lanes, gates) {
            lane.post {
                gate.value.use(configuration, snapshot, credentials)
                handOver(gate.value)
            }
        }
        warnOfCredentials()
        keepListening { places.contains($0) }
        self.numbers = numbers
        plan = new
        self.tls = tls
        upstream.addresses = addresses
        upstream.due = Self.nextLookup(new.settings)
        upstream.isFailing = false
        recordReload(from: before, to: wanted, by: author)
        return Self.needingRestart(before.settings, wanted.settings)
    }

    /// Closes the listeners whose setting is not kept.
    private func keepListening(_ isKept: (ListenerPlace) -> Bool) {
        for gone in bound where !isKept(gone.place) {
            let address = gone.address.description
            for (lane, gate) in zip(lanes, gates) { lane.post { gate.value.stopListening(on: address) } }
        }
        bound.removeAll { !isKept($0.place) }
    }

    /// Whether a setting counts after the next start only: what buffers, lanes and databases are made with.
    static func countsAfterRestart(_ setting: String) -> Bool {
        let ofLimits = [
            "buffer", "idle_buffers", "request_line", "fields", "field_bytes", "response_fields", "response_field_bytes",
            "connection_options", "chunk_line", "chunk_extensions", "trailers", "trailer_bytes",
        ]
        return setting == "lanes" || setting.hasPrefix("store.") || setting.hasPrefix("audit.")
            || ofLimits.contains { setting == "limits.\($0)" }
    }

    private static func needingRestart(_ before: Settings, _ after: Settings) -> [String] {
        var changed: [String] = []
        if before.lanes != after.lanes { changed.append("lanes") }
        var store = before.store
        // Read again by each reload.
        store.masterKeys = after.store.masterKeys
        if store != after.store { changed.append("store") }
        if before.audit != after.audit { changed.append("audit") }
        if before.limits.buffer != after.limits.buffer { changed.append("limits.buffer") }
        if before.limits.request != after.limits.request { changed.append("limits of requests") }
        if before.limits.response != after.limits.response { changed.append("limits of answers") }
        return changed
    }
}
