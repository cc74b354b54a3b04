import AccessControl
import HTTPWire
import Yams

/// The operations in an OpenAPI 3 description of the appliance's API, in JSON or YAML.
///
/// The scopes stand in the operations' descriptions: `**API Key Scope**: CONTROLLER / ACTION` and
/// `Optional API Key Explicit Scope: CONTROLLER / ACTION`.
struct OpenAPIDescription {
    /// In the order of the file.
    let operations: [Operation]
    /// What was left out or looks odd, one sentence each.
    let remarks: [String]

    /// Operations of the table in use whose judgement ("sensitive") is carried over to the imported ones.
    typealias Sensitivity = (_ id: String, _ scope: Scope?) -> Bool

    /// - Throws: CommandFailure when the text is no OpenAPI description.
    init(_ text: String, sensitivity: Sensitivity) throws {
        let root: Node
        do {
            // JSON is read by the same parser: apart from exotic spellings it is YAML.
            guard let node = try Yams.compose(yaml: text) else { throw CommandFailure("the file is empty.") }
            root = node
        } catch let error as YamlError {
            throw CommandFailure("the file is neither YAML nor JSON: \(error)")
        }
        guard let paths = root.mapping?["paths"]?.mapping, root.mapping?["openapi"] != nil else {
            throw CommandFailure(
                "the file is no OpenAPI 3 description: it has no 'openapi' and 'paths' members.",
                advice: "Export the API description of the appliance (JSON or YAML) and give that file.")
        }
        var operations: [Operation] = []
        var remarks: [String] = []
        for (path, item) in paths {
            guard let path = path.string, let item = item.mapping else { continue }
            let shared = item["parameters"]?.sequence.map(Array.init) ?? []
            for (name, description) in item {
                guard let name = name.string, let method = Self.methods[name] else { continue }
                guard let description = description.mapping else { continue }
                let reader = OpenAPIOperation(
                    root: root, method: method, path: path, shared: shared, description: description)
                do throws(OpenAPIOperation.Refusal) {
                    operations.append(try reader.operation(sensitivity, &remarks))
                } catch {
                    remarks.append("\(method.name) \(path) is left out: \(error.reason)")
                }
            }
        }
        guard !operations.isEmpty else { throw CommandFailure("the description has no operation.") }
        self.operations = operations
        self.remarks = remarks
    }

    private static let methods: [String: Method] = [
        "get": .get, "post": .post, "put": .put, "patch": .patch, "delete": .delete,
    ]
}
