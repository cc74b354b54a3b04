import Yams

/// A node of the settings file with its place; what the reader needs of YAML, and nothing else.
struct SettingNode {
    struct Member {
        let key: String
        let place: SettingPlace
        let value: SettingNode
    }

    enum Content {
        /// `key:` with nothing behind it, `~` or `null`.
        case nothing
        case value(String)
        case list([SettingNode])
        case mapping([Member])

        /// For messages.
        var kind: String {
            switch self {
            case .nothing: "nothing"
            case .value: "a single value"
            case .list: "a list"
            case .mapping: "a section with keys of its own"
            }
        }
    }

    let content: Content
    let place: SettingPlace
}

/// Makes `SettingNode`s of Yams' nodes, and collects what is wrong with keys and tags on the way.
struct SettingNodeBuilder {
    /// The place of a position: in a file, or always the same variable.
    let place: (TextPosition) -> SettingPlace
    let renamedKeys: [TextPosition: String]
    private(set) var errors: [SettingsError] = []

    init(renamedKeys: [TextPosition: String], place: @escaping (TextPosition) -> SettingPlace) {
        self.renamedKeys = renamedKeys
        self.place = place
    }

    /// The root of a text; nil, with errors, when it is not YAML.
    static func root(
        _ text: String, place: @escaping (TextPosition) -> SettingPlace, errors: inout [SettingsError]
    ) -> SettingNode? {
        do throws(TextProblem) {
            let document = try YAMLText.compose(text)
            var builder = SettingNodeBuilder(renamedKeys: document.renamedKeys, place: place)
            let root = document.root.map { builder.node($0) } ?? SettingNode(content: .nothing, place: .nowhere)
            errors += builder.errors
            return root
        } catch {
            errors.append(SettingsError(place(error.position), "", error.message))
            return nil
        }
    }

    private mutating func node(_ node: Node) -> SettingNode {
        let position = Self.position(node)
        checkTag(node, at: position)
        switch node {
        case .scalar(let scalar):
            let isNothing = scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
            return SettingNode(content: isNothing ? .nothing : .value(scalar.string), place: place(position))
        case .sequence(let sequence):
            return SettingNode(content: .list(sequence.map { self.node($0) }), place: place(position))
        case .mapping(let mapping):
            return SettingNode(content: .mapping(members(mapping)), place: place(position))
        case .alias: return SettingNode(content: .nothing, place: place(position))
        }
    }

    private mutating func members(_ mapping: Node.Mapping) -> [SettingNode.Member] {
        var members: [SettingNode.Member] = []
        var first: [String: TextPosition] = [:]
        for (key, value) in mapping {
            let position = Self.position(key)
            guard case .scalar(let scalar) = key else {
                errors.append(SettingsError(place(position), "", "a key must be a plain word"))
                continue
            }
            let name = renamedKeys[position] ?? scalar.string
            if let earlier = first[name] {
                errors.append(SettingsError(
                    place(position), "", "`\(name)` is set a second time; the first is on line \(earlier.line)"))
                continue
            }
            first[name] = position
            members.append(SettingNode.Member(key: name, place: place(position), value: node(value)))
        }
        return members
    }

    private mutating func checkTag(_ node: Node, at position: TextPosition) {
        // Without a rule to resolve by, a tag is what the text says: nothing, or one of YAML's own.
        let tag = node.tag.description
        if tag.hasPrefix("!") {
            errors.append(SettingsError(place(position), "", "the tag `\(tag.prefix(40))` is not read; write the value itself"))
        }
    }

    private static func position(_ node: Node) -> TextPosition {
        node.mark.map { TextPosition(line: $0.line, column: $0.column) } ?? .start
    }
}
