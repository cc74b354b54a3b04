/// One key of the settings file: what it is called, what it means, what may stand behind it.
///
/// The reader, the names of environment variables, the reference and the file that ships are all made from these.
/// `Root` is what the values are written into.
struct SettingEntry<Root: Sendable>: Sendable {
    enum Content: Sendable {
        case value(SettingValue<Root>)
        case section([SettingEntry<Root>])
        case list(SettingList<Root>)
    }

    let key: String
    /// Sentences for the reference and the comments of the file that ships.
    let meaning: String
    let content: Content
}

/// A single value.
struct SettingValue<Root: Sendable>: Sendable {
    /// What is allowed.
    let allowed: String
    /// Without it there are no settings.
    let isRequired: Bool
    /// What stands in an example where there is no default.
    let example: String
    let read: @Sendable (_ text: String, _ root: inout Root) throws(ValueRefusal) -> Void
    /// The value in a root as it would stand in the file.
    let text: @Sendable (_ root: Root) -> String
    /// A YAML list of plain values is read as their texts joined by commas.
    let takesSequence: Bool
}

/// A list of items, each with keys of its own.
struct SettingList<Root: Sendable>: Sendable {
    /// The keys of an item, for the reference.
    let items: [SettingItemKey]
    /// An item that is a plain value is the value of this key.
    let shorthand: String?
    let read: @Sendable (_ source: SettingSource, _ setting: String, _ reader: inout SettingReader, _ root: inout Root) -> Void
    /// Items as they would stand in the file, key and value; as many as the list has by default.
    let text: @Sendable (_ root: Root) -> [[(key: String, text: String)]]
}

/// One key of a list's items, as the reference shows it.
struct SettingItemKey: Sendable {
    let key, meaning, allowed, standard: String
    let isRequired: Bool
    let example: String
}

/// Where a list is read from.
enum SettingSource {
    /// A node of the file.
    case node(SettingNode)
    /// The value of an environment variable.
    case variable(String, text: String)
}

extension SettingEntry {
    static func value<Value>(
        _ key: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ form: SettingForm<Value>,
        required example: String? = nil, takesSequence: Bool = false, _ meaning: String
    ) -> SettingEntry {
        SettingEntry(key: key, meaning: meaning, content: .value(SettingValue(
            allowed: form.allowed, isRequired: example != nil, example: example ?? "",
            read: { text, root throws(ValueRefusal) in root[keyPath: path] = try form.read(text) },
            text: { form.text($0[keyPath: path]) }, takesSequence: takesSequence)))
    }

    static func section(_ key: String, _ meaning: String, _ entries: [SettingEntry]) -> SettingEntry {
        SettingEntry(key: key, meaning: meaning, content: .section(entries))
    }

    /// - Parameters:
    ///   - limit: Items at most.
    ///   - blank: An item before its keys are read.
    ///   - shorthand: An item that is no mapping is the value of this key.
    static func list<Item: Sendable>(
        _ key: String, _ path: any WritableKeyPath<Root, [Placed<Item>]> & Sendable, atMost limit: Int,
        blank: Item, shorthand: String? = nil, _ entries: [SettingEntry<Item>], _ meaning: String
    ) -> SettingEntry {
        SettingEntry(key: key, meaning: meaning, content: .list(SettingList(
            items: entries.compactMap { $0.itemKey(blank) }, shorthand: shorthand,
            read: { source, setting, reader, root in
                let shape = SettingReader.ListShape(limit: limit, blank: blank, shorthand: shorthand, entries: entries)
                if let items = reader.items(source, setting, shape) { root[keyPath: path] = items }
            },
            text: { root in
                root[keyPath: path].map { item in
                    entries.compactMap { entry in
                        guard case .value(let value) = entry.content else { return nil }
                        return (entry.key, value.text(item.value))
                    }
                }
            })))
    }

    private func itemKey(_ blank: Root) -> SettingItemKey? {
        guard case .value(let value) = content else { return nil }
        return SettingItemKey(
            key: key, meaning: meaning, allowed: value.allowed, standard: value.text(blank),
            isRequired: value.isRequired, example: value.example)
    }
}

/// An item of a list and where it was written.
struct Placed<Value: Sendable>: Sendable {
    var value: Value
    var place: SettingPlace
}
