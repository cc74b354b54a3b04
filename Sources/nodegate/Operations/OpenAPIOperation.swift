import AccessControl
import HTTPWire
import Yams

/// One operation of an OpenAPI description.
struct OpenAPIOperation {
    let root: Node
    let method: Method
    let path: String
    /// Parameters that the path gives to each of its operations.
    let shared: [Node]
    let description: Node.Mapping

    /// Why an operation cannot be in a table.
    struct Refusal: Error { let reason: String }

    func operation(
        _ sensitivity: OpenAPIDescription.Sensitivity, _ remarks: inout [String]
    ) throws(Refusal) -> Operation {
        guard let template = PathTemplate(path) else {
            throw Refusal(reason: "its path is not made of plain segments and {parameters}")
        }
        // Cells of the table cannot hold a comma, a quote or a line break.
        let id = description["operationId"]?.string ?? "\(method.name) \(path)"
        guard id.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x2C && $0 != 0x22 }) else {
            throw Refusal(reason: "its operationId holds characters that no table can hold")
        }
        let text = description["description"]?.string ?? ""
        let scope = Self.scope(behind: "API Key Scope", in: text)
        let explicit = Self.scope(behind: "API Key Explicit Scope", in: text)
        if scope == nil, text.contains("API Key Scope") {
            remarks.append("\(method.name) \(path): its scope cannot be read, so no key may run it")
        }
        let operation = Operation(
            method: method, template: template, id: id, scope: scope, explicitScope: explicit,
            isSensitive: sensitivity(id, scope), request: requestKinds(&remarks), response: responseKinds,
            identifiers: identifiers(template))
        guard let operation else { throw Refusal(reason: "its parameters do not fit its path") }
        return operation
    }

    // MARK: Scopes

    /// Reads `LABEL: controller / action` wherever it stands; Markdown's asterisks around the label are allowed.
    static func scope(behind label: String, in text: String) -> Scope? {
        for line in text.split(whereSeparator: \.isNewline) {
            let plain = line.filter { $0 != "*" && $0 != "`" }
            guard let place = plain.firstRange(of: label + ":"), !plain[..<place.lowerBound].hasSuffix("Explicit ") else {
                continue
            }
            if let scope = Scope(String(plain[place.upperBound...])) { return scope }
        }
        return nil
    }

    // MARK: Content

    private func requestKinds(_ remarks: inout [String]) -> MediaKinds {
        var kinds: MediaKinds = []
        for type in mediaTypes(of: description["requestBody"]) {
            switch type {
            case "application/json": kinds.insert(.json)
            case "multipart/form-data": kinds.insert(.multipart)
            case "application/octet-stream": kinds.insert(.octetStream)
            default: remarks.append("\(method.name) \(path): bodies of the type \(type) will be refused")
            }
        }
        return kinds
    }

    /// Errors are JSON, so every operation answers with it; a file comes on top.
    private var responseKinds: MediaKinds {
        var kinds: MediaKinds = .json
        for (status, response) in description["responses"]?.mapping ?? [:] {
            guard status.string?.hasPrefix("2") == true else { continue }
            // Names without a slash are labels of examples that strayed into `content`.
            for type in mediaTypes(of: response) where type.contains("/") && type != "application/json" {
                kinds.insert(.file)
            }
        }
        return kinds
    }

    /// The keys of `content`, without parameters, in lower case.
    private func mediaTypes(of node: Node?) -> [String] {
        guard let content = resolved(node)?.mapping?["content"]?.mapping else { return [] }
        return content.keys.compactMap { key in
            key.string?.lowercased().split(separator: ";").first.map { $0.filter { $0 != " " } }
        }
    }

    // MARK: Identifiers

    private func identifiers(_ template: PathTemplate) -> [IdentifierKind] {
        let parameters = (description["parameters"]?.sequence.map(Array.init) ?? []) + shared
        return template.segments.compactMap { segment in
            switch segment {
            case .literal: nil
            case .parameter(let name): kind(of: name, in: parameters)
            }
        }
    }

    private func kind(of name: String, in parameters: [Node]) -> IdentifierKind {
        for node in parameters {
            guard let parameter = resolved(node)?.mapping, parameter["name"]?.string == name,
                parameter["in"]?.string == "path"
            else { continue }
            if resolved(parameter["schema"])?.mapping?["type"]?.string == "integer" { return .integer }
            let text = parameter["description"]?.string?.lowercased() ?? ""
            if text.contains("serial") || text.contains("barcode") { return .serial }
            return text.contains("numeric id") && !text.contains("name") ? .integer : .name
        }
        return .name
    }

    // MARK: References

    /// How many references may lead to one another.
    private static let referenceDepth = 8

    /// Follows `$ref: '#/components/...'` within the file; nil where it leads nowhere.
    private func resolved(_ node: Node?) -> Node? {
        var node = node
        for _ in 0..<Self.referenceDepth {
            guard let reference = node?.mapping?["$ref"]?.string else { return node }
            guard reference.hasPrefix("#/") else { return nil }
            node = reference.dropFirst(2).split(separator: "/").reduce(root) { (node: Node?, part) in
                // RFC 6901 section 4: ~1 stands for a slash, ~0 for a tilde.
                node?.mapping?[String(part.replacing("~1", with: "/").replacing("~0", with: "~"))]
            }
        }
        return nil
    }
}
