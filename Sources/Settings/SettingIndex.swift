/// Settings by name, and by the name of their environment variable.
enum SettingIndex {
    /// A setting that has a value of its own: no section, no key of an item.
    struct Leaf: Sendable {
        let setting: String
        let entry: SettingTable.Entry
        let variable: String
    }

    static let leaves: [Leaf] = collect(SettingTable.entries, "")

    private static let byVariable = Dictionary(leaves.map { ($0.variable, $0) }) { first, _ in first }

    static let variablePrefix = "NODEGATE_"

    static func leaf(ofVariable name: String) -> Leaf? { byVariable[name] }

    /// The one setting whose last word is (nearly) `key`; nil when there are none or several.
    static func settings(endingIn key: String) -> String? {
        let nearest = Spelling.nearest(to: key, among: leaves.map { lastWord($0.setting) })
        let found = leaves.filter { lastWord($0.setting) == nearest }
        return found.count == 1 ? found.first?.setting : nil
    }

    private static func lastWord(_ setting: String) -> String {
        setting.split(separator: ".").last.map(String.init) ?? setting
    }

    private static func collect(_ entries: [SettingTable.Entry], _ section: String) -> [Leaf] {
        entries.flatMap { entry in
            let setting = section.isEmpty ? entry.key : "\(section).\(entry.key)"
            switch entry.content {
            case .section(let inner): return collect(inner, setting)
            case .value, .list:
                let variable = variablePrefix + setting.uppercased().replacing(".", with: "_")
                return [Leaf(setting: setting, entry: entry, variable: variable)]
            }
        }
    }
}
