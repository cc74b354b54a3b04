extension SettingReference {
    /// The file that ships: every setting with its meaning and its default.
    ///
    /// - Parameter values: Values by setting, in place of the defaults. A setting without a default that is not given
    ///   stays a comment.
    package static func file(values: [String: String] = [:]) -> String {
        var lines = wrapped(
            """
            Settings of nodegate. Every setting is here with its default; those without one are commented out and must \
            be set. Relative paths stand on the folder of this file. Durations have a unit (250ms, 30s, 5m, 2h), sizes \
            too (512B, 64KiB, 1MiB). Each setting can be overridden by the environment: upstream.connect_timeout by \
            NODEGATE_UPSTREAM_CONNECT_TIMEOUT. Check a changed file with: nodegate check --config FILE
            """, width: 96).map { "# " + $0 }
        write(SettingTable.entries, section: "", indent: 0, values: values, to: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func write(
        _ entries: [SettingTable.Entry], section: String, indent: Int, values: [String: String], to lines: inout [String]
    ) {
        let blank = SettingsDraft()
        let margin = String(repeating: " ", count: indent)
        for (index, entry) in entries.enumerated() {
            let setting = section.isEmpty ? entry.key : "\(section).\(entry.key)"
            if index > 0 || section.isEmpty { lines.append("") }
            switch entry.content {
            case .section(let inner):
                lines += comment(entry.meaning, margin)
                lines.append("\(margin)\(entry.key):")
                write(inner, section: setting, indent: indent + 2, values: values, to: &lines)
            case .value(let value):
                lines += comment("\(entry.meaning) Allowed: \(value.allowed).", margin)
                if let given = values[setting] {
                    lines.append("\(margin)\(entry.key): \(SettingForm<String>.yamlText(given))")
                } else if !value.isRequired {
                    lines.append("\(margin)\(entry.key): \(value.text(blank))")
                } else {
                    lines.append("\(margin)# \(entry.key): \(value.example)")
                }
            case .list(let list):
                lines += comment(entry.meaning, margin)
                let items = list.text(blank)
                lines.append("\(margin)\(entry.key):" + (items.isEmpty ? " []" : ""))
                for item in items { write(item, of: list, margin + "  ", to: &lines) }
                if items.isEmpty { writeExample(of: list, margin, to: &lines) }
            }
        }
    }

    private static func write<Root>(
        _ item: [(key: String, text: String)], of list: SettingList<Root>, _ margin: String, to lines: inout [String]
    ) {
        for (index, value) in item.enumerated() {
            guard let key = list.items.first(where: { $0.key == value.key }) else { continue }
            let text = comment("\(key.meaning) Allowed: \(key.allowed).", margin + "  ")
            lines += index == 0 ? text.map { margin + $0.dropFirst(margin.count + 2) } : text
            lines.append("\(margin)\(index == 0 ? "- " : "  ")\(value.key): \(value.text)")
        }
    }

    /// An item as a comment, its keys explained.
    private static func writeExample<Root>(of list: SettingList<Root>, _ margin: String, to lines: inout [String]) {
        lines += comment("An item:", margin)
        for (index, key) in list.items.enumerated() {
            lines += wrapped("\(key.meaning) Allowed: \(key.allowed).", width: 84).map { "\(margin)#     # \($0)" }
            let value = key.isRequired ? SettingForm<String>.yamlText(key.example) : key.standard
            lines.append("\(margin)#   \(index == 0 ? "- " : "  ")\(key.key): \(value)")
        }
    }

    private static func comment(_ text: String, _ margin: String) -> [String] {
        wrapped(text, width: 98 - margin.count - 2).map { "\(margin)# \($0)" }
    }
}
