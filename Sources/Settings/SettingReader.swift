/// Reads nodes and variables by the table, and keeps all that is wrong.
struct SettingReader {
    private(set) var errors: [SettingsError] = []
    private(set) var origins = SettingOrigins()

    /// More than anybody reads at once; a file with more is not a settings file.
    private static let errorLimit = 100

    private var isFull: Bool { errors.count > Self.errorLimit }

    /// Keeps an error; the first one beyond the limit only says that there are more.
    mutating func add(_ error: SettingsError) {
        guard !isFull else { return }
        let isLast = errors.count == Self.errorLimit
        errors.append(isLast ? SettingsError(.nowhere, "", "and more: only \(Self.errorLimit) errors are shown") : error)
    }

    mutating func add(_ new: [SettingsError]) { for error in new { add(error) } }

    /// Reads a section and everything in it.
    mutating func section<Root>(
        _ node: SettingNode, _ setting: String, _ entries: [SettingEntry<Root>], into root: inout Root
    ) {
        switch node.content {
        // A section whose keys are all commented out.
        case .nothing: return
        case .value, .list:
            let allowed = entries.map { "`\($0.key)`" }.joined(separator: ", ")
            add(SettingsError(
                node.place, setting,
                "\(setting.isEmpty ? "the file" : "`\(setting)`") must have keys (\(allowed)), not \(node.content.kind)"))
        case .mapping(let members):
            for member in members where !isFull {
                let name = setting.isEmpty ? member.key : "\(setting).\(member.key)"
                guard let entry = entries.first(where: { $0.key == member.key }) else {
                    add(unknown(member, setting, entries.map(\.key)))
                    continue
                }
                origins.places[name] = member.place
                read(member.value, name, entry, into: &root)
            }
        }
    }

    private mutating func read<Root>(
        _ node: SettingNode, _ setting: String, _ entry: SettingEntry<Root>, into root: inout Root
    ) {
        switch entry.content {
        case .section(let entries): section(node, setting, entries, into: &root)
        case .list(let list): list.read(.node(node), setting, &self, &root)
        case .value(let value): self.value(node, setting, value, into: &root)
        }
    }

    // MARK: Values

    private mutating func value<Root>(
        _ node: SettingNode, _ setting: String, _ value: SettingValue<Root>, into root: inout Root
    ) {
        switch node.content {
        case .value(let text): self.value(text, at: node.place, setting, value, into: &root)
        case .list(let items) where value.takesSequence:
            let texts = items.map { item -> String? in
                if case .value(let text) = item.content, !text.contains(where: { $0 == "," }) { text } else { nil }
            }
            guard let wrong = texts.firstIndex(of: nil) else {
                return self.value(texts.compactMap(\.self).joined(separator: ","), at: node.place, setting, value, into: &root)
            }
            add(SettingsError(items[wrong].place, setting, "`\(setting)` must be \(value.allowed)"))
        case .nothing:
            add(SettingsError(
                node.place, setting, "`\(setting)` has no value; allowed is \(value.allowed)"))
        case .list, .mapping:
            add(SettingsError(
                node.place, setting, "`\(setting)` must be \(value.allowed), not \(node.content.kind)"))
        }
    }

    /// Reads the text of one value.
    mutating func value<Root>(
        _ text: String, at place: SettingPlace, _ setting: String, _ value: SettingValue<Root>, into root: inout Root
    ) {
        origins.places[setting] = place
        do throws(ValueRefusal) { try value.read(text, &root) } catch {
            add(SettingsError(place, setting, "`\(setting)`: \(error.message)", suggestion: error.suggestion))
        }
    }

    // MARK: Lists

    /// What a list of items is made of.
    struct ListShape<Item: Sendable> {
        let limit: Int
        let blank: Item
        let shorthand: String?
        let entries: [SettingEntry<Item>]
    }

