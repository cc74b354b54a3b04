/// Where a setting was written.
package enum SettingPlace: Hashable, Sendable {
    /// Line and column count from 1; the column counts characters (Unicode scalars).
    case file(String, line: Int, column: Int)
    /// An environment variable.
    case variable(String)
    /// Nowhere: a default, or the file as a whole.
    case nowhere

    package var description: String {
        switch self {
        case .file(let name, let line, let column): "\(name):\(line):\(column)"
        case .variable(let name): name
        case .nowhere: ""
        }
    }
}

/// One thing that is wrong with the settings. Never holds a secret.
package struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    package let place: SettingPlace
    /// The setting, `upstream.url`; empty where the error belongs to none.
    package let setting: String
    /// What is wrong and what is allowed, the setting's name included: one sentence without a final full stop.
    package let message: String
    /// What was probably meant.
    package let suggestion: String?

    init(_ place: SettingPlace, _ setting: String, _ message: String, suggestion: String? = nil) {
        self.place = place
        self.setting = setting
        self.message = message
        self.suggestion = suggestion
    }

    /// `nodegate.yaml:3:5: message; did you mean `upstream.url`?`
    package var description: String {
        let start = place == .nowhere ? "" : "\(place.description): "
        return start + message + (suggestion.map { "; did you mean `\($0)`?" } ?? "")
    }
}

extension SettingsError: Encodable {
    private enum CodingKeys: String, CodingKey { case file, line, column, variable, setting, message, suggestion }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch place {
        case .file(let name, let line, let column):
            try container.encode(name, forKey: .file)
            try container.encode(line, forKey: .line)
            try container.encode(column, forKey: .column)
        case .variable(let name): try container.encode(name, forKey: .variable)
        case .nowhere: break
        }
        if !setting.isEmpty { try container.encode(setting, forKey: .setting) }
        try container.encode(message, forKey: .message)
        try container.encodeIfPresent(suggestion, forKey: .suggestion)
    }
}

/// All that is wrong with the settings, in the order of the file, the environment last.
package struct SettingsErrors: Error, Equatable, Sendable, CustomStringConvertible, Encodable {
    package let errors: [SettingsError]

    package init(_ errors: [SettingsError]) { self.errors = errors }

    /// One line per error.
    package var description: String { errors.map(\.description).joined(separator: "\n") }

    /// `{"errors": [...]}`, keys in alphabetical order.
    package var json: String { sortedJSON }
}

/// Where the values of settings come from, by setting: `upstream.url`. What is not in it is a default.
package struct SettingOrigins: Sendable {
    package internal(set) var places: [String: SettingPlace] = [:]

    package init() {}

    /// The place of a setting, or of the nearest section around it that was written.
    func place(of setting: String) -> SettingPlace {
        var name = Substring(setting)
        while !name.isEmpty {
            if let place = places[String(name)] { return place }
            name = name[..<(name.lastIndex(of: ".") ?? name.startIndex)]
        }
        return .nowhere
    }
}
