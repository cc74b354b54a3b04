import Foundation
import GatewayTesting

/// One call of `nodegate` in the manual, as words; and the grammar that the program says of itself.
struct DocumentedCommand {
    let words: [String]

    /// Every call in a line of shell: at its start, behind `sudo -u USER`, behind `$(`.
    static func all(in line: String) -> [DocumentedCommand] {
        let words = ShellWords.split(line)
        var calls: [DocumentedCommand] = []
        for (index, word) in words.enumerated() where word == "nodegate" {
            let before = index == 0 ? "" : words[index - 1]
            guard index == 0 || [";", "|", "(", "&&"].contains(before) || (index >= 3 && words[index - 3] == "sudo") else {
                continue
            }
            let rest = words[(index + 1)...].prefix { ![";", "|", ")", ">", "<", "&&"].contains($0) }
            calls.append(DocumentedCommand(words: Array(rest)))
        }
        return calls
    }
}

/// A line of shell as words. Quotes are taken off; what ends a command is a word of its own.
enum ShellWords {
    static func split(_ line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        func end() {
            if let whole = word { words.append(whole) }
            word = nil
        }
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == " " {
                end()
            } else if ";|()<>".contains(character) {
                end()
                words.append(String(character))
            } else {
                word = (word ?? "") + String(character)
            }
        }
        end()
        return words
    }
}

/// The program's own description of its commands.
struct CommandGrammar: Decodable {
    struct Argument: Decodable {
        struct Name: Decodable {
            let kind, name: String

            var text: String { (kind == "short" ? "-" : "--") + name }
        }

        let kind: String
        let names: [Name]?
        let isOptional, isRepeating: Bool
        let allValues: [String]?

        func accepts(_ value: String) -> Bool {
            allValues.map { $0.contains(value) } ?? true
        }
    }

    let commandName: String
    let subcommands: [CommandGrammar]?
    let arguments: [Argument]?

    static func read() throws -> CommandGrammar {
        struct Dump: Decodable { let command: CommandGrammar }
        let result = try Command.run("--experimental-dump-help")
        return try JSONDecoder().decode(Dump.self, from: Data(result.output.utf8)).command
    }

    /// The commands that do something, by their words: `keys create`.
    var leaves: [String] {
        (subcommands ?? []).filter { $0.commandName != "help" }.flatMap { command in
            let inner = command.leaves
            return inner.isEmpty ? [command.commandName] : inner.map { "\(command.commandName) \($0)" }
        }
    }

    /// What is wrong with a call; nil when it is one that the program takes.
    func fault(of words: [String]) -> String? {
        let commands = subcommands ?? []
        guard !commands.isEmpty else { return argumentFault(of: words) }
        guard let word = words.first else { return nil }
        if let command = commands.first(where: { $0.commandName == word }) { return command.fault(of: Array(words.dropFirst())) }
        return word.hasPrefix("-") ? argumentFault(of: words) : "there is no command '\(word)'"
    }

    private func argumentFault(of words: [String]) -> String? {
        let arguments = self.arguments ?? []
        var values: [String] = []
        var given: Set<String> = []
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            guard word.hasPrefix("-"), word != "-" else {
                values.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            let found = arguments.first { $0.names?.contains { $0.text == parts[0] } ?? false }
            guard let found, let name = found.names?.first?.text else { return "there is no option '\(parts[0])'" }
            given.insert(name)
            guard found.kind == "option" else { continue }
            if parts.count == 1 { index += 1 }
            guard index <= words.count else { return "'\(word)' has no value" }
            let value = parts.count == 2 ? parts[1] : words[index - 1]
            guard found.accepts(value) else { return "'\(value)' is no value of '\(parts[0])'" }
        }
        return missing(arguments, values, given)
    }

    private func missing(_ arguments: [Argument], _ values: [String], _ given: Set<String>) -> String? {
        let places = arguments.filter { $0.kind == "positional" }
        let isOpen = places.contains(where: \.isRepeating)
        guard values.count >= places.filter({ !$0.isOptional }).count else { return "an argument is missing" }
        guard isOpen || values.count <= places.count else { return "'\(values[places.count])' is one argument too many" }
        for (place, value) in zip(places, values) where !place.accepts(value) { return "'\(value)' is not taken" }
        let needed = arguments.filter { $0.kind == "option" && !$0.isOptional }.compactMap { $0.names?.first?.text }
        return needed.first { !given.contains($0) }.map { "'\($0)' is missing" }
    }
}
