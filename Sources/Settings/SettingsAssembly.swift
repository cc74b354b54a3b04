import AccessControl
import HTTPWire
import Redaction

/// Puts settings together from a draft, and checks what no single value can tell.
struct SettingsAssembly {
    let draft: SettingsDraft
    var reader: SettingReader
    private let file: String?

    init(draft: SettingsDraft, reader: SettingReader, file: String?) {
        self.draft = draft
        self.reader = reader
        self.file = file
    }

    /// - Throws: what the reader found and what is found here, in the order of the file, the environment last.
    consuming func settings() throws(SettingsErrors) -> Settings {
        checkRequired()
        let credential = credential()
        var settings = draft.settings
        settings.upstream.host = draft.url.host
        settings.upstream.port = draft.url.port
        settings.upstream.hostField = draft.hostField.isEmpty
            ? Settings.Upstream.authority(draft.url.host, draft.url.port, isTLS: draft.url.isTLS) : draft.hostField
        settings.upstream.isTLS = draft.url.isTLS
        for complaint in Self.complaints(settings.upstream.tls, isTLS: draft.url.isTLS) {
            add(complaint.setting, complaint.message)
        }
        if let credential { settings.upstream.credential = credential }
        settings.listeners = listeners()
        checkAuthentication(settings.authentication)
        settings.authentication.tokens.grants = tokenGrants()
        checkTokens(settings.authentication.tokens)
        settings.operations.additional = additional()
        settings.redaction.rules = rules()
        settings.audit.exporters = exporters()
        placeFiles(in: &settings)
        shareChunkLimits(in: &settings)
        followLimits(in: &settings)
        checkLimits(settings)
        guard reader.errors.isEmpty else { throw SettingsErrors(Self.sorted(reader.errors)) }
        settings.origins = reader.origins
        settings.texts = SettingReference.texts(draft)
        return settings
    }

    private static func sorted(_ errors: [SettingsError]) -> [SettingsError] {
        func rank(_ error: SettingsError) -> (Int, Int, Int) {
            switch error.place {
            case .file(_, let line, let column): (0, line, column)
            case .variable: (1, 0, 0)
            case .nowhere: (2, 0, 0)
            }
        }
        // The order of errors at one place is kept.
        return errors.enumerated()
            .sorted { left, right in
                let (first, second) = (rank(left.element), rank(right.element))
                return first == second ? left.offset < right.offset : first < second
            }
            .map(\.element)
    }

    mutating func add(_ setting: String, _ message: String, suggestion: String? = nil) {
        reader.add(SettingsError(reader.origins.place(of: setting), setting, message, suggestion: suggestion))
    }

    func isSet(_ setting: String) -> Bool { reader.origins.places[setting] != nil }

    // MARK: Required values

    private mutating func checkRequired() {
        for leaf in SettingIndex.leaves where !isSet(leaf.setting) {
            guard case .value(let value) = leaf.entry.content, value.isRequired else { continue }
            // The section that it would stand in, or the start of the file.
            let start = file.map { SettingPlace.file($0, line: 1, column: 1) } ?? .nowhere
            let section = reader.origins.place(of: leaf.setting)
            reader.add(SettingsError(
                section == .nowhere ? start : section, leaf.setting,
                "`\(leaf.setting)` must be set (or \(leaf.variable)): \(value.allowed)"))
        }
    }

    // MARK: Credential

    private mutating func credential() -> Settings.Credential? {
        let mode = draft.credentialMode
        guard isSet("upstream.credential.mode") else { return nil }
        let file = draft.credentialFile
        let variable = draft.credentialVariable
        let name = draft.credentialName
        let given = [("file", file), ("environment", variable), ("systemd", name)].filter { !$0.1.isEmpty }
        if mode == .passthrough {
            for (key, _) in given {
                add("upstream.credential.\(key)", "with the mode `passthrough` the gateway has no credential of its own; "
                    + "remove `upstream.credential.\(key)`, or choose `bearer` or `basic`")
            }
            return .passthrough
        }
        guard given.count == 1 else {
            add("upstream.credential.mode", "the mode `\(mode.rawValue)` needs one of `upstream.credential.file`, "
                + "`upstream.credential.environment` and `upstream.credential.systemd`, "
                + (given.isEmpty ? "and none is set" : "and more than one is set"))
            return nil
        }
        let source: Settings.SecretSource = if !file.isEmpty { .file(path(file)) } else if !variable.isEmpty {
            .environment(variable)
        } else {
            .systemd(name)
        }
        return mode == .bearer ? .bearer(source) : .basic(source)
    }

