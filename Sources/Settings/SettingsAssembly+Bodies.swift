import AccessControl

extension SettingsAssembly {
    /// The limits of single operations' bodies.
    mutating func bodies() -> [Settings.ScopedBody] {
        var bodies: [Settings.ScopedBody] = []
        for (index, placed) in draft.bodies.enumerated() {
            let setting = "limits.bodies[\(index)]"
            // What is missing or wrong in an item has been reported.
            guard let scope = placed.value.scope else { continue }
            if bodies.contains(where: { $0.scope == scope }) {
                reader.add(SettingsError(placed.place, setting, "`\(setting)` limits the bodies of \(scope) a second time"))
            }
            bodies.append(Settings.ScopedBody(scope: scope, bytes: placed.value.bytes))
        }
        return bodies
    }
}
