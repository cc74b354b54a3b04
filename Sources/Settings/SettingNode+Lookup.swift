extension SettingNode {
    /// The value of a key; nil where there is none, or no mapping.
    subscript(key: String) -> SettingNode? { members.first { $0.key == key }?.value }

    /// The keys of a mapping; none of anything else.
    var members: [Member] {
        if case .mapping(let members) = content { members } else { [] }
    }

    /// The items of a list; none of anything else.
    var items: [SettingNode] {
        if case .list(let items) = content { items } else { [] }
    }

    /// A single value.
    var text: String? {
        if case .value(let text) = content { text } else { nil }
    }

    /// How many references may lead to one another.
    private static let referenceLimit = 8

    /// Follows `$ref: '#/components/...'` of a node below this root; nil where it leads nowhere, outside, or in circles.
    func resolving(_ node: SettingNode?) -> SettingNode? {
        var node = node
        for _ in 0..<Self.referenceLimit {
            guard let reference = node?["$ref"]?.text else { return node }
            guard reference.hasPrefix("#/") else { return nil }
            let parts = reference.dropFirst(2).split(separator: "/", omittingEmptySubsequences: false)
            node = parts.reduce(self) { (node: SettingNode?, part) in
                // RFC 6901 section 4: ~1 stands for a slash, ~0 for a tilde.
                node?[String(part.replacing("~1", with: "/").replacing("~0", with: "~"))]
            }
        }
        return nil
    }
}
