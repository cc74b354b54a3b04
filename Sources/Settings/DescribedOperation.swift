import AccessControl
import HTTPWire

/// One operation of an OpenAPI description, not yet judged.
struct DescribedOperation {
    let root: SettingNode
    let method: Method
    let path: String
    /// Parameters that the path gives to each of its operations.
    let shared: [SettingNode]
    let node: SettingNode
    /// The description lists query parameters, so that one which is not listed does not exist.
    let listsQueries: Bool

    /// Why an operation cannot be in a table.
    struct Refusal: Error { let reason: String }

    /// - Parameter isSensitive: The gateway's own judgement on an operation id and a scope.
    func operation(
        _ remarks: inout [String], isSensitive: (String, Scope?) -> Bool
    ) throws(Refusal) -> Operation {
        guard let template = PathTemplate(path) else {
            throw Refusal(reason: "its path is not made of plain segments and {parameters}")
        }
        let id = node["operationId"]?.text ?? "\(method.name) \(path)"
        // A cell of the table can hold neither a comma nor a quote, nor blanks at its ends.
        let isCell = id.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x2C && $0 != 0x22 }
        guard isCell, (1...128).contains(id.utf8.count), id.first != " ", id.last != " " else {
            throw Refusal(reason: "its operationId holds characters that no table can hold")
        }
        let text = node["description"]?.text ?? ""
        let scope = scope(.required, in: text, &remarks)
        let explicit = self.scope(.explicit, in: text, &remarks)
        let operation = Operation(
            method: method, template: template, id: id, scope: scope, explicitScope: explicit,
            isSensitive: isSensitive(id, scope), request: requestKinds(&remarks), response: responseKinds,
            identifiers: identifiers(template), query: listsQueries ? query(&remarks) : nil)
        guard let operation else { throw Refusal(reason: "its parameters do not fit its path") }
        return operation
    }

    // MARK: Scopes

    private func scope(_ label: ScopeLabel, in text: String, _ remarks: inout [String]) -> Scope? {
        switch label.read(text) {
        case .absent: return nil
        case .stated(let scope): return scope
        // Nothing is guessed: without a scope no key may run it.
        case .unreadable:
            remarks.append("its line `\(label.rawValue)` cannot be read, so it counts as not stated")
        case .contradictory:
            remarks.append("its lines `\(label.rawValue)` contradict each other, so none counts")
        }
        return nil
    }

    // MARK: Content

    private func requestKinds(_ remarks: inout [String]) -> MediaKinds {
        var kinds: MediaKinds = []
        for type in mediaTypes(of: node["requestBody"]) {
            switch type {
            case "application/json": kinds.insert(.json)
            case "multipart/form-data": kinds.insert(.multipart)
            case "application/octet-stream": kinds.insert(.octetStream)
            default: remarks.append("bodies of the type \(quoted(type)) will be refused")
            }
        }
        return kinds
    }

    /// Errors are JSON, so every operation answers with it; a file comes on top.
    private var responseKinds: MediaKinds {
        var kinds: MediaKinds = .json
        for response in node["responses"]?.members ?? [] where response.key.hasPrefix("2") {
            // Names without a slash are labels of examples that strayed into `content`.
            let types = mediaTypes(of: response.value).filter { $0.contains("/") && $0 != "application/json" }
            if !types.isEmpty { kinds.insert(.file) }
        }
        return kinds
    }

    /// The keys of `content`, without parameters, in lower case.
    private func mediaTypes(of node: SettingNode?) -> [String] {
        (root.resolving(node)?["content"]?.members ?? []).compactMap { member in
            member.key.lowercased().split(separator: ";").first.map { $0.filter { $0 != " " } }
        }
    }

    // MARK: Parameters

    /// Nodes of the operation and of its path, their references followed.
    private var parameters: [SettingNode] {
        // An operation's own parameter overrides the one of its path.
        ((node["parameters"]?.items ?? []) + shared).compactMap { root.resolving($0) }
    }

    var hasQuery: Bool { parameters.contains { $0["in"]?.text == "query" } }

    /// The names of the query parameters, in the order of the description.
    private func query(_ remarks: inout [String]) -> [String] {
        var names: [String] = []
        for parameter in parameters where parameter["in"]?.text == "query" {
            guard let name = parameter["name"]?.text, !names.contains(name) else { continue }
            guard OperationFile.isParameter(name) else {
                remarks.append("its query parameter \(quoted(name)) is left out: no table can hold the name")
                continue
            }
            names.append(name)
        }
        return names
    }

    private func identifiers(_ template: PathTemplate) -> [IdentifierKind] {
        let parameters = self.parameters
        return template.segments.compactMap { segment in
            switch segment {
            case .literal: nil
            case .parameter(let name): kind(of: name, among: parameters)
            }
        }
    }

    private func kind(of name: String, among parameters: [SettingNode]) -> IdentifierKind {
        for parameter in parameters where parameter["name"]?.text == name && parameter["in"]?.text == "path" {
            if root.resolving(parameter["schema"])?["type"]?.text == "integer" { return .integer }
            let text = parameter["description"]?.text?.lowercased() ?? ""
            if text.contains("serial") || text.contains("barcode") { return .serial }
            return text.contains("numeric id") && !text.contains("name") ? .integer : .name
        }
        return .name
    }
}

/// The two lines of a description that state a scope.
enum ScopeLabel: String {
    case required = "API Key Scope"
    case explicit = "API Key Explicit Scope"

    enum Statement: Equatable {
        case absent
        case stated(Scope)
        /// There is such a line, but no scope on it.
        case unreadable
        /// There are lines with different scopes.
        case contradictory
    }

    /// Reads every line that has the label; Markdown's asterisks, backquotes and backslashes do not count.
    func read(_ text: String) -> Statement {
        var found = Statement.absent
        for line in text.split(whereSeparator: \.isNewline) {
            let plain = line.filter { $0 != "*" && $0 != "`" && $0 != "\\" }
            guard let place = plain.firstRange(of: rawValue) else { continue }
            let rest = plain[place.upperBound...].drop { $0 == " " }
            // A sentence that only speaks of the scope states none.
            guard rest.first == ":" else { continue }
            guard let scope = Self.scope(rest.dropFirst()) else {
                if found == .absent { found = .unreadable }
                continue
            }
            switch found {
            case .absent, .unreadable: found = .stated(scope)
            case .stated(let earlier): if earlier != scope { return .contradictory }
            case .contradictory: break
            }
        }
        return found
    }

    /// `controller / action`, and nothing behind it but blanks and a full stop.
    private static func scope(_ text: Substring) -> Scope? {
        var rest = text
        while let last = rest.last, last == " " || last == "." { rest.removeLast() }
        return Scope(String(rest))
    }
}