    /// Nil, with errors, where there is no list to speak of.
    mutating func items<Item>(_ source: SettingSource, _ setting: String, _ shape: ListShape<Item>) -> [Placed<Item>]? {
        let node: SettingNode
        switch source {
        case .node(let written): node = written
        case .variable(let name, let text):
            let place = SettingPlace.variable(name)
            origins.places[setting] = place
            guard let read = listNode(text, place, setting, hasShorthand: shape.shorthand != nil) else { return nil }
            node = read
        }
        let nodes: [SettingNode]
        switch node.content {
        case .nothing: nodes = []
        case .list(let written): nodes = written
        case .value, .mapping:
            add(SettingsError(
                node.place, setting, "`\(setting)` must be a list (items start with `- `), not \(node.content.kind)"))
            return nil
        }
        guard nodes.count <= shape.limit else {
            add(SettingsError(
                node.place, setting, "`\(setting)` has \(nodes.count) items; allowed are at most \(shape.limit)"))
            return nil
        }
        return nodes.enumerated().map { index, node in item(node, "\(setting)[\(index)]", shape) }
    }

    private mutating func item<Item>(_ node: SettingNode, _ setting: String, _ shape: ListShape<Item>) -> Placed<Item> {
        var item = shape.blank
        var node = node
        if let shorthand = shape.shorthand, case .value = node.content {
            let member = SettingNode.Member(key: shorthand, place: node.place, value: node)
            node = SettingNode(content: .mapping([member]), place: node.place)
        }
        if case .nothing = node.content {
            add(SettingsError(node.place, setting, "`\(setting)` is empty; remove it or give it keys"))
        } else {
            section(node, setting, shape.entries, into: &item)
        }
        if case .mapping(let members) = node.content {
            for entry in shape.entries where !members.contains(where: { $0.key == entry.key }) {
                guard case .value(let value) = entry.content, value.isRequired else { continue }
                add(SettingsError(
                    node.place, "\(setting).\(entry.key)",
                    "`\(setting)` lacks `\(entry.key)`: \(value.allowed)"))
            }
        }
        return Placed(value: item, place: node.place)
    }

    /// A variable's value as a list: YAML or JSON in brackets, or addresses separated by commas.
    private mutating func listNode(
        _ text: String, _ place: SettingPlace, _ setting: String, hasShorthand: Bool
    ) -> SettingNode? {
        let compact = text.filter { $0 != " " }
        if compact.hasPrefix("[{") || compact == "[]" || compact.hasPrefix("[\"") {
            var found: [SettingsError] = []
            let root = SettingNodeBuilder.root(text, place: { _ in place }, errors: &found)
            add(found)
            return root
        }
        guard hasShorthand else {
            add(SettingsError(
                place, setting, "`\(setting)` must be a list in YAML or JSON, such as `[{...}]`, or `[]`"))
            return nil
        }
        let items = compact.split(separator: ",").map { SettingNode(content: .value(String($0)), place: place) }
        return SettingNode(content: .list(items), place: place)
    }

    // MARK: Unknown keys

    private func unknown(_ member: SettingNode.Member, _ setting: String, _ siblings: [String]) -> SettingsError {
        let name = setting.isEmpty ? member.key : "\(setting).\(member.key)"
        let start = "\(quoted(name)) is not a setting"
        if let sibling = Spelling.nearest(to: member.key, among: siblings) {
            let meant = setting.isEmpty ? sibling : "\(setting).\(sibling)"
            return SettingsError(member.place, name, start, suggestion: meant)
        }
        if let elsewhere = SettingIndex.settings(endingIn: member.key), !setting.contains("[") {
            return SettingsError(member.place, name, start, suggestion: elsewhere)
        }
        let allowed = siblings.map { "`\($0)`" }.joined(separator: ", ")
        let whole = setting.isEmpty ? "the file" : "`\(setting)`"
        return SettingsError(member.place, name, "\(start); \(whole) has \(allowed)")
    }
}
