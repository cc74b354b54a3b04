import AccessControl
import HTTPWire

/// The operations in an OpenAPI 3 description of the appliance's API, in YAML or JSON, of any release.
///
/// Scopes stand in the text of each operation: `**API Key Scope**: CONTROLLER / ACTION`, and for some
/// `Optional API Key Explicit Scope: CONTROLLER / ACTION`.
package struct OperationsDescription: Sendable {
    /// Something that was left out or looks odd.
    package struct Remark: Sendable, Equatable, Encodable {
        /// From 1.
        package let line: Int
        /// One sentence without a final full stop.
        package let message: String
    }

    /// Far more than any description of the API.
    package static let byteLimit = 16 << 20

    /// `info.version`; empty where it is not given.
    package let version: String
    /// In the order of the file.
    package let operations: [Operation]
    package let remarks: [Remark]

    /// Reads a description. The result makes an `OperationTable`; what would not is left out with a remark.
    ///
    /// - Parameters:
    ///   - file: The file's name, for messages.
    ///   - current: The table in use. Whether an operation is sensitive is the gateway's own judgement, so it is taken
    ///     from there, by operation id or by scope.
    package static func parse(
        text: String, file: String, current: [Operation]
    ) throws(SettingsErrors) -> OperationsDescription {
        func place(_ position: TextPosition) -> SettingPlace {
            .file(file, line: position.line, column: position.column)
        }
        guard text.utf8.count <= byteLimit else {
            throw SettingsErrors([SettingsError(place(.start), "", "the file has more than \(byteLimit >> 20) MiB")])
        }
        var errors: [SettingsError] = []
        guard let root = SettingNodeBuilder.root(text, place: place, errors: &errors), errors.isEmpty else {
            throw SettingsErrors(errors)
        }
        guard let version = root["openapi"]?.text, version.hasPrefix("3."), let paths = root["paths"] else {
            let found = root["swagger"] == nil ? "" : " (it is Swagger 2: convert it to OpenAPI 3 first)"
            throw SettingsErrors([SettingsError(
                place(.start), "",
                "the file is no OpenAPI 3 description: it lacks `openapi: 3...` or `paths`\(found); export the API "
                    + "description of the appliance and give that file")])
        }
        var reader = OperationsReader(root: root, current: current)
        reader.read(paths)
        guard !reader.operations.isEmpty else {
            throw SettingsErrors([SettingsError(paths.place, "", "the description has no operation")])
        }
        return OperationsDescription(
            version: root["info"]?["version"]?.text ?? "", operations: reader.operations, remarks: reader.remarks)
    }
}

/// Walks over the paths of a description and keeps what can be in a table.
private struct OperationsReader {
    private(set) var operations: [Operation] = []
    private(set) var remarks: [OperationsDescription.Remark] = []

    private let root: SettingNode
    private let sensitiveIDs: Set<String>
    private let sensitiveScopes: Set<Scope>
    private var ids: Set<String> = []
    /// Only operations of one shape can be ambiguous.
    private var byShape: [Shape: [Operation]] = [:]

    private struct Shape: Hashable {
        let method: Method
        let segments: Int
    }

    private static let methods: [String: Method] = [
        "get": .get, "post": .post, "put": .put, "patch": .patch, "delete": .delete,
    ]

    init(root: SettingNode, current: [Operation]) {
        self.root = root
        sensitiveIDs = Set(current.filter(\.isSensitive).map(\.id))
        sensitiveScopes = Set(current.filter(\.isSensitive).compactMap(\.scope))
    }

    mutating func read(_ paths: SettingNode) {
        let listsQueries = listsQueries(paths)
        for member in paths.members {
            guard let item = root.resolving(member.value) else {
                remark(member.place, "\(member.key) is left out: its reference leads nowhere")
                continue
            }
            for method in item.members {
                guard let known = Self.methods[method.key] else {
                    if ["head", "options", "trace"].contains(method.key) {
                        remark(method.place, "\(method.key.uppercased()) \(member.key) is left out: the gateway never "
                            + "forwards that method as an operation")
                    }
                    continue
                }
                let described = DescribedOperation(
                    root: root, method: known, path: member.key, shared: item["parameters"]?.items ?? [], node: method.value,
                    listsQueries: listsQueries)
                read(described, at: method.place)
            }
        }
    }

    /// Some operation has a query parameter: the description tells of them.
    private func listsQueries(_ paths: SettingNode) -> Bool {
        for member in paths.members {
            guard let item = root.resolving(member.value) else { continue }
            for method in item.members {
                guard let known = Self.methods[method.key] else { continue }
                let described = DescribedOperation(
                    root: root, method: known, path: member.key, shared: item["parameters"]?.items ?? [], node: method.value,
                    listsQueries: true)
                if described.hasQuery { return true }
            }
        }
        return false
    }

    private mutating func read(_ described: DescribedOperation, at place: SettingPlace) {
        let name = "\(described.method.name) \(described.path)"
        guard operations.count < OperationTable.maximumOperations else {
            if operations.count == OperationTable.maximumOperations, remarks.last?.message.hasPrefix("more than") != true {
                remark(place, "more than \(OperationTable.maximumOperations) operations; the rest is left out")
            }
            return
        }
        var remarks: [String] = []
        defer { for message in remarks { remark(place, "\(name): \(message)") } }
        do throws(DescribedOperation.Refusal) {
            let operation = try described.operation(&remarks) { id, scope in
                sensitiveIDs.contains(id) || scope.map(sensitiveScopes.contains) == true
            }
            guard ids.insert(operation.id).inserted else {
                throw DescribedOperation.Refusal(reason: "its operationId \(quoted(operation.id)) is taken by another")
            }
            let shape = Shape(method: operation.method, segments: operation.template.segments.count)
            if let other = byShape[shape, default: []].first(where: operation.isAmbiguous) {
                throw DescribedOperation.Refusal(reason: "some paths match it and \(other.template) alike")
            }
            operations.append(operation)
            byShape[shape, default: []].append(operation)
        } catch {
            remarks.append("left out: \(error.reason)")
        }
    }

    private mutating func remark(_ place: SettingPlace, _ message: String) {
        guard case .file(_, let line, _) = place else { return }
        remarks.append(OperationsDescription.Remark(line: line, message: message))
    }
}