    private mutating func checkAuthentication(_ authentication: Settings.Authentication) {
        if authentication.basic == .forward, authentication.basicUsers.isEmpty {
            add("authentication.basic", "`authentication.basic: forward` needs `authentication.basic_users`: who may")
        }
        if authentication.basic == .deny, !authentication.basicUsers.isEmpty || !authentication.basicGrants.isEmpty {
            add("authentication.basic", "`authentication` has users or grants for Basic, which `basic` denies; set it to `forward`")
        }
    }

    // MARK: Lists

    private mutating func listeners() -> [Settings.Listener] {
        if draft.listeners.isEmpty { add("listeners", "`listeners` must have at least one item") }
        var seen: [String: Int] = [:]
        var names: Set<String> = []
        return draft.listeners.enumerated().map { index, placed in
            var listener = placed.value
            // Several listeners may ask for port 0: each gets one of its own.
            if let other = seen[listener.address], !listener.address.hasSuffix(":0") {
                reader.add(SettingsError(
                    placed.place, "listeners[\(index)].address",
                    "`listeners[\(index)]` has the same address as `listeners[\(other)]`: \(listener.address)"))
            }
            seen[listener.address] = index
            if listener.proxyProtocol != .off, listener.trustedProxies.isEmpty {
                reader.add(SettingsError(
                    placed.place, "listeners[\(index)].proxy_protocol",
                    "`listeners[\(index)].proxy_protocol` needs `trusted_proxies`: from anybody else the client's "
                        + "address would be whatever the client says"))
            }
            for complaint in Self.complaints(listener, index) {
                reader.add(SettingsError(placed.place, "listeners[\(index)].\(complaint.key)", complaint.message))
            }
            placeFiles(in: &listener.tls)
            if listener.name.isEmpty { listener.name = listener.address }
            if listener.name != listener.address, !names.insert(listener.name).inserted {
                reader.add(SettingsError(
                    placed.place, "listeners[\(index)].name", "another listener is called \(quoted(listener.name)) too"))
            }
            return listener
        }
    }

    private mutating func additional() -> [OperationOverride] {
        var overrides: [OperationOverride] = []
        for (index, placed) in draft.additional.enumerated() {
            let item = placed.value
            let setting = "operations.additional[\(index)]"
            // What is missing or wrong in an item has been reported.
            guard let method = item.method, let path = item.path, !item.controller.isEmpty, !item.action.isEmpty else {
                continue
            }
            guard let scope = Scope(controller: item.controller, action: item.action),
                let override = OperationOverride(method: method, template: path, scope: scope)
            else {
                reader.add(SettingsError(
                    placed.place, setting,
                    "`\(setting)`: controller and action are made of a-z, 0-9 and `_`, at most 64 of them"))
                continue
            }
            if overrides.contains(where: { $0.method == method && $0.template == path }) {
                reader.add(SettingsError(placed.place, setting, "`\(setting)` maps \(method.name) \(path) a second time"))
            }
            overrides.append(override)
        }
        return overrides
    }

    private static func place(_ rule: SettingsDraft.AdditionalRule) -> RedactionPlace {
        if !rule.actions.isEmpty {
            return .actions(rule.actions.map { RedactionScope(controller: $0.controller, action: $0.action) })
        }
        return rule.controllers.isEmpty ? .everywhere : .controllers(rule.controllers)
    }

    private mutating func rules() -> [RedactionRule] {
        var rules = RedactionRule.shipped
        for (index, placed) in draft.rules.enumerated() where !placed.value.field.isEmpty {
            let item = placed.value
            let setting = "redaction.rules[\(index)]"
            let rule = RedactionRule(
                field: item.field, place: Self.place(item),
                unlockedBy: item.unlockedBy.map { RedactionScope(controller: $0.controller, action: $0.action) },
                treatment: item.treatment)
            if !item.controllers.isEmpty, !item.actions.isEmpty {
                reader.add(SettingsError(placed.place, setting, "`\(setting)` has both `controllers` and `actions`; choose one"))
            }
            if rules.contains(rule) {
                reader.add(SettingsError(placed.place, setting, "`\(setting)` is there already, as a rule that ships or above"))
            }
            rules.append(rule)
        }
        do { _ = try RedactionRules.compile(rules) } catch {
            switch error {
            case .tooManyRules(let count):
                add("redaction.rules", "\(count) rules are too many; allowed are \(RedactionRules.maximumRules)")
            case .emptyField, .fieldTooLong:
                add("redaction.rules", "a field has 1 to \(RedactionRules.maximumFieldBytes) bytes")
            }
        }
        return rules
    }

    // MARK: Files

