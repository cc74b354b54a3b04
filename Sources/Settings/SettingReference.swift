/// The settings described: for `nodegate check --describe`, and as the file that ships.
package enum SettingReference {
    /// One setting, or one key of a list's items.
    package struct Row: Sendable, Equatable, Encodable {
        /// `upstream.url`, `listeners[].address`.
        package let setting: String
        package let meaning: String
        /// What may stand behind it.
        package let allowed: String
        /// As it would stand in the file; nil where it must be set.
        package let standard: String?
        /// The environment variable that overrides it; nil for keys of items.
        package let variable: String?
    }

    /// Every setting, in the order of the file that ships.
    package static var rows: [Row] {
        let blank = SettingsDraft()
        return SettingIndex.leaves.flatMap { leaf -> [Row] in
            switch leaf.entry.content {
            case .section: return []
            case .value(let value):
                return [Row(
                    setting: leaf.setting, meaning: leaf.entry.meaning, allowed: value.allowed,
                    standard: value.isRequired ? nil : value.text(blank), variable: leaf.variable)]
            case .list(let list):
                let whole = Row(
                    setting: leaf.setting, meaning: leaf.entry.meaning, allowed: "a list of items",
                    standard: flow(list.text(blank)), variable: leaf.variable)
                return [whole] + list.items.map { item in
                    Row(
                        setting: "\(leaf.setting)[].\(item.key)", meaning: item.meaning, allowed: item.allowed,
                        standard: item.isRequired ? nil : item.standard, variable: nil)
                }
            }
        }
    }

    /// Every setting as it would stand in the file when nothing was said of it, lists on one line.
    package static var defaults: [String: String] { texts(SettingsDraft()) }

    /// Every setting of a draft as it would stand in the file, lists on one line.
    static func texts(_ draft: SettingsDraft) -> [String: String] {
        var texts: [String: String] = [:]
        for leaf in SettingIndex.leaves {
            switch leaf.entry.content {
            case .section: break
            case .value(let value): texts[leaf.setting] = value.text(draft)
            case .list(let list): texts[leaf.setting] = flow(list.text(draft))
            }
        }
        return texts
    }

    /// All of it as text for a terminal.
    package static var text: String {
        rows.map { row in
            var lines = [row.setting]
            lines += wrapped(row.meaning, width: 100).map { "    " + $0 }
            lines += wrapped("Allowed: \(row.allowed).", width: 100).map { "    " + $0 }
            lines.append("    " + (row.standard.map { "Default: \($0)" } ?? "Must be set."))
            if let variable = row.variable { lines.append("    Environment: \(variable)") }
            return lines.joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }

    /// Items on one line: `[{address: 127.0.0.1:8080}]`.
    private static func flow(_ items: [[(key: String, text: String)]]) -> String {
        let texts = items.map { item in "{" + item.map { "\($0.key): \($0.text)" }.joined(separator: ", ") + "}" }
        return "[" + texts.joined(separator: ", ") + "]"
    }

    /// Words in lines of at most `width` characters.
    static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: { $0 == " " || $0.isNewline }) {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }
}
