extension SettingReader {
    /// Reads every variable that starts with `NODEGATE_`; one that the settings name, such as the credential's, is known.
    mutating func environment(_ environment: [String: String], into draft: inout SettingsDraft) {
        var unknown: [String] = []
        let named = environment.filter { $0.key.hasPrefix(SettingIndex.variablePrefix) }
        for (name, text) in named.sorted(by: { $0.key < $1.key }) {
            guard let leaf = SettingIndex.leaf(ofVariable: name) else {
                if !KnownVariables.isReserved(name, text) { unknown.append(name) }
                continue
            }
            switch leaf.entry.content {
            case .value(let value): self.value(text, at: .variable(name), leaf.setting, value, into: &draft)
            case .list(let list): list.read(.variable(name, text: text), leaf.setting, &self, &draft)
            case .section: continue
            }
        }
        for name in unknown where name != draft.credentialVariable { add(unknownVariable(name)) }
    }

    private func unknownVariable(_ name: String) -> SettingsError {
        let meant = Spelling.nearest(to: name, among: SettingIndex.leaves.map(\.variable))
        let advice = meant == nil ? "; `NODEGATE_UPSTREAM_URL` is `upstream.url`, and so on" : ""
        return SettingsError(.variable(name), "", "this variable stands for no setting" + advice, suggestion: meant)
    }
}

/// Variables with the product's prefix that are no settings.
enum KnownVariables {
    /// Of the command line.
    private static let commands: Set<String> = ["NODEGATE_CONFIG"]

    static func isReserved(_ name: String, _ value: String) -> Bool {
        commands.contains(name) || name.hasPrefix("NODEGATE_TEST_") || isServiceLink(name, value)
    }

    /// Docker and Kubernetes set NODEGATE_SERVICE_HOST, NODEGATE_PORT=tcp://..., NODEGATE_PORT_8080_TCP_ADDR and the
    /// like in every container beside a service that is called nodegate.
    private static func isServiceLink(_ name: String, _ value: String) -> Bool {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        for (word, next) in zip(words, words.dropFirst()) {
            if word == "SERVICE", next == "HOST" || next == "PORT" { return true }
            if word == "PORT", !next.isEmpty, next.allSatisfy(\.isNumber) { return true }
        }
        return words.last == "PORT" && ["tcp://", "udp://", "sctp://"].contains { value.hasPrefix($0) }
    }
}