    private func placeFiles(in settings: inout Settings) {
        settings.store.path = path(settings.store.path)
        settings.store.pepper = draft.pepper.isEmpty ? settings.store.path + ".pepper" : path(draft.pepper)
        settings.store.masterKeys = draft.masterKeys.isEmpty ? settings.store.path + ".master-keys" : path(draft.masterKeys)
        settings.operations.file = path(settings.operations.file)
        settings.audit.path = path(settings.audit.path)
        if !draft.checkpointKey.isEmpty { settings.audit.checkpoints.keyFile = path(draft.checkpointKey) }
        if !draft.checkpointFile.isEmpty { settings.audit.checkpoints.file = path(draft.checkpointFile) }
        placeFiles(in: &settings.upstream.tls)
        placeFiles(in: &settings.authentication.tokens)
    }

    private func placeFiles(in tls: inout Settings.ListenerTLS) {
        tls.certificates = tls.certificates.map(path)
        tls.keys = tls.keys.map(path)
        if !tls.authorities.isEmpty { tls.authorities = path(tls.authorities) }
        if !tls.revocation.isEmpty { tls.revocation = path(tls.revocation) }
    }

    func placeFiles(in tls: inout Settings.UpstreamTLS) {
        if tls.authorities != Settings.UpstreamTLS.systemAuthorities { tls.authorities = path(tls.authorities) }
        if !tls.revocation.isEmpty { tls.revocation = path(tls.revocation) }
        if !tls.certificate.isEmpty { tls.certificate = path(tls.certificate) }
        if !tls.key.isEmpty { tls.key = path(tls.key) }
    }

    /// Relative paths stand on the folder of the settings file, wherever the gateway is started from.
    func path(_ text: String) -> String {
        guard !text.hasPrefix("/"), let file, let slash = file.lastIndex(of: "/") else { return text }
        return file[...slash] + text
    }

    // MARK: Limits

    private func shareChunkLimits(in settings: inout Settings) {
        let request = settings.limits.request
        settings.limits.response.startLineBytes = request.startLineBytes
        settings.limits.response.connectionOptions = request.connectionOptions
        settings.limits.response.chunkLineBytes = request.chunkLineBytes
        settings.limits.response.chunkExtensionBytes = request.chunkExtensionBytes
        settings.limits.response.trailerCount = request.trailerCount
        settings.limits.response.trailerBytes = request.trailerBytes
    }

    /// A default that is a part of something follows when that is made smaller.
    private func followLimits(in settings: inout Settings) {
        if !isSet("limits.connections_per_client") {
            settings.limits.connectionsPerClient = min(settings.limits.connectionsPerClient, settings.limits.connections)
        }
        if !isSet("audit.group_limit") {
            settings.audit.groupLimit = min(settings.audit.groupLimit, settings.audit.queueLimit)
        }
        followRetention(in: &settings.audit)
    }

    private mutating func checkLimits(_ settings: Settings) {
        let limits = settings.limits
        // Heads are rebuilt in a buffer of the same size, with fields of the gateway's own added.
        let room = limits.buffer - Settings.Limits.rebuiltHeadBytes
        let heads = [
            ("limits.field_bytes", limits.request.headBytes + max(0, limits.target.bytes - limits.request.startLineBytes)),
            ("limits.response_field_bytes", limits.response.headBytes),
        ]
        for (setting, bytes) in heads where bytes > room {
            let culprit = [setting, "limits.request_line", "limits.target", "limits.buffer"].first(where: isSet) ?? setting
            add(culprit, "a head of \(bytes) bytes, as `limits.request_line`, `limits.target` and `\(setting)` allow it, "
                + "does not fit into `limits.buffer` less \(Settings.Limits.rebuiltHeadBytes) bytes for added fields")
        }
        if limits.connectionsPerClient > limits.connections {
            add("limits.connections_per_client",
                "`limits.connections_per_client` (\(limits.connectionsPerClient)) is more than `limits.connections` "
                    + "(\(limits.connections))")
        }
        if settings.audit.groupLimit > settings.audit.queueLimit {
            add("audit.group_limit",
                "`audit.group_limit` (\(settings.audit.groupLimit)) is more than `audit.queue_limit` "
                    + "(\(settings.audit.queueLimit))")
        }
        checkAudit(settings.audit)
        checkPaths(settings)
    }

    private mutating func checkPaths(_ settings: Settings) {
        let paths = [
            ("operations.file", settings.operations.file), ("store.path", settings.store.path),
            ("store.pepper", settings.store.pepper), ("store.master_keys", settings.store.masterKeys),
            ("audit.path", settings.audit.path),
        ] + auditPaths(settings.audit)
        for (index, first) in paths.enumerated() {
            for second in paths[..<index] where first.1 == second.1 {
                let culprit = isSet(first.0) ? first.0 : second.0
                add(culprit, "`\(second.0)` and `\(first.0)` are the same file: \(quoted(first.1))")
            }
        }
    }
}
